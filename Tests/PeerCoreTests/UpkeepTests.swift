import Kademlia
import PeerCore
import Testing
import Timekeeping
import WireMessages

@Suite struct UpkeepTests {
    private func nodes(_ ids: some Sequence<NodeID>, bridges: Set<NodeID> = []) -> [CompactNode] {
        ids.map { CompactNode(id: $0, metadata: PeerHarness.metadata(of: $0, isBridge: bridges.contains($0))) }
    }

    @Test func aMemberDialsEveryBridgeItHearsOf() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let link = try #require(harness.acceptLink(from: 0x2))
        _ = harness.hear(
            .findNodeResponse(FindNodeResponse(requestID: "r", nodes: nodes([0xb1, 0xb2], bridges: [0xb1, 0xb2]))),
            on: link
        )
        let dialled = harness.run(for: PeerDefaults.shortRound).dialled
        #expect(Set(dialled) == [PeerHarness.address(of: 0xb1), PeerHarness.address(of: 0xb2)])
    }

    @Test func aMemberDialsAFewPeersAtATimeAndNotTooMany() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let link = try #require(harness.acceptLink(from: 0x2))
        let known = (0..<20).map { NodeID(high: 0, middle: 0, low: 0x100 + $0) }
        _ = harness.hear(.findNodeResponse(FindNodeResponse(requestID: "r", nodes: nodes(known))), on: link)
        let first = harness.run(for: PeerDefaults.shortRound)
        #expect(first.dialled.count == PeerDefaults.dialsPerRound)
        // Dials under way count: one link is up, so seven more are wanted.
        let later = harness.run(for: .seconds(10))
        #expect(first.dialled.count + later.dialled.count == PeerDefaults.desiredPeerLinks - 1)
    }

    @Test func aMemberThatKnowsNobodyMoreAsksAround() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let link = try #require(harness.acceptLink(from: 0x2))
        _ = harness.run(for: .milliseconds(500))
        let questions = harness.run(for: .seconds(20)).compactMap { action -> DHTLinkID? in
            guard case .send(.findNode, let link) = action else { return nil }
            return link
        }
        #expect(questions.count >= 3)
        #expect(questions.count <= 6, "less and less often")
        #expect(Set(questions) == [link])
    }

    @Test func aBridgeThatIsGoneIsTriedAgainAndAgain() throws {
        let harness = PeerHarness(id: 0x1)
        let first = try #require(harness.becomeGenesis(bridges: [0xb1]).firstDial)
        _ = try #require(harness.acceptLink(from: 0x2))
        _ = harness.linkClosed(first)
        for _ in 0..<6 {
            let dial = try #require(harness.run(for: .seconds(20)).firstDial)
            _ = harness.linkClosed(dial)
        }
    }

    @Test func aBridgeThatMovedIsDialledWhereItIsNow() throws {
        let harness = PeerHarness(id: 0x1)
        let first = try #require(harness.becomeGenesis(bridges: [0xb1]).firstDial)
        let link = try #require(harness.acceptLink(from: 0x2))
        _ = harness.linkClosed(first)
        let moved: RawJSON = .object { writer in
            writer.member("isBridgeNode", true)
            writer.member("listeningAddress", "ws://127.0.0.1:10/elsewhere")
        }
        _ = harness.hear(
            .findNodeResponse(FindNodeResponse(requestID: "r", nodes: [CompactNode(id: 0xb1, metadata: moved)])),
            on: link
        )
        #expect(harness.run(for: PeerDefaults.shortRound).dialled == ["ws://127.0.0.1:10/elsewhere"])
    }

    @Test func aPeerThatCannotBeReachedIsForgotten() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let link = try #require(harness.acceptLink(from: 0x2))
        _ = harness.hear(.findNodeResponse(FindNodeResponse(requestID: "r", nodes: nodes([0x7]))), on: link)
        let dial = try #require(harness.run(for: PeerDefaults.shortRound).firstDial)
        _ = harness.linkClosed(dial)
        #expect(harness.run(for: .seconds(40)).dialled == [])
    }

    @Test func whoHangsUpIsNeitherDialledNorNamedUntilItIsHeardOf() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let asker = try #require(harness.acceptLink(from: 0x2))
        func named() -> [NodeID] {
            harness.hear(.findNode(FindNode(requestID: "r", target: 0x7)), on: asker).sent.flatMap { message in
                guard case .findNodeResponse(let answer) = message else { return [NodeID]() }
                return answer.nodes.map(\.id)
            }
        }
        let link = try #require(harness.acceptLink(from: 0x7))
        #expect(named() == [0x7])
        _ = harness.linkClosed(link)
        #expect(named() == [])
        #expect(harness.run(for: .seconds(40)).dialled == [])
        // Hearsay is worth a dial, but is not passed on before the dial has shown that it is true.
        _ = harness.hear(.findNodeResponse(FindNodeResponse(requestID: "r", nodes: nodes([0x7]))), on: asker)
        #expect(named() == [])
        let dial = try #require(harness.run(for: PeerDefaults.shortRound).firstDial)
        _ = harness.linkOpened(dial)
        _ = harness.hear(
            .connected(DHTPeerConnected(bridgeNodeID: 0x7, metadata: PeerHarness.metadata(of: 0x7))),
            on: dial
        )
        #expect(named() == [0x7])
    }

    @Test func theGenesisPeerAsksForBridgesUntilItHasALink() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let question = try #require(harness.run(for: .seconds(3)).questions.first)
        let actions = harness.hear(
            .response(.success(question, .join(.genesis(bridges: [PeerHarness.entry(0xb1, isBridge: true)]))))
        )
        #expect(actions.reports == [], "it is genesis once")
        #expect(actions.dialled == [PeerHarness.address(of: 0xb1)])
    }

    @Test func aMemberThatLostEverybodyGoesBackToTheBootstrapServer() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let link = try #require(harness.acceptLink(from: 0x2))
        _ = harness.clientLinkClosed()
        _ = harness.linkClosed(link)
        #expect(
            harness.run(for: .seconds(60)).contains { action in
                if case .openClientLink = action { true } else { false }
            }
        )
    }
}
