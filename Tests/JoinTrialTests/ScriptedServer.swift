import Logging
import NIOCore
import NIOPosix
import WebSocketTransport
import WireMessages

/// A server that answers each message of a client as a test wants it to, however wrong.
struct ScriptedServer: Sendable {
    let port: Int

    var url: WebSocketURL { WebSocketURL(scheme: .ws, host: "127.0.0.1", port: port) }

    /// - Parameters:
    ///   - tls: speaks TLS only.
    ///   - refuses: the status of every upgrade.
    ///   - answers: the texts to say to one message of that type.
    static func run<Result: Sendable>(
        tls: ServerTLS? = nil,
        refuses: UpgradeDecision? = nil,
        _ answers: @escaping @Sendable (_ type: String, RawJSON) -> [String],
        _ body: @Sendable (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        let listening = ListeningAddress(on: group.next())
        var configuration = WebSocketServer.Configuration(host: "127.0.0.1", port: 0)
        configuration.tls = tls
        configuration.drainTime = .seconds(1)
        let server = WebSocketServer(
            configuration: configuration,
            group: group,
            logger: quiet,
            onUpgrade: { _ in refuses ?? .accept(Handler(answers: answers)) },
            http: nil
        )
        return try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                defer { listening.fail() }
                try await server.run { listening.resolve($0) }
            }
            let result = try await body(ScriptedServer(port: try await listening.value().port ?? 0))
            tasks.cancelAll()
            try? await tasks.waitForAll()
            return result
        }
    }

    private final class Handler: WebSocketHandler {
        let answers: @Sendable (String, RawJSON) -> [String]

        init(answers: @escaping @Sendable (String, RawJSON) -> [String]) {
            self.answers = answers
        }

        func opened(_ connection: WebSocketConnection) {}
        func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {}

        func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
            guard let json = try? RawJSON(checking: Array(message.payload.readableBytesView)) else { return }
            for text in answers(json.string("type") ?? "", json) { connection.send(Array(text.utf8)) }
        }
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// What a well-behaved server says.
enum Says {
    static let helper = "00112233445566778899aabbccddeeff00112233"

    static func registered(_ message: RawJSON) -> String {
        #"{"type":"registered","nodeId":"\#(message.string("nodeId") ?? "")","timestamp":1}"#
    }

    /// - Parameter data: what a successful answer carries.
    static func answer(_ message: RawJSON, _ data: String) -> String {
        #"{"type":"response","requestId":"\#(message.string("requestId") ?? "")","success":true,"data":\#(data)}"#
    }

    static func failure(_ message: RawJSON, _ rest: String) -> String {
        #"{"type":"response","requestId":"\#(message.string("requestId") ?? "")","success":false,\#(rest)}"#
    }

    static func helper(metadata: String) -> String {
        #"{"peers":[{"nodeId":"\#(helper)","metadata":\#(metadata)}],"isGenesis":false,"status":"peer_found","#
            + #""receipt":{"requestId":"r1","attempts":1,"queueMs":0,"totalMs":2}}"#
    }

    static func invitation(to id: String) -> String {
        #"{"type":"invitation_received","fromPeer":"\#(helper)","invitationToken":{"inviter":"\#(helper)","#
            + #""invitee":"\#(id)","signature":"ab"}}"#
    }

    static func whereabouts(_ address: String) -> String {
        #"{"type":"websocket_peer_metadata","fromPeer":"\#(helper)","invitationId":"i","#
            + #""fromPeerMetadata":{"nodeType":"nodejs","listeningAddress":"\#(address)"}}"#
    }
}
