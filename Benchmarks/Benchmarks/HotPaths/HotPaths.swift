import Benchmark

/// What each iteration is stands in README.md.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = Benchmark.Configuration(
        // Allocations and instructions are counted on few machines; times are shown by all, and compared as ratios.
        metrics: [.wallClock, .throughput],
        timeUnits: .nanoseconds,
        warmupIterations: 3,
        scalingFactor: .kilo,
        maxDuration: .milliseconds(1_500),
        maxIterations: 2_000
    )
    messageBenchmarks()
    scannerBenchmarks()
    routingBenchmarks()
    helperBenchmarks()
    poolBenchmarks()
    joinBenchmarks()
    bridgeBenchmarks()
}

/// What a benchmark changes from one iteration to the next. Made in the setup, which is not measured.
final class Kept<Value> {
    var value: Value

    init(_ value: Value) {
        self.value = value
    }
}
