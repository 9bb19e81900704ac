import BridgeCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct DialInTests {
    private let alreadyLinked = "Another link leads to this bridge: ws://127.0.0.1:8083"
    private let registered = BootstrapToDialInBridge.registered(Registered(nodeID: .node(BridgeHarness.bridgeID)))

    private func auth(
        _ secret: String = BridgeHarness.secret,
        features: [String]? = ["load"]
    ) -> BootstrapToDialInBridge {
        .link(.bootstrapAuth(BootstrapAuth(authToken: secret, features: features)))
    }

    private func status(_ harness: BridgeHarness) -> DialInStatus { harness.status.dialIns[0] }

    // MARK: Dialling

    @Test func everyBootstrapIsDialledOnceThePortIsBound() {
        var harness = BridgeHarness(bootstraps: 2)
        #expect(harness.status.dialIns.map(\.word) == [.disconnected, .disconnected])
        #expect(harness.listen().compactMap(\.dialledBootstrap) == [.first, BootstrapID(index: 1)])
        #expect(harness.status.dialIns.map(\.word) == [.connecting, .connecting])
        #expect(harness.status.dialIns.map(\.address) == ["ws://bootstrap-0", "ws://bootstrap-1"])
        #expect(harness.advance(by: .seconds(3_600)) == [], "a dial that is under way stays the only one")
    }

    @Test func registrationSaysWhatABootstrapNeeds() throws {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        let (connection, actions) = harness.reach()
        guard case .register(connection, let registration) = actions.first, actions.count == 1 else {
            Issue.record("unexpected: \(actions)")
            return
        }
        let register = registration.message(publicKey: "ab", secret: "the secret")
        #expect(register.nodeID == .node(BridgeHarness.bridgeID))
        #expect(register.protocolVersion == "1.0.0")
        #expect(register.buildID?.hasPrefix("node_") == true, "protocol.md 1.4: matches every other build")
        #expect(register.features == LinkFeatures.all.names)
        let metadata = PeerMetadata(register.metadata)
        #expect(metadata.isBridgeNode)
        #expect(metadata.nodeType == .bridge)
        #expect(metadata.listeningAddress == "ws://127.0.0.1:8083")
        #expect(metadata.publicWssAddress == "ws://127.0.0.1:8083")
        #expect(metadata.bridgeAuthToken == "the secret")
        #expect(metadata.canAcceptConnections == true)
        #expect(register.metadata?.string("publicKey") == "ab")
    }

    @Test func waitDoublesToTheCapAndTheAttemptsNeverEnd() {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        for seconds in [1, 2, 4, 8, 16, 30, 30, 30] {
            let actions = harness.bridge.notReached(
                .first,
                error: "refused",
                at: harness.now,
                using: &harness.generator
            )
            #expect(actions.first?.change?.status.word == .disconnected)
            #expect(status(harness).lastError == "refused")
            #expect(harness.advance(by: .seconds(seconds) - .milliseconds(1)) == [])
            #expect(harness.advance(by: .milliseconds(1)).compactMap(\.dialledBootstrap) == [.first])
            #expect(status(harness).word == .connecting)
        }
        #expect(status(harness).dials == 9)
    }

    @Test func sameFailureIsNewsOnce() {
        var harness = BridgeHarness(bootstraps: 1)
        var news: [String?] = []
        func note(_ actions: [BridgeAction]) {
            news += actions.compactMap(\.change).filter(\.isNews).map {
                "\($0.status.word) \($0.status.lastError ?? "")"
            }
        }
        note(harness.listen())
        for error in ["refused", "refused", "timed out", "timed out"] {
            note(harness.bridge.notReached(.first, error: error, at: harness.now, using: &harness.generator))
            note(harness.advance(by: .seconds(30)))
        }
        let (connection, actions) = harness.reach()
        note(actions)
        note(harness.reply(registered, on: connection))
        note(harness.end(connection, by: SocketEnding(isRemote: false, code: nil, reason: "connection lost")))
        #expect(
            news == [
                "disconnected refused", "disconnected timed out", "connected timed out", "disconnected connection lost",
            ]
        )
    }

    @Test(arguments: [(9_999, 2), (10_000, 1)]) func onlyALinkThatLastedMakesTheNextWaitShort(
        livedMilliseconds: Int,
        waitSeconds: Int
    ) {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        _ = harness.bridge.notReached(.first, error: "refused", at: harness.now, using: &harness.generator)
        _ = harness.advance(by: .seconds(1))
        let (connection, _) = harness.reach()
        _ = harness.reply(registered, on: connection)
        _ = harness.advance(by: .milliseconds(livedMilliseconds))
        harness.close(connection, reason: "bye", code: 1001)
        #expect(harness.advance(by: .seconds(waitSeconds) - .milliseconds(1)) == [])
        #expect(harness.advance(by: .milliseconds(1)).compactMap(\.dialledBootstrap) == [.first])
    }

    @Test func bootstrapThatDoesNotRegisterUsIsGivenUpAfterTenSeconds() {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        let (connection, _) = harness.reach()
        #expect(harness.advance(by: .milliseconds(9_999)) == [])
        #expect(harness.advance(by: .milliseconds(1)) == [.close(connection, .registrationTimeout)])
        let ending = SocketEnding(isRemote: false, code: 1000, reason: BridgeClosing.registrationTimeout.reason)
        #expect(harness.end(connection, by: ending).first?.change?.status.word == .disconnected)
        #expect(harness.advance(by: .seconds(1)).compactMap(\.dialledBootstrap) == [.first])
    }

    @Test func connectionThatNobodyAskedForIsNotKept() {
        var harness = BridgeHarness(bootstraps: 1)
        let kept = harness.dialIn()
        let (second, actions) = harness.reach()
        #expect(actions == [.close(second, .alreadyConnected)])
        #expect(harness.close(second) == [])
        #expect(status(harness).word == .connected)
        #expect(harness.status.linksOpen == 1)
        #expect(harness.close(kept).first?.change?.status.word == .disconnected)
    }

    @Test func fullBridgeDialsAgainLater() {
        var harness = BridgeHarness(maximumConnections: 1, bootstraps: 1)
        _ = harness.listen()
        let peer = harness.peer(0x11)
        let (connection, actions) = harness.reach()
        #expect(actions.first == .close(connection, .full))
        #expect(harness.close(connection) == [])
        harness.close(peer)
        #expect(harness.advance(by: .seconds(1)).compactMap(\.dialledBootstrap) == [.first])
    }

    // MARK: A bootstrap of this era

    @Test func provenBootstrapIsALinkLikeAnyOther() throws {
        var harness = BridgeHarness(bootstraps: 1)
        let connection = harness.dialIn()
        #expect(status(harness).word == .connected)
        #expect(!status(harness).isProven)
        let actions = harness.reply(auth(features: ["cancel", "load"]), on: connection)
        guard case .authSuccess(let success) = actions.compactMap(\.said).first else {
            Issue.record("unexpected: \(actions)")
            return
        }
        #expect(success.bridgeNodeID == BridgeHarness.bridgeID)
        #expect(success.features == LinkFeatures.all.names)
        #expect(success.window == 8)
        #expect(status(harness).isProven)
        #expect(harness.status.linksOpen == 1)
        #expect(harness.status.counters.linksOpened == 1, "one connection is one link, proven or not")

        harness.peer(0x11)
        let answers = harness.onboard(0x99, on: connection)
        #expect(answers.last?.answer?.namesBridge == true)
        guard case .pong(let pong) = harness.tell(.ping(Ping(requestID: "p")), on: connection).first?.said else {
            Issue.record("no pong")
            return
        }
        #expect(pong.load?.connectedPeers == 1)
        // Until it is lost.
        harness.close(connection, reason: "bye", code: 1001)
        #expect(!status(harness).isProven)
        #expect(status(harness).lastError == "bye")
        #expect(harness.status.linksOpen == 0)
    }

    @Test func proofBeforeTheRegistrationIsConfirmedCounts() {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        let (connection, _) = harness.reach()
        let actions = harness.reply(auth(), on: connection)
        #expect(actions.first == .becomeLink(connection))
        #expect(status(harness).isProven)
        #expect(harness.reply(registered, on: connection) == [])
        #expect(harness.status.linksOpen == 1)
        #expect(harness.advance(by: .seconds(20)).compactMap(\.closing) == [])
    }

    @Test func bootstrapWithAWrongSecretIsRefusedAndTriedAgainAtTheCap() {
        var harness = BridgeHarness(bootstraps: 1)
        var connection = harness.dialIn()
        for attempt in 0..<3 {
            let refusal = harness.reply(auth("guess"), on: connection)
            guard case .authFailed = refusal.first?.said else {
                Issue.record("unexpected: \(refusal)")
                return
            }
            #expect(refusal.last == .close(connection, .unauthorized))
            #expect(harness.status.linksOpen == 0)
            #expect(
                harness.tell(.getOnboardingPeer(GetOnboardingPeer(requestID: "r", newNodeID: 1)), on: connection) == []
            )
            let ending = SocketEnding(isRemote: false, code: 1000, reason: BridgeClosing.unauthorized.reason)
            let change = harness.end(connection, by: ending).first?.change
            #expect(change?.status.word == .failed)
            #expect(change?.status.lastError == "The bootstrap does not know the secret")
            #expect(change?.isNews == (attempt == 0), "said once")
            #expect(harness.advance(by: .milliseconds(29_999)) == [])
            #expect(harness.advance(by: .milliseconds(1)).compactMap(\.dialledBootstrap) == [.first])
            (connection, _) = harness.reach()
            let actions = harness.reply(registered, on: connection)
            #expect(actions.compactMap(\.change).allSatisfy { !$0.isNews }, "it may be the same again")
        }
        #expect(harness.status.counters.linksRefused == 3)
        // Somebody mended it.
        #expect(harness.reply(auth(), on: connection).compactMap(\.change).map(\.isNews) == [true])
        #expect(status(harness).word == .connected)
    }

    @Test func bootstrapThatReachesUsAnywayIsTriedAgainAtTheCapWithoutAWord() {
        var harness = BridgeHarness(bootstraps: 1)
        var connection = harness.dialIn()
        for _ in 0..<3 {
            let change = harness.close(connection, reason: alreadyLinked).first?.change
            #expect(change?.status.word == .disconnected)
            #expect(change?.isNews == false)
            #expect(harness.advance(by: .milliseconds(29_999)) == [])
            #expect(harness.advance(by: .milliseconds(1)).compactMap(\.dialledBootstrap) == [.first])
            (connection, _) = harness.reach()
            #expect(harness.reply(registered, on: connection).compactMap(\.change).map(\.isNews) == [false])
        }
        // Also when it says so instead of registering us.
        harness.close(connection, reason: "bye", code: 1001)
        _ = harness.advance(by: .seconds(30))
        (connection, _) = harness.reach()
        let change = harness.close(connection, reason: alreadyLinked).first?.change
        #expect(change?.status.word == .disconnected)
        #expect(change?.isNews == false)
    }

    // MARK: Refusals

    @Test func otherVersionIsClosedAndTriedAgainAtTheCap() {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        for attempt in 0..<2 {
            let (connection, _) = harness.reach()
            let mismatch = VersionMismatch(message: "Please upgrade")
            #expect(harness.reply(.versionMismatch(mismatch), on: connection) == [.close(connection, .versionMismatch)])
            #expect(BridgeClosing.versionMismatch.code == 4001)
            let change = harness.close(connection, reason: "Version mismatch", code: 4001).first?.change
            #expect(change?.status.word == .failed)
            #expect(change?.status.lastError == "Please upgrade")
            #expect(change?.isNews == (attempt == 0))
            #expect(harness.advance(by: .milliseconds(29_999)) == [])
            #expect(harness.advance(by: .milliseconds(1)).compactMap(\.dialledBootstrap) == [.first])
        }
    }

    @Test func refusedRegistrationIsTriedAgainAtTheCap() {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        let (connection, _) = harness.reach()
        let notice = ErrorNotice(error: "Server at capacity", message: "Server at capacity")
        #expect(harness.reply(.error(notice), on: connection) == [])
        let change = harness.close(connection, reason: "Server full").first?.change
        #expect(change?.status.word == .failed)
        #expect(change?.status.lastError == "Server at capacity")
        #expect(change?.isNews == true)
        #expect(harness.advance(by: .milliseconds(29_999)) == [])
    }

    @Test(
        arguments: [
            (1000, .failed), (1008, .failed), (4001, .failed), (1001, .disconnected),
            (1012, .disconnected), (1013, .disconnected),
        ] as [(UInt16, DialInStatus.Word)]
    ) func closeCodeBeforeRegistrationSaysWhetherWaitingHelps(code: UInt16, word: DialInStatus.Word) {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        let (connection, _) = harness.reach()
        #expect(harness.close(connection, reason: "no", code: code).first?.change?.status.word == word)
        #expect((harness.advance(by: .seconds(1)).compactMap(\.dialledBootstrap) == []) == (word == .failed))
    }

    @Test func complaintOfWhoRegistersUsAnywayIsForgotten() {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        let (connection, _) = harness.reach()
        _ = harness.reply(.error(ErrorNotice(error: "Nobody asked for this")), on: connection)
        _ = harness.reply(registered, on: connection)
        let change = harness.close(connection, reason: "Server shutdown").first?.change
        #expect(change?.status.word == .disconnected)
        #expect(change?.status.lastError == "Server shutdown")
    }

    @Test func longExplanationIsCut() {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        let (connection, _) = harness.reach()
        _ = harness.reply(.error(ErrorNotice(error: String(repeating: "x", count: 4_000))), on: connection)
        harness.close(connection)
        #expect(status(harness).lastError?.count == 128)
    }

    // MARK: An existing bootstrap

    @Test func existingBootstrapIsAnsweredAsExistingBridgesDo() throws {
        var harness = BridgeHarness(bootstraps: 1)
        let connection = harness.dialIn()
        harness.peer(0x11)
        let answers = harness.onboard(0x99, request: "onboarding_1", on: connection)
        let answer = try #require(answers.last?.answer)
        #expect(!answer.namesBridge, "protocol.md 3.4: `from` only on a dial link")
        guard case .onboardingPeerResponse(let signed) = answer.signed("ab") else {
            Issue.record("not an onboarding answer")
            return
        }
        #expect(signed.from == nil)

        guard case .pong(let pong) = harness.tell(.ping(Ping(requestID: "k", timestamp: 7)), on: connection).first?.said
        else {
            Issue.record("no pong")
            return
        }
        #expect(pong == Pong(requestID: "k", timestamp: harness.now.unixMilliseconds), "protocol.md 2.10")

        // A failure names nobody either.
        let refusal = harness.onboard(0x11, request: "onboarding_2", on: connection).first?.refusal
        #expect(refusal?.success == false)
        #expect(refusal?.from == nil)
    }

    @Test func nothingButAPingIsAnsweredBeforeTheRegistration() {
        var harness = BridgeHarness(bootstraps: 1)
        _ = harness.listen()
        harness.peer(0x11)
        let (connection, _) = harness.reach()
        let question = BootstrapToBridge.getOnboardingPeer(GetOnboardingPeer(requestID: "r", newNodeID: 0x99))
        #expect(harness.reply(.link(question), on: connection) == [])
        #expect(harness.work() == [])
        #expect(harness.reply(.response(Response(requestID: "r", success: true)), on: connection) == [])
        guard case .pong = harness.reply(.link(.ping(Ping(requestID: "p"))), on: connection).first?.said else {
            Issue.record("no pong")
            return
        }
    }

    @Test func bootstrapThatRegistersUsLaterHearsOfOurHealthToo() {
        var harness = BridgeHarness(bootstraps: 1)
        harness.peer(0x11)
        _ = harness.advance(by: .seconds(60))
        let connection = harness.dialIn()
        let told = harness.advance(by: .seconds(1)).compactMap(\.said)
        guard case .bridgeHealthUpdate(let update) = told.first, told.count == 1 else {
            Issue.record("unexpected on \(connection): \(told)")
            return
        }
        #expect(update.bridgeHealth.connectedPeers == 1)
    }

    @Test func healthIsReportedWhereExistingBridgesReportIt() {
        var harness = BridgeHarness(bootstraps: 1)
        let existing = harness.link()
        let connection = harness.dialIn()
        harness.peer(0x11)
        let updates = harness.advance(by: .seconds(1)).filter {
            if case .bridgeHealthUpdate = $0.said { true } else { false }
        }
        #expect(updates.count == 1)
        guard case .sendToBootstrap(connection, _) = updates.first else {
            Issue.record("unexpected: \(updates), link \(existing)")
            return
        }
    }
}
