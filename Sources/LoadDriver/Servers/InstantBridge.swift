package import Kademlia
package import Logging
package import NIOCore
import WebSocketTransport
import WireMessages

/// A scripted bridge that accepts every bootstrap and answers every onboarding request at once with the same helper: what is
/// measured against it is the asking side and the transport, not a bridge's work.
package struct InstantBridge: Sendable {
    private let host: String
    private let port: Int
    private let script: InstantAnswers

    /// - Parameter nodeID: the bridge's identity. Two bridges of one bootstrap need two.
    package init(host: String, port: Int, nodeID: NodeID) {
        self.host = host
        self.port = port
        script = InstantAnswers(bridge: nodeID)
    }

    /// Serves until graceful shutdown or cancellation. Throws when the address can't be bound.
    package func run(
        group: any EventLoopGroup,
        logger: Logger,
        onListening: @Sendable (SocketAddress) -> Void
    ) async throws {
        var configuration = WebSocketServer.Configuration(host: host, port: port)
        configuration.limits.maxMessageBytes = LoadDefaults.maxLinkMessageBytes
        let handler = InstantBridgeHandler(script: script)
        let server = WebSocketServer(
            configuration: configuration,
            group: group,
            logger: logger,
            onUpgrade: { _ in .accept(handler) },
            http: nil
        )
        try await server.run(onListening: onListening)
    }
}

/// Has no state of a connection, so one serves all.
private final class InstantBridgeHandler: WebSocketHandler {
    private let script: InstantAnswers

    init(script: InstantAnswers) {
        self.script = script
    }

    func opened(_ connection: WebSocketConnection) {}

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        switch script.answer(to: message.payload) {
        case .text(let text): connection.send(text)
        case .silence: break
        case .refusal: connection.close(.protocolError, reason: "Invalid message")
        }
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {}
}
