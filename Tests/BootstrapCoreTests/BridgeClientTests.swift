import BootstrapCore
import Kademlia
import Observation
import Testing
import Timekeeping
import WireMessages

/// A bridge on its own client link: what proves it, what it may say, and how it is treated.
@Suite struct BridgeClientTests {
    private let registration = BridgeRegistration(
        nodeID: 0xb1,
        listeningAddress: "ws://b:1",
        publicWssAddress: "wss://b/1"
    )

    // MARK: Proof

    @Test func bridgeWithTheSecretIsAdoptedRightAfterItIsRegistered() {
        var harness = BootstrapHarness()
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(
            harness.actions == [
                .send(ConnectionID(1), .registered(Registered(nodeID: .node(0xb1), timestamp: 1_000_000))),
                .adoptBridge(ConnectionID(1), registration),
            ]
        )
        #expect(harness.core.bridgeClientCount == 1)
        #expect(harness.core.counters.unprovenBridges == 0)
        harness.close(1)
        #expect(harness.core.bridgeClientCount == 0)
    }

    @Test func nobodyIsABridgeUnlessTheServerHasASecret() {
        var harness = BootstrapHarness { $0.isBridgeSecret = Bootstrap.Configuration().isBridgeSecret }
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.adopted.isEmpty && harness.core.counters.unprovenBridges == 1)
    }

    @Test(arguments: ["", "a secret", "a secret of the bridges ", "bridge_auth_a secret of the bridges"])
    func claimWithAnotherSecretMakesAnOrdinaryPeer(secret: String) {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata(secret: secret))
        #expect(harness.adopted.isEmpty && harness.core.bridgeClientCount == 0)
        #expect(harness.sent(to: 1).count == 1, "it is registered")
        #expect(harness.core.counters.unprovenBridges == 1)
        // Neither asked nor listed.
        harness.joinRegistered(0xc, on: 2)
        harness.ask("r", 0xc, on: 2)
        #expect(harness.sent(to: 1).isEmpty)
        if let join = harness.questions.first?.join { harness.end(join, .unavailable(.noBridge)) }
        #expect(harness.responses(to: 2).map(\.code) == ["no_helper"])
    }

    @Test func claimWithoutASecretIsCountedAndAPeerThatClaimsNothingIsNot() {
        var harness = BootstrapHarness()
        harness.joinRegistered(0xb1, on: 1, metadata: #"{"isBridgeNode":true}"#)
        #expect(harness.core.counters.unprovenBridges == 1)
        harness.joinRegistered(0xb2, on: 2, metadata: #"{"bridgeAuthToken":"a secret of the bridges"}"#)
        #expect(harness.adopted.isEmpty && harness.core.counters.unprovenBridges == 1)
    }

    @Test func toolIsNoBridgeWhateverItKnows() throws {
        var harness = BootstrapHarness()
        harness.open(1)
        let tool = try #require(ClientID("diagnostic_12"))
        let register = Register(
            nodeID: tool,
            protocolVersion: "1.0.0",
            metadata: BootstrapHarness.bridgeMetadata()
        )
        harness.say(.register(register), on: 1)
        #expect(harness.sent(to: 1).count == 1 && harness.adopted.isEmpty)
        #expect(harness.core.counters.unprovenBridges == 1)
    }

    @Test func erasAreToldApartByTheirKeys() {
        var harness = BootstrapHarness()
        let stateless: RawJSON = #"{"nodeType":"bridge","bridgeAuthToken":"a secret of the bridges"}"#
        harness.joinRegistered(0xb1, on: 1, metadata: stateless)
        #expect(harness.adopted == [BridgeRegistration(nodeID: 0xb1, isStatelessEra: true)])
        let current: RawJSON =
            #"{"nodeType":"bridge","membershipToken":null,"bridgeAuthToken":"a secret of the bridges"}"#
        harness.joinRegistered(0xb2, on: 2, metadata: current)
        #expect(harness.adopted == [BridgeRegistration(nodeID: 0xb2, isStatelessEra: false)])
        harness.open(3)
        harness.register(0xb3, on: 3, metadata: stateless, features: [])
        #expect(harness.adopted == [BridgeRegistration(nodeID: 0xb3, features: [], isStatelessEra: false)])
    }

    @Test func theSecretIsNeitherKeptNorShownNorPassedOn() throws {
        var harness = BootstrapHarness(createNewDHT: false, openNetwork: true, genesis: 0xa)
        harness.open(1)
        harness.ask("r1", 0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata(secret: "another secret"))
        harness.register(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata(secret: "another secret"))
        #expect(harness.questions.count == 1)
        #expect(!"\(harness.actions)".contains("another secret"))
        harness.joinRegistered(0xb2, on: 2, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.adopted.count == 1)
        #expect(!"\(harness.actions)".contains(BootstrapHarness.secret))
        var kept = ""
        dump(harness.core, to: &kept)
        #expect(kept.contains("ws://b:1"))
        #expect(!kept.contains(BootstrapHarness.secret) && !kept.contains("another secret"))
    }

    @Test func bridgeThatRegistersAgainIsAdoptedAgainOnlyIfItSaysSomethingNew() {
        var harness = BootstrapHarness()
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        harness.register(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.sent(to: 1).count == 1 && harness.adopted.isEmpty)
        harness.register(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata(address: "ws://b:2"))
        #expect(harness.adopted.map(\.listeningAddress) == ["ws://b:2"])
        harness.register(
            0xb1,
            on: 1,
            metadata: BootstrapHarness.bridgeMetadata(address: "ws://b:2"),
            features: ["load"]
        )
        #expect(harness.adopted.map(\.features) == [["load"]])
        // Without the secret it stays what it is, and says nothing that counts.
        harness.register(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata(secret: "x", address: "ws://c:3"))
        #expect(harness.adopted.isEmpty && harness.core.counters.unprovenBridges == 1)
        harness.say(.pong(Pong(requestID: "p")), on: 1)
        #expect(harness.saidByBridge(on: 1).count == 1)
    }

    @Test func bridgeThatReconnectsIsAdoptedOnItsNewSocketAndTheOldOneIsHeardNoMore() {
        var harness = BootstrapHarness()
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        harness.joinRegistered(0xb1, on: 2, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.closings == [.replaced])
        #expect(harness.actions.contains(.adoptBridge(ConnectionID(2), registration)))
        harness.register(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.actions.isEmpty, "a socket that is being closed takes nothing back")
        harness.close(1)
        #expect(harness.core.bridgeClientCount == 1 && harness.core.registeredCount == 1)
    }

    @Test func strangerCannotTakeTheIdOfABridge() {
        var harness = BootstrapHarness()
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        harness.joinRegistered(0xb1, on: 2)
        guard case .error(let notice)? = harness.sent(to: 2).first else {
            Issue.record("expected an error notice, got \(harness.actions)")
            return
        }
        #expect(notice.code == "id_in_use")
        #expect(harness.closings == [.idInUse])
        harness.say(.pong(Pong(requestID: "p")), on: 1)
        #expect(harness.saidByBridge(on: 1).count == 1)
        // The other way round the secret wins.
        harness.joinRegistered(0xb2, on: 3)
        harness.joinRegistered(0xb2, on: 4, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.closings == [.replaced] && harness.adopted.map(\.nodeID) == [0xb2])
    }

    // MARK: Room

    @Test func bridgesHaveRoomWhenTheServerIsFullAndTakeNoneFromPeers() {
        var harness = BootstrapHarness { $0.maxPeers = 1 }
        harness.joinRegistered(0xa, on: 1)
        harness.joinRegistered(0xb1, on: 2, metadata: BootstrapHarness.bridgeMetadata(secret: "guess"))
        #expect(harness.closings == [.serverFull], "a claim opens no door")
        harness.joinRegistered(0xb1, on: 3, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.adopted.count == 1)
        harness.close(1)
        harness.joinRegistered(0xc, on: 4)
        #expect(harness.closings.isEmpty, "the bridge takes no peer's place")
        harness.joinRegistered(0xd, on: 5)
        #expect(harness.closings == [.serverFull])
    }

    @Test func roomForBridgesIsBounded() {
        var harness = BootstrapHarness()
        let limit = BootstrapDefaults.maxBridgeClients
        for number in 1...limit {
            let id = NodeID(high: 2, middle: 0, low: UInt32(number))
            harness.joinRegistered(id, on: UInt64(number), metadata: BootstrapHarness.bridgeMetadata())
            #expect(harness.adopted.count == 1)
        }
        harness.joinRegistered(0xb1, on: 1_000, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.closings == [.serverFull] && harness.adopted.isEmpty)
        #expect(harness.core.bridgeClientCount == limit)
        // One that is in may come again.
        let known = NodeID(high: 2, middle: 0, low: 1)
        harness.joinRegistered(known, on: 1_001, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.adopted.map(\.nodeID) == [known])
        harness.close(2)
        harness.joinRegistered(0xb1, on: 1_002, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.adopted.count == 1)
    }

    // MARK: What it says

    private static let ofBridges: [(PeerToBootstrap, BridgeToBootstrap)] = {
        let answer = OnboardingPeerResponse(requestID: "q", success: true)
        let success = AuthSuccess(bridgeNodeID: 0xb1)
        let accepted = BridgeInvitationAccepted(bridgeNodeID: 0xb1, inviterNodeID: .node(0xa))
        let failed = BridgeInvitationFailed(bridgeNodeID: 0xb1, inviterNodeID: .node(0xa))
        let health = BridgeHealthUpdate(bridgeNodeID: 0xb1, bridgeHealth: BridgeHealth(connectedPeers: 0))
        return [
            (.onboardingPeerResponse(answer), .onboardingPeerResponse(answer)),
            (.authSuccess(success), .authSuccess(success)),
            (.authFailed(AuthFailed(message: "no")), .authFailed(AuthFailed(message: "no"))),
            (.bridgeInvitationAccepted(accepted), .bridgeInvitationAccepted(accepted)),
            (.bridgeInvitationFailed(failed), .bridgeInvitationFailed(failed)),
            (.bridgeHealthUpdate(health), .bridgeHealthUpdate(health)),
        ]
    }()

    @Test func whatBelongsToTheLinkOfAProvenBridgeIsPassedOn() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        for (message, passedOn) in Self.ofBridges {
            harness.say(message, on: 1)
            #expect(harness.actions == [.bridgeSaid(ConnectionID(1), passedOn)])
        }
        harness.say(.pong(Pong(requestID: "p")), on: 1)
        #expect(harness.actions == [.bridgeSaid(ConnectionID(1), .pong(Pong(requestID: "p")))])
        harness.say(.error(ErrorNotice("oh")), on: 1)
        #expect(harness.actions == [.bridgeSaid(ConnectionID(1), .error(ErrorNotice("oh")))])
        harness.say(.ping(Ping(requestID: "p")), on: 1)
        guard case .pong? = harness.sent(to: 1).first, harness.actions.count == 1 else {
            Issue.record("expected a pong, got \(harness.actions)")
            return
        }
        #expect(harness.core.counters.foreignAnswers == 0)
    }

    @Test func fromAnybodyElseItIsIgnoredWithoutAWord() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        harness.joinRegistered(0xa, on: 2)
        harness.joinRegistered(0xb2, on: 3, metadata: BootstrapHarness.bridgeMetadata(secret: "guess"))
        harness.open(4)
        var said = 0
        for connection in [2, 3, 4] as [UInt64] {
            for (message, _) in Self.ofBridges {
                harness.say(message, on: connection)
                said += 1
                #expect(harness.actions.isEmpty)
            }
            let request = GetConnectedClients(requestID: "c", bridgeNodeID: 0xb1)
            harness.say(.getConnectedClients(request), on: connection)
            said += 1
            #expect(harness.actions.isEmpty)
            harness.say(.pong(Pong()), on: connection)
            harness.say(.error(ErrorNotice("oh")), on: connection)
            #expect(harness.actions.isEmpty)
        }
        #expect(harness.core.counters.foreignAnswers == said)
    }

    @Test func tenThousandGuessedAnswersReachNobody() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xc, on: 1)
        harness.joinRegistered(0xb, on: 2)
        harness.ask("r", 0xb, on: 2)
        #expect(harness.core.questionCount == 1)
        for number in 0..<10_000 {
            let answer = OnboardingPeerResponse(requestID: WireRequestID("onboarding_\(number)") ?? "x", success: true)
            harness.say(.onboardingPeerResponse(answer), on: 1)
            #expect(harness.actions.isEmpty)
        }
        #expect(harness.core.questionCount == 1 && harness.core.counters.foreignAnswers == 10_000)
    }

    @Test func bridgeSpeaksForItselfOnly() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb2, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        for (message, _) in Self.ofBridges {
            harness.say(message, on: 1)
            switch message {
            case .onboardingPeerResponse, .authFailed: #expect(harness.actions.count == 1)
            default: #expect(harness.actions.isEmpty)
            }
        }
        #expect(harness.core.counters.foreignSenders == 4)
    }

    @Test func answerOfABridgeThatCannotBeReadIsARefusal() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        harness.joinRegistered(0xc, on: 2)
        let type = "onboarding_peer_response"
        let unreadable = WireError(reason: .missingField("success"), messageType: type, requestID: "q")
        harness.misread(unreadable, on: 1)
        guard case .onboardingPeerResponse(let response)? = harness.saidByBridge(on: 1).first else {
            Issue.record("expected a refusal, got \(harness.actions)")
            return
        }
        #expect(response.requestID == "q" && !response.success && harness.actions.count == 1)
        harness.misread(WireError(reason: .missingField("requestId"), messageType: type), on: 1)
        #expect(harness.actions.isEmpty, "whose answer it was is not known")
        harness.misread(unreadable, on: 2)
        #expect(harness.actions.isEmpty, "a stranger is told nothing")
        #expect(harness.core.counters.foreignAnswers == 1 && harness.core.counters.malformed == 3)
    }

    // MARK: What it is told

    /// Existing bridges ask every 10 s while nobody has dialled them (protocol.md 2.2, 3.7).
    @Test func bridgeThatAsksAgainIsToldOfPeersThatAreIn() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xa, on: 2)
        harness.open(1)
        harness.ask("r1", 0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        harness.register(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.responses(to: 1).map(\.join) == [.emptyForBridge], "it is about to be dialled")
        harness.joinRegistered(0xb, on: 3)
        harness.ask("q", 0xb, on: 3)
        harness.ask("r2", 0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.responses(to: 1).first?.join?.peers.map(\.nodeID) == [.node(0xa)], "0xb is not in")
    }

    @Test func bridgeNeverBecomesGenesisAndWaitsToBeDialled() {
        var harness = BootstrapHarness()
        harness.open(1)
        harness.ask("r1", 0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.actions.isEmpty)
        harness.register(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.responses(to: 1).map(\.join) == [.emptyForBridge])
        // Not even if its question hides what it is.
        harness.ask("r2", 0xb1, on: 1)
        #expect(harness.responses(to: 1).map(\.join?.isGenesis) == [false])
        #expect(harness.responses(to: 1).map(\.join?.peers) == [[]])
        #expect(!harness.actions.contains { if case .recordGenesis = $0 { true } else { false } })
    }

    @Test func bridgeThatLostAllIsGivenPeersToDial() {
        for createNewDHT in [true, false] {
            var harness = BootstrapHarness(createNewDHT: createNewDHT, genesis: 0xa)
            harness.joinRegistered(0xa, on: 1)
            harness.joinRegistered(0xb2, on: 2, metadata: BootstrapHarness.bridgeMetadata())
            harness.joinRegistered(0xb1, on: 3, metadata: BootstrapHarness.bridgeMetadata())
            let recovery: RawJSON = #"{"emergencyRecovery":true,"bridgeNeedsPeers":true}"#
            harness.ask("r1", 0xb1, on: 3, metadata: BootstrapHarness.bridgeMetadata(), maxPeers: recovery)
            let answer = harness.responses(to: 3).first?.join
            #expect(answer?.status == .emergencyPeersForBridge && answer?.emergencyRecovery == true)
            #expect(answer?.peers.map(\.nodeID) == [.node(0xa)], "no bridges")
            let flagged = BootstrapHarness.bridgeMetadata().adding("needsPeers", true)
            harness.ask("r2", 0xb1, on: 3, metadata: flagged)
            #expect(harness.responses(to: 3).first?.join?.status == .emergencyPeersForBridge)
            #expect(harness.questions.isEmpty)
        }
    }

    @Test func bridgesAreNotAskedAboutABridge() {
        var harness = BootstrapHarness(createNewDHT: false, openNetwork: true, genesis: 0xa)
        harness.joinRegistered(0xa, on: 1)
        harness.open(2)
        harness.ask("r1", 0xb1, on: 2, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.actions.isEmpty, "what it is shows when it registers")
        harness.register(0xb1, on: 2, metadata: BootstrapHarness.bridgeMetadata())
        #expect(harness.questions.isEmpty)
        #expect(harness.responses(to: 2).first?.join?.peers.map(\.nodeID) == [.node(0xa)])
    }

    @Test func bridgeIsListedToNobodyAndSentNoSignals() throws {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        harness.joinRegistered(0xb, on: 2)
        harness.ask("r1", 0xb, on: 2)
        harness.end(try #require(harness.questions.first?.join), .unavailable(.noBridge))
        #expect(harness.responses(to: 2).map(\.code) == ["no_helper"])
        let signal = ForwardSignal(fromPeer: .node(0xb), toPeer: .node(0xb1), signal: "{}", requestID: "s")
        harness.say(.forwardSignal(signal), on: 2)
        #expect(harness.sent(to: 1).isEmpty && harness.responses(to: 2).map(\.success) == [false])
    }

    // MARK: Inviting it

    private func invite(_ bridge: NodeID, _ harness: inout BootstrapHarness) {
        let invitation = SendInvitation(
            targetPeerID: .node(bridge),
            invitationToken: "{}",
            inviterNodeID: .node(0xa),
            requestID: "i"
        )
        harness.say(.sendInvitation(invitation), on: 9)
    }

    @Test func onlyABridgeWhoseLinkCarriesInvitationsIsInvited() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.joinRegistered(0xa, on: 9)
        harness.joinRegistered(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        // On its client link only: any invitation there may end its process.
        invite(0xb1, &harness)
        #expect(harness.responses(to: 9).map(\.code) == ["bridge_not_invitable"])
        #expect(harness.actions.count == 1)
        var contact = BridgeContact(nodeID: 0xb1, listeningAddress: "ws://b:1", publicWssAddress: nil)
        contact.canBeInvited = false
        harness.core.bridgesChanged([contact])
        invite(0xb1, &harness)
        #expect(harness.responses(to: 9).map(\.code) == ["bridge_not_invitable"])
        #expect(harness.actions.count == 1 && harness.core.invitationCount == 0)
        contact.canBeInvited = true
        harness.core.bridgesChanged([contact])
        invite(0xb1, &harness)
        #expect(harness.responses(to: 9).map(\.success) == [true])
        #expect(harness.actions.contains { if case .inviteBridge(0xb1, _) = $0 { true } else { false } })
        #expect(harness.sent(to: 1).isEmpty)
        // What an existing bridge says besides on its client link leads to no second dial.
        harness.say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xb1), toPeer: .node(0xa))), on: 1)
        #expect(harness.actions.isEmpty)
    }

    @Test func invitationThatWaitedForTheRegistrationOfABridgeIsDropped() {
        var harness = BootstrapHarness(createNewDHT: false, openNetwork: true, genesis: 0xa)
        harness.joinRegistered(0xa, on: 9)
        harness.open(1)
        harness.ask("r", 0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        invite(0xb1, &harness)
        #expect(harness.responses(to: 9).map(\.success) == [true])
        harness.register(0xb1, on: 1, metadata: BootstrapHarness.bridgeMetadata())
        #expect(!harness.sent(to: 1).contains { if case .invitationReceived = $0 { true } else { false } })
        #expect(harness.adopted.count == 1)
    }

    @Test func genesisIsToldOfBridgesItCanDialAndAskedToInviteThoseThatCanBe() {
        var harness = BootstrapHarness()
        harness.core.bridgesChanged([
            BridgeContact(nodeID: 0xb1, listeningAddress: "ws://b:1", publicWssAddress: nil),
            BridgeContact(nodeID: 0xb2, listeningAddress: nil, publicWssAddress: nil),
            BridgeContact(nodeID: 0xb3, listeningAddress: "ws://b:3", publicWssAddress: nil, canBeInvited: false),
        ])
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r", 0xa, on: 1)
        harness.recorded(.decided(0xa))
        let listed = harness.responses(to: 1).first?.join?.peers ?? []
        #expect(listed.map(\.nodeID) == [.node(0xb1), .node(0xb3)])
        #expect(listed.first?.metadata?.string("publicWssAddress") == "ws://b:1")
        harness.advance(by: .seconds(2))
        let invited = harness.sent(to: 1).compactMap { message in
            if case .bridgeInvitationRequest(let request) = message { request.targetPeerID } else { nil }
        }
        #expect(invited == [0xb1, 0xb2])
    }

    @Test func bridgeWithoutPeersIsSentSomeUnlessNobodyCanDialIt() {
        var harness = BootstrapHarness(genesis: 0xa)
        harness.core.bridgesChanged([
            BridgeContact(nodeID: 0xb1, listeningAddress: "ws://b:1", publicWssAddress: nil),
            BridgeContact(nodeID: 0xb2, listeningAddress: nil, publicWssAddress: nil),
        ])
        for number in 1...10 {
            harness.joinRegistered(NodeID(high: 1, middle: 0, low: UInt32(number)), on: UInt64(number))
        }
        harness.joinRegistered(0xb3, on: 11, metadata: BootstrapHarness.bridgeMetadata())
        var told: Set<ConnectionID> = []
        for _ in 0..<3 {
            harness.actions = []
            harness.core.bridgeReported(connectedPeers: 0, by: 0xb1, at: harness.now, actions: &harness.actions)
            #expect(harness.actions.count == BootstrapDefaults.peersSentToEmptyBridge)
            for case .send(let connection, .connectToBridge) in harness.actions { told.insert(connection) }
        }
        #expect(told.count == 9 && !told.contains(ConnectionID(11)), "others each time, and no bridge")
        harness.actions = []
        harness.core.bridgeReported(connectedPeers: 0, by: 0xb2, at: harness.now, actions: &harness.actions)
        #expect(harness.actions.isEmpty)
    }
}
