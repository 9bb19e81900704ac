import Kademlia
import PeerCore
import Testing
import Timekeeping
import WireMessages

@Suite struct RequestTests {
    private func member() throws -> (PeerHarness, DHTLinkID) {
        let harness = PeerHarness(id: 0x1)
        _ = harness.becomeGenesis()
        let link = try #require(harness.acceptLink(from: 0x2))
        return (harness, link)
    }

    @Test func aPingIsAnsweredOnItsLink() throws {
        let (harness, link) = try member()
        #expect(
            harness.hear(.ping(DHTPing(requestID: "x_1", timestamp: 77)), on: link) == [
                .send(
                    .pong(
                        DHTPong(
                            requestID: "x_1",
                            timestamp: harness.now.unixMilliseconds,
                            originalTimestamp: 77,
                            from: 0x1
                        )
                    ),
                    on: link
                )
            ]
        )
    }

    @Test func findNodeNamesTheNearestWithoutTheAskerAndWithoutTokens() throws {
        let (harness, link) = try member()
        let secretive: RawJSON = .object { writer in
            writer.member("nodeType", "nodejs")
            writer.member("listeningAddress", PeerHarness.address(of: 0x30))
            writer.member("membershipToken", PeerHarness.membership(of: 0x30))
            writer.member("bridgeAuthToken", "secret")
        }
        let other = try #require(harness.linkAccepted())
        _ = harness.hear(.hello(DHTPeerHello(peerID: 0x30, metadata: secretive)), on: other)
        _ = try #require(harness.acceptLink(from: 0x31))
        let answer = harness.hear(.findNode(FindNode(requestID: "x_2", target: 0x31)), on: link)
        guard case .send(.findNodeResponse(let response), link) = answer.first else {
            Issue.record("\(answer)")
            return
        }
        #expect(response.requestID == "x_2")
        #expect(response.nodes.map(\.id) == [0x31, 0x30])
        #expect(response.nodes.last?.metadata?.string("listeningAddress") == PeerHarness.address(of: 0x30))
        #expect(response.nodes.last?.metadata?.member("membershipToken") == nil)
        #expect(response.nodes.last?.metadata?.member("bridgeAuthToken") == nil)
    }

    @Test func anAnswerHasTwentyNodesAtMostAndNamesLinkedBridges() throws {
        let (harness, link) = try member()
        let bridge = NodeID(high: .max, middle: 0, low: 0)
        _ = try #require(harness.acceptLink(from: bridge, isBridge: true))
        for index in 0..<60 {
            _ = try #require(harness.acceptLink(from: NodeID(high: 0, middle: 0, low: 0x100 + UInt32(index))))
        }
        let answer = harness.hear(.findNode(FindNode(requestID: "x", target: 0x110)), on: link)
        guard case .send(.findNodeResponse(let response), _) = answer.first else {
            Issue.record("\(answer)")
            return
        }
        #expect(response.nodes.count == 20)
        #expect(response.nodes.last?.id == bridge)
        #expect(Set(response.nodes.map(\.id)).count == 20)
    }

    @Test func aStoredValueIsFoundAndALargeOneRefused() throws {
        let (harness, link) = try member()
        func stored(_ value: RawJSON) -> Bool? {
            let answer = harness.hear(.store(Store(requestID: "s", key: "k", value: value)), on: link)
            guard case .send(.storeResponse(let response), _) = answer.first else { return nil }
            return response.success
        }
        func found() -> FindValueResponse? {
            let answer = harness.hear(.findValue(FindValue(requestID: "f", key: "k")), on: link)
            guard case .send(.findValueResponse(let response), _) = answer.first else { return nil }
            return response
        }
        #expect(found()?.found == false)
        #expect(stored(#"{"a":1}"#) == true)
        #expect(found()?.value == #"{"a":1}"#)
        let large = String(repeating: "x", count: PeerDefaults.storedValueBytes)
        #expect(stored(.object { $0.member("a", large) }) == false)
        #expect(found()?.value == #"{"a":1}"#)
    }

    @Test func aDiscoveryRequestIsAnsweredForOurselves() throws {
        let (harness, link) = try member()
        #expect(
            harness.hear(.peerDiscoveryRequest(PeerDiscoveryRequest(requestID: "d", senderPeer: 0x2)), on: link) == [
                .send(
                    .peerDiscoveryResponse(
                        PeerDiscoveryResponse(
                            requestID: "d",
                            senderPeer: 0x1,
                            targetPeer: 0x2,
                            willing: false,
                            timestamp: harness.now.unixMilliseconds,
                            from: 0x1
                        )
                    ),
                    on: link
                )
            ]
        )
    }

    @Test func unknownAndForeignMessagesAreIgnored() throws {
        let (harness, link) = try member()
        #expect(harness.hear(.unknown(type: "pubsub_push"), on: link) == [])
        #expect(harness.hear(.hello(DHTPeerHello(peerID: 0x2)), on: link) == [])
        #expect(harness.hear(.unknown(type: "whatever")) == [])
        #expect(harness.hear(.error(ErrorNotice("no"))) == [])
    }
}
