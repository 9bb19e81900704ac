import Kademlia
import NIOCore
import Testing
import WireMessages

@testable import LoadDriver

@Suite struct InstantAnswersTests {
    let bridge: NodeID = 0xb1
    let answers = InstantAnswers(bridge: 0xb1)

    private func reply(to message: BootstrapToBridge) -> InstantAnswers.Reply {
        answers.answer(to: ByteBuffer(bytes: message.encode()))
    }

    private func decoded(_ reply: InstantAnswers.Reply) throws -> BridgeToBootstrap? {
        guard case .text(let text) = reply else { return nil }
        return try BridgeToBootstrap.decode(Array(text.readableBytesView))
    }

    @Test func everyBootstrapIsAccepted() throws {
        let answer = try decoded(reply(to: .bootstrapAuth(BootstrapAuth(authToken: "any"))))
        #expect(answer == .authSuccess(AuthSuccess(bridgeNodeID: bridge, features: [])))
    }

    @Test func requestIsAnsweredUnderItsOwnID() throws {
        let request = GetOnboardingPeer(requestID: "00ff", newNodeID: 0xa1, newNodeMetadata: #"{"nodeType":"browser"}"#)
        guard case .onboardingPeerResponse(let response)? = try decoded(reply(to: .getOnboardingPeer(request))) else {
            Issue.record("no response")
            return
        }
        #expect(response.requestID == "00ff")
        #expect(response.success)
        guard case .answer(let answer)? = response.data else {
            Issue.record("no helper")
            return
        }
        #expect(answer.inviterPeerID != bridge)
        #expect(answer.membershipToken?.isObject == true)
    }

    @Test(arguments: [
        // Other order of members, white space, an escape in the id: nothing for the shortcut.
        #"{"newNodeId":"00000000000000000000000000000000000000a1","requestId":"00ff","type":"get_onboarding_peer"}"#,
        #"{ "type": "get_onboarding_peer", "requestId": "00ff", "newNodeId": "00000000000000000000000000000000000000a1"}"#,
        #"{"type":"get_onboarding_peer","requestId":"00\u0066f","newNodeId":"00000000000000000000000000000000000000a1"}"#,
    ])
    func unusualSpellingGetsTheSameAnswer(text: String) {
        let usual = reply(to: .getOnboardingPeer(GetOnboardingPeer(requestID: "00ff", newNodeID: 0xa1)))
        #expect(answers.answer(to: ByteBuffer(string: text)) == usual)
    }

    @Test func otherMessagesAreIgnoredAndOtherBytesRefused() {
        #expect(answers.answer(to: ByteBuffer(string: #"{"type":"new_message"}"#)) == .silence)
        #expect(answers.answer(to: ByteBuffer(string: "hello")) == .refusal)
        #expect(answers.answer(to: ByteBuffer(string: #"{"type":"get_onboarding_peer","requestId":""#)) == .refusal)
    }
}
