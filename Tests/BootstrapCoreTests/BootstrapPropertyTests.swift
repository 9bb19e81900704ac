import BootstrapCore
import DHTTestKit
import Kademlia
import Observation
import Testing
import Timekeeping
import WireMessages

/// Random clients that open, ask, register, also as bridges, invite, accept and vanish, between bridges that answer anything.
@Suite struct BootstrapPropertyTests {
    @Test(arguments: SeededGenerator.seeds(100))
    func everyQuestionIsAnsweredAtMostOnceAndNothingIsLeftBehind(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var harness = BootstrapHarness()
        var open: [UInt64] = []
        var nextConnection: UInt64 = 1
        var nextRequest = 0
        var questions: [JoinID] = []
        var answered: Set<WireRequestID> = []
        var adopted: [ConnectionID: BridgeRegistration] = [:]
        var nextReceipt = 0
        var reported: [WireRequestID: [IntroductionResult]] = [:]
        var notes: [WireRequestID: [JoinNote.Event]] = [:]
        var asked: [(helper: ConnectionID, request: SendInvitationRequest)] = []
        var unheard: [UInt64] = []
        var proofs: [(connection: ConnectionID, serial: UInt64)] = []
        var tokens: [ConnectionID] = []
        /// Every question, and where it was put; without those whose connection went.
        var put: [WireRequestID: UInt64] = [:]
        var sentAway: Set<UInt64> = []
        let ids = (1...5).map { NodeID(high: 1, middle: 1, low: UInt32($0)) }

        func absorb() {
            var actions = harness.actions
            while !actions.isEmpty {
                switch actions.removeFirst() {
                case .ask(let join, _, _, _): questions.append(join)
                case .cancel(let join): questions.removeAll { $0 == join }
                case .recordGenesis(let node, _):
                    harness.recorded(.decided(node))
                    actions += harness.actions
                case .probe(let connection):
                    #expect(open.contains(connection.value), "seed \(seed): probed a closed connection")
                    if Bool.random(using: &chance) { unheard.append(connection.value) }
                case .verify(let connection, let proof): proofs.append((connection, proof.serial))
                case .judgeToken(let connection, _, _): tokens.append(connection)
                case .send(let connection, .response(let response)) where response.requestID.description.hasPrefix("q"):
                    #expect(open.contains(connection.value), "seed \(seed): sent to a closed connection")
                    #expect(answered.insert(response.requestID).inserted, "seed \(seed): answered twice")
                case .send(let connection, .sendInvitationRequest(let request)):
                    #expect(open.contains(connection.value), "seed \(seed): sent to a closed connection")
                    asked.append((connection, request))
                case .reportOutcome(let outcome, to: let bridge):
                    #expect(bridge == 0xb1, "seed \(seed)")
                    reported[outcome.requestID, default: []].append(outcome.outcome)
                case .send(let connection, _):
                    #expect(open.contains(connection.value), "seed \(seed): sent to a closed connection")
                case .close(let connection, _):
                    #expect(open.contains(connection.value), "seed \(seed): sent to a closed connection")
                    sentAway.insert(connection.value)
                case .inviteBridge: break
                case .adoptBridge(let connection, let bridge):
                    #expect(open.contains(connection.value), "seed \(seed): adopted a closed connection")
                    #expect(adopted[connection] != bridge, "seed \(seed): adopted twice for one thing")
                    adopted[connection] = bridge
                case .journal(let note):
                    if let last = notes[note.requestID]?.last {
                        #expect(!last.isFinal, "seed \(seed): \(note.event) after \(last)")
                        let isFirst = notes[note.requestID, default: []].allSatisfy { $0 != note.event }
                        #expect(isFirst, "seed \(seed): \(note.event) twice")
                    } else {
                        #expect(note.event.isAnAnswer, "seed \(seed): \(note.event) before the answer")
                    }
                    notes[note.requestID, default: []].append(note.event)
                case .warnOfBlindBeginning: Issue.record("seed \(seed): no bridge is missing")
                case .bridgeSaid(let connection, _):
                    #expect(adopted[connection] != nil, "seed \(seed): a stranger's answer was passed on")
                }
            }
        }

        for round in 0..<600 {
            harness.actions = []
            if round == 550 {
                harness.drain()
                absorb()
                harness.actions = []
            }
            let connection = open.randomElement(using: &chance)
            let id = ids.randomElement(using: &chance) ?? 1
            switch (Int.random(in: 0..<20, using: &chance), connection) {
            case (0, _) where open.count < 12, (_, nil):
                open.append(nextConnection)
                harness.open(nextConnection)
                nextConnection += 1
            case (1, let connection?):
                open.removeAll { $0 == connection }
                harness.close(connection)
            case (2, let connection?), (3, let connection?):
                harness.register(id, on: connection)
            case (8, let connection?):
                let secret = Bool.random(using: &chance) ? BootstrapHarness.secret : "guess"
                harness.register(id, on: connection, metadata: BootstrapHarness.bridgeMetadata(secret: secret))
            case (9, let connection?):
                let answer = OnboardingPeerResponse(requestID: "x", success: true)
                harness.say(.onboardingPeerResponse(answer), on: connection)
            case (4, let connection?), (5, let connection?):
                nextRequest += 1
                put[WireRequestID("q\(nextRequest)") ?? "q"] = connection
                harness.ask(WireRequestID("q\(nextRequest)") ?? "q", id, on: connection)
            case (6, let connection?):
                let target = ids.randomElement(using: &chance) ?? 1
                harness.say(
                    .sendInvitation(
                        SendInvitation(
                            targetPeerID: .node(target),
                            invitationToken: "{}",
                            inviterNodeID: .node(id),
                            requestID: "i"
                        )
                    ),
                    on: connection
                )
            case (7, let connection?):
                let inviter = ids.randomElement(using: &chance) ?? 1
                harness.say(
                    .invitationAccepted(InvitationAccepted(fromPeer: .node(id), toPeer: .node(inviter))),
                    on: connection
                )
            case (10, let connection?):
                let outcome = ConnectionOutcome(
                    nodeID: .node(id),
                    success: Bool.random(using: &chance),
                    connectionType: "websocket"
                )
                harness.say(.connectionOutcome(outcome), on: connection)
            case (12, let connection?):
                harness.register(id, on: connection, metadata: BootstrapHarness.keyMetadata(id))
            case (13, let connection?):
                harness.respond(id, on: connection)
            case (14, _):
                if let connection = unheard.popLast() {
                    harness.hear(connection)
                } else if let proof = proofs.popLast() {
                    harness.check(proof.connection.value, serial: proof.serial, isGood: Bool.random(using: &chance))
                }
            case (15, let connection?):
                nextRequest += 1
                put[WireRequestID("q\(nextRequest)") ?? "q"] = connection
                let token: RawJSON = #"{"nodeType":"nodejs","membershipToken":{"holder":"x"}}"#
                harness.ask(WireRequestID("q\(nextRequest)") ?? "q", id, on: connection, metadata: token)
            case (16, let connection?):
                nextRequest += 1
                put[WireRequestID("q\(nextRequest)") ?? "q"] = connection
                let wait = WaitForPeer(requestID: WireRequestID("q\(nextRequest)") ?? "q", targetPeerID: .node(id))
                harness.say(.waitForPeer(wait), on: connection)
            case (17, _):
                guard let connection = tokens.popLast() else { break }
                let worths: [Bootstrap.TokenWorth] = [.signed, .shape, .none]
                harness.judge(connection.value, worths.randomElement(using: &chance) ?? .none)
            case (11, _):
                guard let (helper, request) = asked.popLast(), open.contains(helper.value) else { break }
                let answer = InvitationSent(targetPeerID: request.targetPeerID, requestID: request.requestID)
                harness.say(.invitationSent(answer), on: helper.value)
            default:
                if let join = questions.randomElement(using: &chance), Bool.random(using: &chance) {
                    questions.removeAll { $0 == join }
                    let outcomes: [Bootstrap.OnboardingOutcome] = [
                        .helper(.naming(id)), .emergency([]), .busy(retryAfterMilliseconds: 5), .unavailable(.timedOut),
                        .stopping,
                    ]
                    nextReceipt += 1
                    let receipt = JoinReceipt(
                        requestID: WireRequestID("b\(nextReceipt)"),
                        bridge: 0xb1,
                        attempts: 1,
                        queueMs: 0,
                        totalMs: 0
                    )
                    harness.end(
                        join,
                        outcomes.randomElement(using: &chance) ?? .unavailable(.noBridge),
                        receipt: receipt
                    )
                } else {
                    harness.advance(by: .milliseconds(Int.random(in: 0...3_000, using: &chance)))
                }
            }
            // What one action causes (a recorded decision) is absorbed with it; nothing else is pending.
            absorb()
            #expect(harness.core.questionCount == questions.count, "seed \(seed)")
            #expect(harness.core.bridgeClientCount <= harness.core.registeredCount, "seed \(seed)")
        }

        // Whatever is left open elsewhere ends; then everybody who is still here has been answered.
        for _ in 0..<20 {
            let (checks, judgements, asked) = (proofs, tokens, questions)
            (proofs, tokens, questions) = ([], [], [])
            for proof in checks {
                harness.check(proof.connection.value, serial: proof.serial, isGood: true)
                absorb()
            }
            for connection in judgements {
                harness.judge(connection.value, .none)
                absorb()
            }
            for join in asked {
                harness.end(join, .unavailable(.noBridge))
                absorb()
            }
            harness.advance(by: .seconds(5))
            absorb()
        }
        put = put.filter { open.contains($0.value) && !sentAway.contains($0.value) }
        #expect(put.keys.allSatisfy(answered.contains), "seed \(seed): \(put.filter { !answered.contains($0.key) })")
        for connection in open { harness.close(connection) }
        #expect(harness.core.connectionCount == 0 && harness.core.registeredCount == 0, "seed \(seed)")
        #expect(harness.core.questionCount == 0 && harness.core.bridgeClientCount == 0, "seed \(seed)")
        #expect(!harness.core.isProbing && harness.core.waitCount == 0, "seed \(seed)")
        #expect(harness.core.invitationCount == 0 && harness.core.introductionCount == 0, "seed \(seed)")
        for (request, results) in reported {
            // Accepted comes first, if it comes; then how it ended, once.
            #expect(results.dropFirst().allSatisfy { $0 != .accepted }, "seed \(seed): \(request) \(results)")
            #expect(results.filter { $0 != .accepted }.count <= 1, "seed \(seed): \(request) \(results)")
            #expect(results != [.accepted, .silent], "seed \(seed): \(request)")
        }
        let counters = harness.core.counters
        let told = reported.values.joined()
        #expect(told.count { $0 == .accepted } == counters.introductionsAccepted, "seed \(seed)")
        #expect(told.count { $0 == .connected } == counters.introductionsConnected, "seed \(seed)")
        #expect(told.count { $0 == .failed } == counters.introductionsFailed, "seed \(seed)")
        #expect(told.count { $0 == .silent } == counters.introductionsSilent, "seed \(seed)")
        harness.advance(by: .seconds(1_000))
        #expect(harness.actions.isEmpty && harness.core.nextDeadline() == nil, "seed \(seed)")
    }
}

extension JoinNote.Event {
    /// Nothing may follow.
    fileprivate var isFinal: Bool {
        switch self {
        case .degraded, .genesis, .turnedAway, .abandoned, .connected, .failed, .silent, .unknown: true
        case .helperNamed, .heldBack, .invited, .accepted: false
        }
    }

    /// It may be the first.
    fileprivate var isAnAnswer: Bool {
        switch self {
        case .helperNamed, .degraded, .genesis, .turnedAway, .heldBack, .abandoned: true
        case .invited, .accepted, .connected, .failed, .silent, .unknown: false
        }
    }
}
