import DHTTestKit
import Kademlia
import PeerCore
import Testing
import Timekeeping
import WireMessages

@Suite struct PaperNetworkTests {
    @Test(arguments: SeededGenerator.seeds(6))
    func everybodyJoinsOnceWhateverTheDelays(seed: UInt64) {
        let network = PaperNetwork(count: 30, seed: seed, lostDials: 0)
        network.run(until: .zero + .seconds(60))
        #expect(network.complaints == [], "seed \(seed)")
        var genesis = 0
        for id in network.order {
            let reports = network.reports[id, default: []]
            #expect(reports.first == .asked, "seed \(seed)")
            let outcomes = reports.filter { report in
                switch report {
                case .genesis, .joined, .failed: true
                case .asked, .answered, .introduced: false
                }
            }
            #expect(outcomes.count == 1, "seed \(seed): \(outcomes)")
            if case .failed(let failure) = outcomes.first { Issue.record("seed \(seed): \(failure)") }
            if case .genesis = outcomes.first { genesis += 1 }
            // Who came before anybody was inside got an error and asked again; nobody asks when it has what it needs.
            if case .joined = outcomes.first {
                #expect(network.questionCounts[id, default: 0] <= 2, "seed \(seed)")
                #expect(network.outcomes[id] == [true], "seed \(seed): the server hears of each introduction once")
            }
        }
        #expect(genesis == 1, "seed \(seed)")
        #expect(network.linkCounts.allSatisfy { $0 >= 1 }, "seed \(seed)")
        // All aim for eight; only who was helper to many may have more.
        #expect(network.linkCounts.filter { $0 >= PeerDefaults.desiredPeerLinks - 1 }.count > 20, "seed \(seed)")
    }

    @Test(arguments: SeededGenerator.seeds(6))
    func everyJoinEndsOnceEvenWhenDialsFail(seed: UInt64) {
        let network = PaperNetwork(count: 20, seed: seed, lostDials: 0.3)
        network.run(until: .zero + .seconds(120))
        #expect(network.complaints == [], "seed \(seed)")
        var joined = 0
        for id in network.order {
            let outcomes = network.reports[id, default: []].filter { report in
                switch report {
                case .genesis, .joined, .failed: true
                case .asked, .answered, .introduced: false
                }
            }
            #expect(outcomes.count == 1, "seed \(seed): \(outcomes)")
            if case .joined = outcomes.first { joined += 1 }
        }
        // A lost dial is made good by the helper's own, two seconds later, or by asking again.
        #expect(joined >= 18, "seed \(seed)")
    }

    /// Two thirds leave, the genesis peer among them, every fourth of them silently.
    @Test(arguments: SeededGenerator.seeds(6))
    func whoStaysIsLinkedToOthersThatStayed(seed: UInt64) {
        let network = PaperNetwork(count: 30, seed: seed, lostDials: 0)
        var end = Instant.zero + .seconds(30)
        network.run(until: end)
        let genesis = network.order.filter { network.reports[$0]?.contains(where: \.isGenesis) == true }
        let leaving = genesis + network.order.filter { !genesis.contains($0) }.prefix(19)
        for (index, id) in leaving.enumerated() {
            network.leave(id, silently: index % 4 == 3)
            end = end + .seconds(3)
            network.run(until: end)
        }
        // A silent link is given up after 95 s, noticed at the next ping.
        network.run(until: end + PeerDefaults.silenceLimit + PeerDefaults.pingInterval * 2)
        let present = network.present
        #expect(present.count == 10)
        for peer in present {
            #expect(present.contains { network.isLinked(peer, to: $0) }, "seed \(seed): \(peer) is alone")
            #expect(!leaving.contains { network.isLinked(peer, to: $0) }, "seed \(seed)")
        }
        #expect(network.complaints == [], "seed \(seed)")
    }

    /// Whatever order strangers choose to say things in, the machine survives and stays within its bounds.
    @Test(arguments: SeededGenerator.seeds(8))
    func nonsenseInAnyOrderIsSurvived(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let harness = PeerHarness(id: 0x1)
        _ = harness.start()
        for _ in 0..<5000 {
            let link = DHTLinkID(value: UInt64.random(in: 0...40, using: &generator))
            let other = NodeID(high: 0, middle: 0, low: UInt32.random(in: 0...30, using: &generator))
            switch Int.random(in: 0..<16, using: &generator) {
            case 0: _ = harness.clientLinkOpened()
            case 1: _ = harness.clientLinkClosed()
            case 2: _ = harness.hear(.registered(Registered(nodeID: .node(0x1))))
            case 3: _ = harness.linkAccepted()
            case 4: _ = harness.linkOpened(link)
            case 5: _ = harness.linkClosed(link)
            case 6:
                _ = harness.hear(
                    .hello(DHTPeerHello(peerID: other, metadata: PeerHarness.metadata(of: other))),
                    on: link
                )
            case 7: _ = harness.hear(.connected(DHTPeerConnected(bridgeNodeID: other)), on: link)
            case 8: _ = harness.hear(.findNode(FindNode(requestID: "f", target: other)), on: link)
            case 9:
                let nodes = (0..<30).map { _ in
                    let id = NodeID.random(using: &generator)
                    return CompactNode(
                        id: id,
                        metadata: PeerHarness.metadata(of: id, isBridge: .random(using: &generator))
                    )
                }
                _ = harness.hear(.findNodeResponse(FindNodeResponse(requestID: "f", nodes: nodes)), on: link)
            case 10:
                _ = harness.hear(
                    .createInvitationForPeer(
                        CreateInvitationForPeer(
                            targetPeer: 0x1,
                            targetNodeID: other,
                            fromBridge: 0xb1,
                            requestID: "o"
                        )
                    ),
                    on: link
                )
            case 11:
                _ = harness.hear(
                    .websocketPeerMetadata(
                        .invitee(fromPeer: .node(other), metadata: PeerHarness.metadata(of: other), invitationID: "i")
                    )
                )
            case 12:
                let question = harness.run(for: .milliseconds(500)).questions.first ?? "none"
                _ = harness.hear(.response(.success(question, .join(.genesis(bridges: [])))))
            case 13: _ = harness.hear(.store(Store(requestID: "s", key: "\(other)", value: "1")), on: link)
            case 14:
                _ = harness.hear(
                    .sendInvitationRequest(SendInvitationRequest(targetPeerID: .node(other), requestID: "i"))
                )
            default: _ = harness.run(for: .seconds(Int64.random(in: 0...3, using: &generator)))
            }
            #expect(harness.peer.linkedPeerCount <= PeerDefaults.links, "seed \(seed)")
            if let deadline = harness.nextDeadline {
                #expect(deadline - harness.now.instant <= .seconds(60), "seed \(seed)")
            }
        }
        _ = harness.stop()
        #expect(harness.nextDeadline == nil, "seed \(seed)")
        #expect(harness.peer.linkedPeerCount == 0, "seed \(seed)")
    }
}

extension JoinReport {
    fileprivate var isGenesis: Bool {
        if case .genesis = self { true } else { false }
    }
}
