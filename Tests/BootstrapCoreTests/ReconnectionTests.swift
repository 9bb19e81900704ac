import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// Peers that come back with a membership token (robustness.md, S07).
@Suite struct ReconnectionTests {
    private static func metadata(key: String = "ab") -> RawJSON {
        .object { writer in
            writer.member("nodeType", "nodejs")
            writer.member("publicKey", key)
            writer.member("membershipToken", RawJSON.object { $0.member("holder", "x") })
        }
    }

    /// A network with one peer on connection 9, and a peer with a token that asks on connection 1.
    private func asking(key: String = "ab", prepare: (inout BootstrapHarness) -> Void = { _ in }) -> BootstrapHarness {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.joinRegistered(0xc, on: 9)
        prepare(&harness)
        harness.open(1)
        harness.ask("q", 0xa, on: 1, metadata: Self.metadata(key: key))
        #expect(harness.actions.isEmpty, "whose token it is shows when it registers")
        harness.register(0xa, on: 1, metadata: Self.metadata(key: key))
        return harness
    }

    /// Led in before, on connection 5, which it then left.
    private func ledIn(_ harness: inout BootstrapHarness) {
        harness.joinRegistered(0xa, on: 5, metadata: BootstrapHarness.nodeMetadata)
        let invitation = SendInvitation(
            targetPeerID: .node(0xa),
            invitationToken: "{}",
            inviterNodeID: .node(0xc),
            requestID: "i"
        )
        harness.say(.sendInvitation(invitation), on: 9)
        harness.say(.invitationAccepted(InvitationAccepted(fromPeer: .node(0xa), toPeer: .node(0xc))), on: 5)
        harness.close(5)
    }

    @Test func peerWithASignedTokenGetsPeersToDialAtOnce() {
        var harness = asking()
        #expect(harness.actions.contains(.judgeToken(ConnectionID(1), #"{"holder":"x"}"#, of: 0xa)))
        harness.judge(1, .signed)
        let answer = harness.responses(to: 1).first?.join
        #expect(answer?.reconnecting == true && answer?.status == .reconnectionPeers && answer?.isGenesis == false)
        #expect(answer?.peers.map(\.nodeID) == [.node(0xc)])
        #expect(harness.core.counters.reconnections == 1)
    }

    @Test(arguments: [Bootstrap.TokenWorth.shape, .none])
    func tokenThatProvesNothingMakesNoMember(worth: Bootstrap.TokenWorth) {
        var harness = asking()
        harness.judge(1, worth)
        #expect(harness.questions.map(\.newcomer) == [0xa], "it is led to a helper like any newcomer")
        #expect(harness.core.counters.tokensRefused == 1)
    }

    @Test func peerThatWasLedInHereIsKnownAgainByItsKey() {
        var harness = asking(key: "ab", prepare: ledIn)
        harness.judge(1, .shape)
        #expect(harness.responses(to: 1).first?.join?.reconnecting == true)
        var other = asking(key: "another", prepare: ledIn)
        other.judge(1, .shape)
        #expect(other.questions.map(\.newcomer) == [0xa])
    }

    @Test func memberWithoutAnybodyToDialIsLedToAHelper() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.open(1)
        harness.register(0xa, on: 1, metadata: Self.metadata())
        harness.ask("q", 0xa, on: 1, metadata: Self.metadata())
        harness.judge(1, .signed)
        #expect(harness.questions.map(\.newcomer) == [0xa])
    }

    @Test func clientThatAsksTwiceIsAnsweredTwice() {
        var harness = asking()
        harness.ask("q2", 0xa, on: 1, metadata: Self.metadata())
        #expect(harness.actions.isEmpty, "one token is looked at")
        harness.judge(1, .signed)
        #expect(harness.responses(to: 1).map(\.requestID) == ["q", "q2"])
    }

    @Test func memberNeverBecomesGenesisByItsToken() {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.open(1)
        let forged: RawJSON = #"{"membershipToken":{"holder":"a","issuer":"a","isGenesis":true,"signature":"x"}}"#
        harness.register(0xa, on: 1, metadata: forged)
        harness.ask("q", 0xa, on: 1, metadata: forged)
        harness.judge(1, .signed)
        #expect(harness.recordings.isEmpty && harness.responses(to: 1).isEmpty)
    }
}
