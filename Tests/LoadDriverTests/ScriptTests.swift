import Kademlia
import Telemetry
import Testing
import WireMessages

@testable import LoadDriver

@Suite struct JoinScriptTests {
    private let node: NodeID = 0xa1
    private let registered = BootstrapToPeer.registered(Registered(nodeID: .node(0xa1)))

    private func play(_ messages: [BootstrapToPeer], goal: JoinScript.Goal = .helper) -> [ScriptStep] {
        var script = JoinScript(node: node, goal: goal)
        return messages.map { message in message.encode().withUnsafeBytes { script.received($0) } }
    }

    private func answer(_ answer: JoinAnswer, id: WireRequestID = "bench_join_1") -> BootstrapToPeer {
        .response(.success(id, .join(answer)))
    }

    private var found: JoinAnswer { .peerFound(helper: PeerEntry(nodeID: .node(0xb1)), membershipToken: nil) }

    @Test func asksFirstThenRegisters() throws {
        let opening = try JoinScript(node: node, goal: .helper).opening().map { try PeerToBootstrap.decode($0) }
        guard opening.count == 2, case .getPeersOrGenesis(let question) = opening[0],
            case .register(let registration) = opening[1]
        else {
            Issue.record("\(opening)")
            return
        }
        #expect(question.nodeID == .node(node))
        #expect(registration.nodeID == .node(node))
        #expect(registration.protocolVersion == "1.0.0")
    }

    @Test func isDoneOnceRegisteredAndAnsweredInEitherOrder() {
        #expect(play([registered, answer(found)]) == [.wait, .done])
        #expect(play([answer(found), registered]) == [.wait, .done])
    }

    @Test func answerToAnotherRequestDoesNotCount() {
        #expect(play([registered, answer(found, id: "other")]) == [.wait, .wait])
    }

    @Test func onlyAHelperIsSuccess() {
        let empty = JoinAnswer(peers: [], status: .peerFound)
        #expect(play([answer(empty)]) == [.failed("no helper, but peer_found")])
        #expect(play([answer(.networkEmpty())]) == [.failed("no helper, but network_empty")])
        #expect(play([answer(JoinAnswer(peers: [], isGenesis: true))]) == [.failed("no helper, but genesis")])
    }

    @Test func theFirstPeerMayBeGenesisOrLedToAHelper() {
        #expect(play([registered, answer(JoinAnswer(peers: [], isGenesis: true))], goal: .network) == [.wait, .done])
        #expect(play([registered, answer(found)], goal: .network) == [.wait, .done])
    }

    @Test func refusalNamesItsCode() {
        let busy = BootstrapToPeer.response(.failure("bench_join_1", error: "later", code: "busy"))
        #expect(play([busy]) == [.failed("refused: busy")])
    }
}

@Suite struct RequestScriptTests {
    private let newcomer: NodeID = 0xa1

    private func play(_ messages: [BridgeToBootstrap]) -> [ScriptStep] {
        var script = RequestScript(secret: Secret("s3cret"), newcomer: newcomer)
        return messages.map { message in message.encode().withUnsafeBytes { script.received($0) } }
    }

    private func response(_ id: WireRequestID, success: Bool = true) -> BridgeToBootstrap {
        let data = OnboardingData.answer(OnboardingAnswer(inviterPeerID: 0xb1))
        return .onboardingPeerResponse(
            OnboardingPeerResponse(requestID: id, success: success, data: success ? data : nil, code: "no_helper")
        )
    }

    @Test func authenticatesBeforeItAsks() throws {
        let opening = RequestScript(secret: Secret("s3cret"), newcomer: newcomer).opening()
        guard opening.count == 1, case .bootstrapAuth(let auth) = try BootstrapToBridge.decode(opening[0]) else {
            Issue.record("\(opening)")
            return
        }
        #expect(auth.authToken == "s3cret")
        guard case .say(let text)? = play([.authSuccess(AuthSuccess(bridgeNodeID: 0xb1))]).last,
            case .getOnboardingPeer(let request) = try BootstrapToBridge.decode(text)
        else {
            Issue.record("did not ask")
            return
        }
        #expect(request.newNodeID == newcomer)
    }

    @Test func onlyItsOwnAnswerIsSuccess() throws {
        let id = try #require(WireRequestID(newcomer.description))
        #expect(play([response(id)]) == [.done])
        #expect(play([response("other")]) == [.failed("answer to another request")])
        #expect(play([response(id, success: false)]) == [.failed("refused: no_helper")])
        #expect(play([.authFailed(AuthFailed())]) == [.failed("bridge refused the secret")])
    }
}
