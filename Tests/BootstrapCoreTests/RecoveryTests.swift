import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// A bridge that has lost its peers asks whom we know.
@Suite struct RecoveryTests {
    private static let bridge: NodeID = 0xb1

    private func peer(_ number: Int) -> NodeID { NodeID(high: 1, middle: 0, low: UInt32(number)) }

    private func question(_ id: NodeID = Self.bridge) -> GetConnectedClients {
        GetConnectedClients(requestID: "g", bridgeNodeID: id, reason: "zero_peer_recovery")
    }

    /// A proven bridge on connection 1, and so many peers.
    private func network(peers: Int) -> BootstrapHarness {
        var harness = BootstrapHarness(genesis: 0xf)
        harness.joinRegistered(Self.bridge, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        for number in 0..<peers { harness.joinRegistered(peer(number), on: UInt64(100 + number)) }
        return harness
    }

    @Test func bridgeIsToldOfThePeersThatAreHere() throws {
        var harness = network(peers: 2)
        harness.joinRegistered(0xb2, on: 2, metadata: BootstrapHarness.bridgeMetadata())
        harness.joinRegistered(0xe, on: 3, metadata: #"{"nodeType":"browser","tabVisible":false}"#)
        harness.open(4)
        harness.say(.getConnectedClients(question()), on: 1)
        let answer = try #require(harness.clientsAnswers(to: 1).first)
        #expect(answer.requestID == "g" && answer.success)
        #expect(answer.clients?.map(\.nodeID) == [.node(peer(0)), .node(peer(1))])
        #expect(answer.totalConnected == 2, "no bridge, no hidden tab, nobody unregistered")
        let metadata = try #require(answer.clients?.first?.metadata)
        #expect(metadata.string("listeningAddress") == "ws://127.0.0.1:9")
        #expect(metadata.string("nodeType") == "nodejs")
        #expect(metadata.string("publicKey") == nil && metadata.member("membershipToken") == nil)
    }

    @Test func answerHasTwentyAtMostAndTheNextGoesOn() throws {
        var harness = network(peers: 50)
        var shown: Set<ClientID> = []
        for _ in 0..<2 {
            harness.advance(by: .seconds(1))
            harness.say(.getConnectedClients(question()), on: 1)
            let clients = try #require(harness.clientsAnswers(to: 1).first?.clients)
            #expect(clients.count == BootstrapDefaults.clientsPerAnswer)
            shown.formUnion(clients.map(\.nodeID))
        }
        #expect(shown.count == 2 * BootstrapDefaults.clientsPerAnswer)
    }

    @Test func peersThatCanBeDialledComeFirst() throws {
        var harness = network(peers: 0)
        for number in 0..<30 {
            harness.joinRegistered(peer(number), on: UInt64(100 + number), metadata: BootstrapHarness.browserMetadata)
        }
        for number in 30..<34 { harness.joinRegistered(peer(number), on: UInt64(100 + number)) }
        harness.say(.getConnectedClients(question()), on: 1)
        let clients = try #require(harness.clientsAnswers(to: 1).first?.clients)
        #expect(clients.prefix(4).map(\.nodeID) == (30..<34).map { .node(peer($0)) })
        #expect(clients.count == BootstrapDefaults.clientsPerAnswer)
    }

    @Test func peerThatSaysTooMuchOfItselfIsLeftOut() throws {
        var harness = network(peers: 1)
        func metadata(bytes: Int) -> RawJSON {
            // Around the text: {"capabilities":[""]}
            .object { $0.member("capabilities", [String(repeating: "x", count: bytes - 21)]) }
        }
        harness.joinRegistered(0xc, on: 3, metadata: metadata(bytes: BootstrapDefaults.maxClientEntryBytes + 1))
        harness.joinRegistered(0xd, on: 4, metadata: metadata(bytes: BootstrapDefaults.maxClientEntryBytes))
        harness.say(.getConnectedClients(question()), on: 1)
        let clients = try #require(harness.clientsAnswers(to: 1).first?.clients)
        #expect(clients.map(\.nodeID) == [.node(peer(0)), .node(0xd)])
    }

    @Test func bridgeIsAnsweredOnceASecondAndEachByItself() throws {
        var harness = network(peers: 1)
        harness.joinRegistered(0xb2, on: 2, metadata: BootstrapHarness.bridgeMetadata())
        harness.say(.getConnectedClients(question()), on: 1)
        #expect(harness.clientsAnswers(to: 1).map(\.success) == [true])
        harness.advance(by: .milliseconds(999))
        harness.say(.getConnectedClients(question()), on: 1)
        #expect(harness.clientsAnswers(to: 1).map(\.error) == ["busy"])
        harness.say(.getConnectedClients(question(0xb2)), on: 2)
        #expect(harness.clientsAnswers(to: 2).map(\.success) == [true])
        harness.advance(by: .milliseconds(1))
        harness.say(.getConnectedClients(question()), on: 1)
        #expect(harness.clientsAnswers(to: 1).map(\.success) == [true])
        #expect(harness.core.counters.clientsAnswers == 3)
    }

    @Test func bridgeAsksForItselfAlone() {
        var harness = network(peers: 1)
        harness.say(.getConnectedClients(question(0xb2)), on: 1)
        #expect(harness.clientsAnswers(to: 1).map(\.success) == [false])
        #expect(harness.clientsAnswers(to: 1).first?.clients == nil)
        #expect(harness.core.counters.foreignSenders == 1)
        let overLink = harness.core.clientsAsked(question(0xb2), by: Self.bridge, at: harness.now)
        #expect(!overLink.success && harness.core.counters.foreignSenders == 2)
    }

    @Test func strangerHearsNothing() {
        var harness = network(peers: 1)
        harness.joinRegistered(0xe, on: 2, metadata: BootstrapHarness.bridgeMetadata(secret: "guess"))
        harness.open(3)
        for connection: UInt64 in [2, 3, 100] {
            harness.say(.getConnectedClients(question()), on: connection)
            #expect(harness.actions.isEmpty)
            harness.misread(.unreadable, on: connection)
            #expect(harness.actions.isEmpty)
        }
        #expect(harness.core.counters.foreignAnswers == 6)
    }

    @Test func questionOfABridgeThatCannotBeReadIsRefused() {
        var harness = network(peers: 1)
        harness.misread(.unreadable, on: 1)
        #expect(harness.clientsAnswers(to: 1).map(\.success) == [false])
        #expect(harness.core.counters.malformed == 1)
    }
}

extension WireError {
    fileprivate static let unreadable = WireError(
        reason: .missingField("bridgeNodeId"),
        messageType: "get_connected_clients",
        requestID: "g"
    )
}

extension BootstrapHarness {
    fileprivate func clientsAnswers(to connection: UInt64) -> [ConnectedClientsResponse] {
        sent(to: connection).compactMap { if case .connectedClientsResponse(let answer) = $0 { answer } else { nil } }
    }
}
