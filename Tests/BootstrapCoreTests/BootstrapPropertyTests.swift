import BootstrapCore
import DHTTestKit
import Kademlia
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
        var asked: [(helper: ConnectionID, request: SendInvitationRequest)] = []
        let ids = (1...5).map { NodeID(high: 1, middle: 1, low: UInt32($0)) }

        func absorb() {
            for action in harness.actions {
                switch action {
                case .ask(let join, _, _, _): questions.append(join)
                case .cancel(let join): questions.removeAll { $0 == join }
                case .recordGenesis(let node): harness.recorded(.decided(node))
                case .send(let connection, .response(let response)) where response.requestID.description.hasPrefix("q"):
                    #expect(open.contains(connection.value), "seed \(seed): sent to a closed connection")
                    #expect(answered.insert(response.requestID).inserted, "seed \(seed): answered twice")
                case .send(let connection, .sendInvitationRequest(let request)):
                    #expect(open.contains(connection.value), "seed \(seed): sent to a closed connection")
                    asked.append((connection, request))
                case .reportOutcome(let outcome, to: let bridge):
                    #expect(bridge == 0xb1, "seed \(seed)")
                    reported[outcome.requestID, default: []].append(outcome.outcome)
                case .send(let connection, _), .close(let connection, _):
                    #expect(open.contains(connection.value), "seed \(seed): sent to a closed connection")
                case .inviteBridge: break
                case .adoptBridge(let connection, let bridge):
                    #expect(open.contains(connection.value), "seed \(seed): adopted a closed connection")
                    #expect(adopted[connection] != bridge, "seed \(seed): adopted twice for one thing")
                    adopted[connection] = bridge
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
            switch (Int.random(in: 0..<15, using: &chance), connection) {
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
            case (11, _):
                guard let (helper, request) = asked.popLast(), open.contains(helper.value) else { break }
                let answer = InvitationSent(targetPeerID: request.targetPeerID, requestID: request.requestID)
                harness.say(.invitationSent(answer), on: helper.value)
            default:
                if let join = questions.randomElement(using: &chance), Bool.random(using: &chance) {
                    questions.removeAll { $0 == join }
                    let outcomes: [Bootstrap.OnboardingOutcome] = [
                        .helper(.naming(id)), .emergency([]), .busy(retryAfterMilliseconds: 5), .unavailable,
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
                    harness.end(join, outcomes.randomElement(using: &chance) ?? .unavailable, receipt: receipt)
                } else {
                    harness.advance(by: .milliseconds(Int.random(in: 0...3_000, using: &chance)))
                }
            }
            // What one action causes (a recorded decision) is absorbed with it; nothing else is pending.
            absorb()
            #expect(harness.core.questionCount == questions.count, "seed \(seed)")
            #expect(harness.core.bridgeClientCount <= harness.core.registeredCount, "seed \(seed)")
        }

        for connection in open { harness.close(connection) }
        #expect(harness.core.connectionCount == 0 && harness.core.registeredCount == 0, "seed \(seed)")
        #expect(harness.core.questionCount == 0 && harness.core.bridgeClientCount == 0, "seed \(seed)")
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
