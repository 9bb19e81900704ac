import BridgeNode
import Crypto
import Kademlia
import Logging
import NIOCore
import NIOPosix
import SocketTestKit
import StateStore
import Telemetry
import WebSocketTransport
import WireMessages

/// A bridge that runs on a free port of 127.0.0.1 for the length of one closure.
struct RunningBridge: Sendable {
    static let secret = "the shared secret"

    let node: BridgeNode
    let identity: BridgeIdentity
    let address: String
    let client: WebSocketClient

    /// - Parameters:
    ///   - metrics: whether monitors are served.
    ///   - bootstraps: addresses that the bridge dials.
    ///   - pingInterval: of the connections to them, and how long to wait for a sign of life; nil: as always.
    ///   - peerBook: where it remembers peers; nil: nowhere.
    static func run<Result: Sendable>(
        metrics: Bool = false,
        bootstraps: [String] = [],
        pingInterval: Duration? = nil,
        identity: BridgeIdentity = .random(),
        peerBook: (any PeerBookStore)? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: @Sendable (RunningBridge) async throws -> Result
    ) async throws -> Result {
        let group = MultiThreadedEventLoopGroup.singleton
        var configuration = BridgeNode.Configuration(secret: Secret(secret))
        configuration.host = "127.0.0.1"
        configuration.port = 0
        configuration.metricsHost = "127.0.0.1"
        configuration.metricsPort = metrics ? 0 : nil
        configuration.drainTime = .seconds(1)
        configuration.bootstraps = try bootstraps.map { try WebSocketURL($0) }
        if let pingInterval {
            configuration.dialInLimits.pingInterval = pingInterval
            configuration.dialInLimits.pongTimeout = pingInterval
        }
        let node = BridgeNode(
            configuration: configuration,
            identity: identity,
            peerBook: peerBook,
            group: group,
            clock: SystemClock(),
            logger: logger
        )
        return try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await node.run() }
            let port = try await node.listeningAddress().port ?? 0
            let result = try await body(
                RunningBridge(
                    node: node,
                    identity: identity,
                    address: "ws://127.0.0.1:\(port)",
                    client: WebSocketClient(group: group, logger: logger)
                )
            )
            tasks.cancelAll()
            try await tasks.waitForAll()
            return result
        }
    }

    func dial() async throws -> ScriptedSocket {
        try await ScriptedSocket.dial(address, client: client)
    }

    /// A bootstrap that proved the secret.
    func link() async throws -> ScriptedSocket {
        let socket = try await dial()
        socket.send(BootstrapToBridge.bootstrapAuth(BootstrapAuth(authToken: Self.secret)))
        _ = try await socket.next("auth_success")
        return socket
    }

    /// A peer that is connected and holds a token.
    func peer(_ id: NodeID) async throws -> ScriptedSocket {
        let socket = try await dial()
        let metadata: RawJSON = .object { writer in
            writer.member("nodeType", "nodejs")
            writer.member("listeningAddress", "ws://127.0.0.1:1")
            writer.member("membershipToken", RawJSON.object { $0.member("holder", id) })
        }
        socket.send(DHTMessage.hello(DHTPeerHello(peerID: id, metadata: metadata)))
        _ = try await socket.next("dht_peer_connected")
        return socket
    }
}
