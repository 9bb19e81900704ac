import BridgeNode
import Kademlia
import Logging
import SocketTestKit
import StateStore
import Synchronization
import Testing
import WebSocketTransport
import WireMessages

/// A disk that takes nothing, or is no disk at all.
private struct BrokenStore: PeerBookStore {
    struct Full: Error {}

    func peers() throws -> [StoredPeer] { throw Full() }
    func replacePeers(with peers: [StoredPeer]) throws { throw Full() }
}

/// Keeps the texts of warnings.
private final class Warnings: LogHandler, Sendable {
    let texts = Mutex<[String]>([])
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .warning }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        texts.withLock { $0.append("\(event.message)") }
    }
}

@Suite(.timeLimit(.minutes(1))) struct RestartTests {
    @Test func aRestartedBridgeDialsItsPeersByItself() async throws {
        let book = InMemoryPeerBookStore()
        let identity = BridgeIdentity.random()
        try await ScriptedServer.run { peer in
            let metadata: RawJSON = .object { writer in
                writer.member("nodeType", "nodejs")
                writer.member("listeningAddress", peer.address)
            }
            try await RunningBridge.run(identity: identity, peerBook: book) { bridge in
                let socket = try await bridge.dial()
                socket.send(DHTMessage.hello(DHTPeerHello(peerID: 0x11, metadata: metadata)))
                _ = try await socket.next("dht_peer_connected")
            }
            #expect(book.peers().map(\.address) == [peer.address], "written before the bridge ended")

            try await RunningBridge.run(identity: identity, peerBook: book) { bridge in
                let socket = try await peer.nextSocket()
                let hello = try await socket.next("dht_peer_hello")
                #expect(hello.string("peerId") == identity.nodeID.description)
                socket.send(DHTMessage.connected(DHTPeerConnected(bridgeNodeID: 0x11, metadata: metadata)))
                _ = try await socket.next("ping")
                #expect(bridge.node.status().peersConnected == 1)
            }
            #expect(book.peers().map(\.nodeID) == [0x11], "and still known the next time")
        }
    }

    @Test func aDiskThatTakesNothingIsReportedAndHarmsNothing() async throws {
        let warnings = Warnings()
        let logger = Logger(label: "test") { _ in warnings }
        try await RunningBridge.run(peerBook: BrokenStore(), logger: logger) { bridge in
            let socket = try await bridge.peer(0x11)
            socket.send(DHTMessage.ping(DHTPing(requestID: "p1")))
            #expect(try await socket.next("pong").string("requestId") == "p1")
        }
        #expect(
            warnings.texts.withLock { $0 } == ["remembered peers cannot be read", "peers cannot be remembered"]
        )
    }
}
