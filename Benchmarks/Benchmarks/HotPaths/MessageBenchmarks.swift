import Benchmark
import WireMessages

func messageBenchmarks() {
    both("register", Messages.register)
    both("get_peers_or_genesis", Messages.question)
    both("registered", Messages.registered)
    both("response to a join", Messages.response)
    both("get_onboarding_peer", Messages.onboardingRequest)
    both("onboarding_peer_response", Messages.onboardingResponse)
    both("pong with load", Messages.pong)
}

private func both<Message: WireConversation>(_ name: String, _ message: Message) {
    let bytes = message.encode()
    Benchmark("decode \(name), \(bytes.count) B") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try? Message.decode(bytes)) }
    }
    Benchmark("encode \(name), \(bytes.count) B") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(message.encode()) }
    }
}

func scannerBenchmarks() {
    let small = Messages.register.encode()
    Benchmark("scan JSON of \(small.count) B") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(scan(small)) }
    }
    let large = list(of: Messages.metadata.bytes, upTo: 64 << 10)
    Benchmark("scan JSON of 64 KiB", configuration: scaled(.one)) { benchmark in
        for _ in benchmark.scaledIterations { blackHole(scan(large)) }
    }
    Benchmark("read metadata of \(Messages.metadata.bytes.count) B") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(PeerMetadata(Messages.metadata)) }
    }
    Benchmark("filter metadata of \(Messages.metadata.bytes.count) B") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(Messages.metadata.keeping(PeerMetadata.forwardable)) }
    }
}

/// Whether it is one JSON value, read to its end.
private func scan(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { bytes in
        do {
            return try JSONValue.reading(bytes, refusal: { $0 }) { (value: JSONValue) throws(JSONError) in
                value.isObject || value.isArray
            }
        } catch {
            return false
        }
    }
}

/// An array of as many of `entry` as fit.
private func list(of entry: [UInt8], upTo size: Int) -> [UInt8] {
    var text = [UInt8(ascii: "[")] + entry
    while text.count + entry.count + 2 <= size { text += [UInt8(ascii: ",")] + entry }
    return text + [UInt8(ascii: "]")]
}

func scaled(_ factor: BenchmarkScalingFactor) -> Benchmark.Configuration {
    var configuration = Benchmark.defaultConfiguration
    configuration.scalingFactor = factor
    return configuration
}
