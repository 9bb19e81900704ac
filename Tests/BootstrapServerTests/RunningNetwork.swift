import BootstrapCore
import BootstrapServer
import BridgeLink
import BridgeNode
import Kademlia
import Logging
import NIOCore
import NIOPosix
import SocketTestKit
import StateStore
import Telemetry
import WebSocketTransport
import WireMessages

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A bootstrap server and its bridges on free ports of 127.0.0.1, for the length of one closure.
struct RunningNetwork: Sendable {
    let bootstrap: BootstrapServer
    let bridges: [BridgeNode]
    let port: Int
    let client: WebSocketClient

    static func run(
        bridges bridgeCount: Int = 1,
        and others: [BridgeTarget] = [],
        ledger: any GenesisLedger = InMemoryGenesisLedger(),
        configure: (inout Bootstrap.Configuration) -> Void = { _ in },
        serve: (inout BootstrapServer.Configuration) -> Void = { _ in },
        awaitsLinks: Bool = true,
        _ body: @Sendable (RunningNetwork) async throws -> Void
    ) async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        let secret = Secret(Self.secretText)
        var decisions = Bootstrap.Configuration()
        decisions.createNewDHT = true
        decisions.openNetwork = true
        configure(&decisions)
        try await withThrowingTaskGroup { tasks in
            var bridges: [BridgeNode] = []
            var configuration = BootstrapServer.Configuration(secret: secret)
            configuration.host = "127.0.0.1"
            configuration.port = 0
            configuration.closingTime = .seconds(1)
            configuration.decisions = decisions
            configuration.bridges = others
            serve(&configuration)
            for _ in 0..<bridgeCount {
                var node = BridgeNode.Configuration(secret: secret)
                node.host = "127.0.0.1"
                node.port = 0
                node.drainTime = .seconds(1)
                let bridge = BridgeNode(
                    configuration: node,
                    identity: .random(),
                    group: group,
                    clock: SystemClock(),
                    logger: quiet
                )
                bridges.append(bridge)
                tasks.addTask { try await bridge.run() }
                let port = try await bridge.listeningAddress().port ?? 0
                configuration.bridges.append(BridgeTarget(try WebSocketURL("ws://127.0.0.1:\(port)")))
            }
            let bootstrap = try BootstrapServer(
                configuration: configuration,
                ledger: ledger,
                group: group,
                clock: SystemClock(),
                logger: quiet
            )
            tasks.addTask { try await bootstrap.run() }
            let network = RunningNetwork(
                bootstrap: bootstrap,
                bridges: bridges,
                port: try await bootstrap.listeningAddress().port ?? 0,
                client: WebSocketClient(group: group, logger: quiet)
            )
            // A first peer would get an answer without bridges before they are linked.
            if awaitsLinks {
                guard await bootstrap.linkedToAllBridges(within: .seconds(30)) else { throw NotLinked() }
            }
            try await body(network)
            tasks.cancelAll()
            while let result = await tasks.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
    }

    func dial(_ path: String = "/") async throws -> ScriptedSocket {
        try await ScriptedSocket.dial("ws://127.0.0.1:\(port)\(path)", client: client)
    }

    static let secretText = "the shared secret"

    static let metadata: RawJSON =
        #"{"nodeType":"nodejs","listeningAddress":"ws://127.0.0.1:1","capabilities":["websocket"]}"#

    /// A peer that asks and registers, in the order of real clients; answers its socket and the answer.
    func arrive(_ id: NodeID) async throws -> (socket: ScriptedSocket, answer: RawJSON) {
        let socket = try await ask(id)
        return (socket, try await socket.next("response"))
    }

    /// As `arrive`, up to the registration: the answer is still to come.
    func ask(_ id: NodeID) async throws -> ScriptedSocket {
        let socket = try await dial()
        socket.send(
            PeerToBootstrap.getPeersOrGenesis(
                GetPeersOrGenesis(nodeID: .node(id), metadata: Self.metadata, requestID: "req_1")
            )
        )
        socket.send(
            PeerToBootstrap.register(
                Register(nodeID: .node(id), protocolVersion: "1.0.0", buildID: "node_1", metadata: Self.metadata)
            )
        )
        _ = try await socket.next("registered")
        return socket
    }

    /// The genesis peer, linked to every bridge that it was told of.
    func genesis(_ id: NodeID) async throws -> (socket: ScriptedSocket, links: [ScriptedSocket]) {
        let (socket, answer) = try await arrive(id)
        guard answer.member("data")?.bool("isGenesis") == true else { throw NotGenesis(answer: answer) }
        var links: [ScriptedSocket] = []
        for bridge in bridges {
            let port = try await bridge.listeningAddress().port ?? 0
            let link = try await ScriptedSocket.dial("ws://127.0.0.1:\(port)", client: client)
            let metadata = RawJSON.object { writer in
                writer.member("nodeType", "nodejs")
                writer.member("listeningAddress", "ws://127.0.0.1:1")
                writer.member("membershipToken", RawJSON.object { $0.member("holder", id) })
            }
            link.send(DHTMessage.hello(DHTPeerHello(peerID: id, metadata: metadata)))
            _ = try await link.next("dht_peer_connected")
            links.append(link)
        }
        return (socket, links)
    }

    struct NotLinked: Error {}
    struct NotGenesis: Error { var answer: RawJSON }
}
