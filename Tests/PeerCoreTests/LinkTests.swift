import Kademlia
import PeerCore
import Testing
import Timekeeping
import WireMessages

@Suite struct LinkTests {
    /// A member that dials `0xb1`, and the link of that dial.
    private func dialling() throws -> (PeerHarness, DHTLinkID) {
        let harness = PeerHarness(id: 0x1)
        let link = try #require(harness.becomeGenesis(bridges: [0xb1]).firstDial)
        return (harness, link)
    }

    @Test func aDiallerGreetsThenPingsThenAsksForItself() throws {
        let (harness, link) = try dialling()
        let opened = harness.linkOpened(link)
        guard case .send(.hello(let hello), link) = opened.first else {
            Issue.record("no hello: \(opened)")
            return
        }
        #expect(hello.peerID == 0x1)
        #expect(opened.count == 1)
        #expect(
            harness.hear(
                .connected(
                    DHTPeerConnected(bridgeNodeID: 0xb1, metadata: PeerHarness.metadata(of: 0xb1, isBridge: true))
                ),
                on: link
            ) == []
        )
        #expect(harness.peer.isLinked(to: 0xb1))
        // Existing acceptors hear nothing in the first 50 ms.
        #expect(harness.run(for: .milliseconds(99)) == [])
        let first = harness.run(for: .milliseconds(1)).sent
        #expect(first.count == 2)
        guard case .ping = first.first, case .findNode(let question) = first.last else {
            Issue.record("\(first)")
            return
        }
        #expect(question.target == 0x1)
        #expect(question.nodeID == 0x1)
    }

    @Test func aStatelessAcceptorIsAskedOnlyAfterASecond() throws {
        let (harness, link) = try dialling()
        _ = harness.linkOpened(link)
        _ = harness.hear(.connected(DHTPeerConnected(bridgeNodeID: 0xb1, metadata: nil)), on: link)
        func asksForItself(_ messages: [DHTMessage]) -> Bool {
            messages.contains { if case .findNode(let question) = $0 { question.target == 0x1 } else { false } }
        }
        #expect(!asksForItself(harness.run(for: .milliseconds(1099)).sent))
        #expect(asksForItself(harness.run(for: .milliseconds(1)).sent))
    }

    @Test func theWrongNodeAtTheOtherEndIsNoLink() throws {
        let (harness, link) = try dialling()
        _ = harness.linkOpened(link)
        #expect(harness.hear(.connected(DHTPeerConnected(bridgeNodeID: 0xb9)), on: link) == [.close(link)])
        #expect(harness.peer.linkedPeerCount == 0)
    }

    @Test func anythingButTheGreetingFirstEndsTheLink() throws {
        let (harness, link) = try dialling()
        _ = harness.linkOpened(link)
        #expect(harness.hear(.ping(DHTPing(requestID: "p")), on: link) == [.close(link)])
        let accepted = try #require(harness.linkAccepted())
        #expect(harness.hear(.ping(DHTPing(requestID: "p")), on: accepted) == [.close(accepted)])
    }

    @Test func aSilentDialleeAndASilentDiallerAreGivenUp() throws {
        let (harness, link) = try dialling()
        _ = harness.linkOpened(link)
        let accepted = try #require(harness.linkAccepted())
        #expect(harness.run(for: .seconds(5)).contains(.close(link)))
        #expect(harness.run(for: .seconds(5)).contains(.close(accepted)))
    }

    @Test func duplicateLinksAreKeptUpToABound() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        for _ in 0..<PeerDefaults.linksPerPeer { _ = try #require(harness.acceptLink(from: 0x2)) }
        let extra = try #require(harness.linkAccepted())
        let actions = harness.hear(.hello(DHTPeerHello(peerID: 0x2)), on: extra)
        #expect(actions.contains(.close(extra)))
        #expect(harness.peer.linkedPeerCount == 1)
    }

    @Test func aPeerStaysLinkedUntilItsLastLinkEnds() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let first = try #require(harness.acceptLink(from: 0x2))
        let second = try #require(harness.acceptLink(from: 0x2))
        _ = harness.linkClosed(second)
        #expect(harness.peer.isLinked(to: 0x2))
        _ = harness.linkClosed(first)
        #expect(!harness.peer.isLinked(to: 0x2))
    }

    @Test func theTableOfLinksIsBounded() {
        let harness = PeerHarness(id: 0x1)
        for _ in 0..<PeerDefaults.links { #expect(harness.linkAccepted() != nil) }
        #expect(harness.linkAccepted() == nil)
    }

    @Test func pingsGoOnAndALinkThatStaysSilentIsClosed() throws {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let link = try #require(harness.acceptLink(from: 0x2))
        let actions = harness.run(for: .seconds(125))
        let pings = actions.sent.count { if case .ping = $0 { true } else { false } }
        #expect(pings == 4, "at 0.1, 30.1, 60.1 and 90.1 s")
        #expect(actions.contains(.close(link)))
        #expect(!harness.peer.isLinked(to: 0x2))
    }

    @Test func stoppingClosesEverything() throws {
        let harness = PeerHarness(id: 0x1)
        let dial = try #require(harness.becomeGenesis(bridges: [0xb1]).firstDial)
        let link = try #require(harness.acceptLink(from: 0x2))
        #expect(harness.stop() == [.closeClientLink, .close(dial), .close(link)])
        #expect(harness.nextDeadline == nil)
    }
}
