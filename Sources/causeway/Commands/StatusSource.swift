import FoundationEssentials
import JoinTrial
import NIOCore
import NIOPosix
import WebSocketTransport
import WireMessages

/// Asks a server over HTTP, and finds out what it is.
struct StatusSource: Sendable {
    /// What is said instead of an answer, with what to do.
    struct Silence: Error, Equatable {
        var title = "Unknown: no word from the server"
        var reason: String
        var advice: String
    }

    enum Facts: Sendable {
        case bootstrap(StatusOverview, RawJSON)
        case bridge(StatusBridgeNode, RawJSON)
    }

    var url: WebSocketURL
    var trust: ClientTrust
    var eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    /// A server that is well answers within milliseconds; this is for a busy machine and a long way.
    var patience = Duration.seconds(5)

    /// - Parameter text: `http`, `https`, `ws` or `wss`, with a base path or not; without a scheme, `http`.
    static func url(_ text: String) throws(SettingError) -> WebSocketURL {
        var address = text
        for (web, socket) in [("http://", "ws://"), ("https://", "wss://")] where text.lowercased().hasPrefix(web) {
            address = socket + text.dropFirst(web.count)
        }
        do {
            return try WebSocketURL(address)
        } catch {
            var problem = "\(error)"
            if case .unsupportedScheme(let scheme) = error {
                problem = "'\(scheme)' is none of http, https, ws and wss"
            }
            throw SettingError(name: StatusText.clean(text, StatusBounds.name), problem: problem)
        }
    }

    static func trust(caFile: String?) throws(SettingError) -> ClientTrust {
        guard let caFile else { return .system }
        do {
            return try ClientTrust(.systemAnd(file: caFile))
        } catch {
            throw SettingError(name: "--ca-file", problem: "\(error)")
        }
    }

    /// How the address is written for people and browsers.
    var shown: String {
        let text = url.description
        return text.hasPrefix("wss") ? "https" + text.dropFirst(3) : "http" + text.dropFirst(2)
    }

    func facts() async throws -> Facts {
        let answer = try await get("/api/v1/overview")
        if answer.status == 200, let document = try? RawJSON(checking: answer.body, limits: .init(whole: answer.body)),
            document.member("server") != nil, let overview: StatusOverview = Self.decode(answer.body)
        {
            return .bootstrap(overview, document)
        }
        throw try await somethingElse(answer)
            ?? Silence(
                reason: "\(shown) answers with HTTP status \(answer.status), but is no bootstrap server or bridge",
                advice:
                    "Check host, port and path. It is the port of the bootstrap server, or a bridge's --metrics-port."
            )
    }

    /// - Returns: nil if it is nothing that is known.
    private func somethingElse(_ first: HTTPAnswer) async throws -> (any Error)? {
        if first.status == 426 {
            return Silence(
                reason: "\(shown) is a bridge's port for peers and bootstrap servers",
                advice: "Ask the port that it was given with --metrics-port."
            )
        }
        let status = try await get("/status")
        if let bridge: StatusBridgeNode = Self.decode(status.body), bridge.isBridge,
            let document = try? RawJSON(checking: status.body, limits: .init(whole: status.body))
        {
            return IsBridge(bridge: bridge, document: document)
        }
        let health = try await get("/health")
        guard let fields: StatusHealth = Self.decode(health.body), fields.isBootstrap else { return nil }
        return Silence(
            reason:
                "\(shown) is a bootstrap server with \(fields.peers) peers, but an older one or of another kind: it has no "
                + "/api/v1/overview",
            advice: "Update it, or try a join with: causeway doctor \(shown)"
        )
    }

    private struct IsBridge: Error {
        var bridge: StatusBridgeNode
        var document: RawJSON
    }

    /// As ``facts()``, with everything that can go wrong in words.
    func look() async throws -> Result<Facts, Silence> {
        do {
            return .success(try await facts())
        } catch let found as IsBridge {
            return .success(.bridge(found.bridge, found.document))
        } catch let silence as Silence {
            return .failure(silence)
        }
    }

    /// - Throws: `Silence` or `CancellationError`.
    func get(_ path: String) async throws -> HTTPAnswer {
        do {
            return try await SteppedDial.get(
                path,
                below: url,
                on: eventLoop,
                trust: trust,
                connectingWithin: patience,
                answeredWithin: patience,
                maxBodyBytes: StatusBounds.bodyBytes
            )
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Silence(reason: "no answer from \(shown): \(Self.words(error))", advice: Self.advice(error, shown))
        }
    }

    static func decode<Value: Decodable>(_ body: [UInt8]) -> Value? {
        try? JSONDecoder().decode(Value.self, from: Data(body))
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as HostLookup.Failure: error.reason
        case let error as WebSocketConnectError: StatusText.clean("\(error)", StatusBounds.text)
        case HTTPAnswer.Failure.timedOut: "it accepts connections, but does not answer"
        case let error as HTTPAnswer.Failure: "\(error)"
        default: StatusText.clean("\(error)", StatusBounds.text)
        }
    }

    private static func advice(_ error: any Error, _ shown: String) -> String {
        switch error {
        case WebSocketConnectError.tls:
            "If its authority is your own, name it with --ca-file; without TLS, use http://."
        case is HostLookup.Failure: "Check the name."
        case HTTPAnswer.Failure.tooLarge: "That is no answer of a bootstrap server. Check host, port and path."
        case is HTTPAnswer.Failure: "If the port has TLS, use https://. Otherwise the process may be stuck."
        default: "Is the server running? Check host and port; a trial join says more: causeway doctor \(shown)"
        }
    }
}

/// `GET /health` of bootstrap servers of any era.
private struct StatusHealth: Decodable {
    var isBootstrap = false
    var peers = 0

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: StatusKey.self)
        isBootstrap = fields.read("status") == "ok"
        peers = fields.count("peers")
    }
}

extension JSONLimits {
    /// For a document whose size is bounded already.
    init(whole body: [UInt8]) {
        self.init(depth: 64, values: .max, bytes: body.count)
    }
}
