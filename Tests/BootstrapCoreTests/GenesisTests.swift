import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct GenesisTests {
    private let bridge = BridgeContact(nodeID: 0xb1, listeningAddress: "ws://b:1", publicWssAddress: "wss://b/1")

    @Test func genesisIsAnnouncedOnlyAfterItIsRecorded() {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([bridge])
        harness.open(1)
        harness.ask("r1", 0xa, on: 1)
        #expect(harness.actions.isEmpty, "a stranger that has not registered does not start a network")
        harness.register(0xa, on: 1)
        #expect(harness.actions.contains(.recordGenesis(0xa, replacing: nil)))
        #expect(harness.responses(to: 1).isEmpty)
        harness.recorded(.decided(0xa))
        let answer = harness.responses(to: 1).first?.join
        #expect(answer?.isGenesis == true)
        #expect(answer?.peers.map(\.nodeID) == [.node(0xb1)])
        let listed = PeerMetadata(answer?.peers.first?.metadata)
        #expect(listed.isBridgeNode)
        #expect(listed.listeningAddress == "ws://b:1")
    }

    @Test func bridgeInvitationsAreRequestedTwoSecondsLater() {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([bridge])
        harness.open(1)
        harness.register(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        harness.recorded(.decided(0xa))
        harness.advance(by: .milliseconds(1_999))
        #expect(harness.actions.isEmpty)
        harness.advance(by: .milliseconds(1))
        guard case .bridgeInvitationRequest(let request)? = harness.sent(to: 1).first else {
            Issue.record("expected bridge_invitation_request, got \(harness.actions)")
            return
        }
        #expect(request.targetPeerID == 0xb1)
        #expect(request.bridgeNodeInfo.listeningAddress == "ws://b:1")
    }

    @Test func firstPeerThatCameBeforeTheBridgesIsToldOfThemWhenItAsksAgain() {
        var harness = BootstrapHarness()
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        harness.recorded(.decided(0xa))
        #expect(harness.responses(to: 1).first?.join?.peers.isEmpty == true)
        harness.core.bridgesChanged([bridge], absent: 1)
        harness.ask("r2", 0xa, on: 1)
        #expect(harness.responses(to: 1).first?.join?.isGenesis == true)
        #expect(harness.responses(to: 1).first?.join?.peers.map(\.nodeID) == [.node(0xb1)])
        // Once others are in, its id alone says nothing.
        harness.core.bridgeReported(connectedPeers: 2, by: 0xb1, at: harness.now, actions: &harness.actions)
        harness.ask("r3", 0xa, on: 1)
        #expect(harness.questions.map(\.newcomer) == [0xa])
    }

    @Test func whoeverAsksWhileTheDecisionIsWrittenIsLedToGenesisAfterwards() {
        var harness = BootstrapHarness()
        for (connection, id) in [(1, 0xa), (2, 0xb)] as [(UInt64, NodeID)] {
            harness.open(connection)
            harness.register(id, on: connection)
            harness.ask("r", id, on: connection)
        }
        #expect(harness.actions.isEmpty)
        harness.recorded(.decided(0xa))
        #expect(harness.responses(to: 1).first?.join?.isGenesis == true)
        #expect(harness.questions.map(\.newcomer) == [0xb])
    }

    @Test func unwritableStateMakesNobodyGenesis() {
        var harness = BootstrapHarness()
        harness.open(1)
        harness.register(0xa, on: 1)
        harness.ask("r1", 0xa, on: 1)
        harness.recorded(.failed)
        #expect(harness.responses(to: 1).map(\.success) == [false])
        #expect(harness.responses(to: 1).first?.code == "state_unavailable")
        // The next question tries again.
        harness.ask("r2", 0xa, on: 1)
        #expect(harness.actions.contains(.recordGenesis(0xa, replacing: nil)))
    }

    @Test func restartedServerMakesNoSecondGenesis() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.open(1)
        harness.register(0xb, on: 1)
        harness.ask("r1", 0xb, on: 1)
        #expect(harness.questions.map(\.newcomer) == [0xb])
    }

    @Test func forgedGenesisTokenMeansNothing() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.open(1)
        let forged: RawJSON = #"{"nodeType":"nodejs","membershipToken":{"isGenesis":true,"holder":"b","issuer":"b"}}"#
        harness.register(0xb, on: 1, metadata: forged)
        harness.ask("r1", 0xb, on: 1, metadata: forged)
        harness.judge(1, .none)
        #expect(harness.questions.map(\.newcomer) == [0xb])
    }

    // MARK: When nobody is left

    /// A network whose first peer left before anybody followed; a newcomer asks, and the bridges know nobody.
    private func abandonedNetwork(absent: Int = 0) -> BootstrapHarness {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.core.bridgesChanged([bridge], absent: absent)
        harness.joinRegistered(0xb, on: 1)
        return harness
    }

    /// Asks, and lets the bridges say that they know nobody as often as they are asked.
    private func askInVain(_ requestID: WireRequestID, _ harness: inout BootstrapHarness) {
        harness.ask(requestID, 0xb, on: 1)
        for _ in 0...BootstrapDefaults.emptyBridgeRetries {
            guard let question = harness.questions.first else { return }
            harness.end(question.join, .emergency([]))
            if harness.questions.isEmpty, harness.responses(to: 1).isEmpty, harness.recordings.isEmpty {
                harness.advance(by: BootstrapDefaults.emptyBridgeRetryDelay)
            }
        }
    }

    /// As clients do: again every few seconds, until a network may be begun anew.
    private func askInVainForLong(_ harness: inout BootstrapHarness) {
        for round in 0..<3 {
            askInVain(WireRequestID("early\(round)") ?? "early", &harness)
            #expect(harness.recordings.isEmpty)
            harness.advance(by: .milliseconds(6_500))
        }
    }

    @Test func networkWithoutMembersIsBegunAnewOnceAllBridgesHaveSaidSoForLongEnough() {
        var harness = abandonedNetwork()
        askInVain("r1", &harness)
        #expect(harness.responses(to: 1).map(\.code) == ["no_helper"])
        askInVainForLong(&harness)
        askInVain("r2", &harness)
        #expect(harness.recordings == [.recordGenesis(0xb, replacing: 0xa)])
        harness.recorded(.decided(0xb))
        #expect(harness.responses(to: 1).first?.join?.isGenesis == true)
        #expect(harness.core.counters.renewals == 1)
    }

    @Test func trialOfTheServerBeginsNoNetwork() {
        var harness = abandonedNetwork()
        harness.core.expectTrial(by: 0xb)
        askInVainForLong(&harness)
        askInVain("r2", &harness)
        #expect(harness.recordings.isEmpty, "it leaves at once")
        harness.core.trialEnded(by: 0xb)
        askInVain("r3", &harness)
        #expect(harness.recordings == [.recordGenesis(0xb, replacing: 0xa)])
    }

    @Test func strandedNewcomersAreNotSentToEachOther() {
        var harness = abandonedNetwork()
        askInVain("r1", &harness)
        harness.joinRegistered(0xc, on: 2)
        harness.ask("r", 0xc, on: 2)
        for _ in 0...BootstrapDefaults.emptyBridgeRetries {
            if let question = harness.questions.first { harness.end(question.join, .emergency([])) }
            if harness.responses(to: 2).isEmpty { harness.advance(by: BootstrapDefaults.emptyBridgeRetryDelay) }
        }
        #expect(harness.responses(to: 2).map(\.code) == ["no_helper"], "a list would end their asking")
    }

    @Test func renewalThatCannotBeStoredLeavesTheOldDecision() {
        var harness = abandonedNetwork()
        askInVainForLong(&harness)
        askInVain("r2", &harness)
        harness.recorded(.failed)
        #expect(harness.responses(to: 1).map(\.code) == ["state_unavailable"])
        harness.joinRegistered(0xc, on: 2)
        harness.ask("r", 0xc, on: 2)
        #expect(harness.questions.map(\.newcomer) == [0xc], "nobody else becomes the first peer")
    }

    @Test func networkIsNotBegunAnewWhileABridgeIsMissing() {
        var harness = abandonedNetwork(absent: 1)
        askInVainForLong(&harness)
        askInVain("r2", &harness)
        #expect(harness.responses(to: 1).map(\.code) == ["no_helper"])
    }

    @Test(arguments: ["a bridge goes", "a bridge reports a peer", "a helper is named"])
    func whateverSpeaksForAMemberStartsTheWaitAnew(event: String) {
        var harness = abandonedNetwork()
        askInVain("r1", &harness)
        harness.advance(by: .seconds(10))
        askInVain("r1b", &harness)
        harness.advance(by: .seconds(8))
        switch event {
        case "a bridge goes":
            harness.core.bridgesChanged([], absent: 1)
            harness.core.bridgesChanged([bridge])
        case "a bridge reports a peer":
            harness.core.bridgeReported(connectedPeers: 1, by: 0xb1, at: harness.now, actions: &harness.actions)
        default:
            harness.joinRegistered(0xd, on: 4)
            harness.ask("r", 0xd, on: 4)
            if let question = harness.questions.first { harness.end(question.join, .helper(.naming(0xe))) }
        }
        harness.advance(by: .seconds(5))
        askInVain("r1c", &harness)
        harness.advance(by: .seconds(10))
        askInVain("r2", &harness)
        #expect(harness.recordings.isEmpty && harness.responses(to: 1).first?.join?.isGenesis != true)
    }

    @Test func bridgesAndDiagnosticToolsNeverBecomeGenesis() {
        var harness = BootstrapHarness()
        harness.open(1)
        let bridge: RawJSON = #"{"nodeType":"bridge","isBridgeNode":true,"bridgeAuthToken":"guess"}"#
        harness.register(0xb, on: 1, metadata: bridge)
        harness.ask("r1", 0xb, on: 1, metadata: bridge)
        #expect(harness.responses(to: 1).first?.join == .emptyForBridge)
        guard let tool = ClientID("diagnostic_12") else {
            Issue.record("tools have ids like this")
            return
        }
        harness.open(2)
        harness.say(.register(Register(nodeID: tool, protocolVersion: "1.0.0")), on: 2)
        harness.say(.getPeersOrGenesis(GetPeersOrGenesis(nodeID: tool, requestID: "r2")), on: 2)
        #expect(harness.responses(to: 2).first?.join?.isGenesis == false)
        #expect(!harness.actions.contains { if case .recordGenesis = $0 { true } else { false } })
    }

    @Test func bridgeThatTakesUpAnInvitationIsDialledByItsInviter() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.core.bridgesChanged([bridge])
        harness.joinRegistered(0xa, on: 1)
        let invitation = SendInvitation(
            targetPeerID: .node(0xb1),
            invitationToken: "{}",
            inviterNodeID: .node(0xa),
            requestID: "i"
        )
        harness.say(.sendInvitation(invitation), on: 1)
        #expect(harness.actions.contains { if case .inviteBridge(0xb1, _) = $0 { true } else { false } })
        harness.actions = []
        harness.core.bridgeAccepted(
            BridgeInvitationAccepted(bridgeNodeID: 0xb1, inviterNodeID: .node(0xa)),
            from: 0xb1,
            at: harness.now,
            actions: &harness.actions
        )
        guard case .connectToBridge(let message)? = harness.sent(to: 1).first else {
            Issue.record("expected connect_to_bridge, got \(harness.actions)")
            return
        }
        #expect(message.bridgeServerAddress == "ws://b:1")
    }
}
