import BridgeCore
import DHTTestKit
import Kademlia
import MembershipTokens
import Testing
import Timekeeping
import WireMessages

/// `validate_reconnection` and `connect_genesis_peer` through a whole bridge (protocol.md 3.6).
@Suite struct MembershipTests {
    private func token(for holder: NodeID, at time: Int64, key: UInt8 = 1, issuer: NodeID = 0xb0) -> RawJSON {
        let key = PaperKey(key)
        let token = MembershipToken(
            holder: holder,
            issuer: issuer,
            timestamp: time,
            kind: .openNetwork(authorizedBy: 0x11),
            keyID: key.id
        )
        return key.sign(token)
    }

    private func validate(
        _ id: NodeID,
        _ token: RawJSON?,
        in harness: inout BridgeHarness,
        on link: ConnectionID
    ) throws -> ReconnectionResult {
        let request = ValidateReconnection(nodeID: id, membershipToken: token, requestID: "v", timestamp: 1)
        let actions = harness.tell(.validateReconnection(request), on: link)
        #expect(actions.count == 1)
        guard case .sendToBootstrap(link, .reconnectionResult(let result)) = actions.first else {
            Issue.record("no result: \(actions)")
            throw CancellationError()
        }
        #expect(result.nodeID == id)
        #expect(result.requestID == "v")
        return result
    }

    private func connect(
        _ id: NodeID,
        _ metadata: RawJSON? = nil,
        in harness: inout BridgeHarness,
        on link: ConnectionID
    ) -> (answer: UnsignedAnswer?, refusal: String?) {
        let request = ConnectGenesisPeer(nodeID: id, metadata: metadata, requestID: "g")
        let actions = harness.tell(.connectGenesisPeer(request), on: link)
        #expect(actions.count == 1)
        if case .sendToBootstrap(link, .genesisConnectionResult(let result)) = actions.first {
            #expect(!result.success)
            #expect(result.membershipToken == nil)
            return (nil, result.reason)
        }
        return (actions.first?.answer, nil)
    }

    // MARK: Coming back

    @Test func memberComesBackToTheMemberHeardLast() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        _ = harness.advance(by: .seconds(1))
        harness.peer(0x12)
        harness.peer(0x13, metadata: #"{"isBridgeNode":true}"#)
        let token = token(for: 0x99, at: harness.now.unixMilliseconds)
        let result = try validate(0x99, token, in: &harness, on: link)
        #expect(result.success)
        #expect(result.reason == "Reconnection validation passed")
        #expect(result.selectedActiveMember == 0x12)
        #expect(result.activePeerCount == 3)
        #expect(result.validAnnouncementCount == 2)
        #expect(result.networkFingerprint?.count == 64)
        #expect(result.networkFingerprint == harness.bridge.networkFingerprint(at: harness.now))
        #expect(result.from == BridgeHarness.bridgeID)
        #expect(result.timestamp == harness.now.unixMilliseconds)
        #expect(harness.status.counters.reconnectionsGranted == 1)
    }

    @Test func tokenOfAnotherHolderBringsNobodyBack() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        for id: NodeID in [0x11, 0x12] { harness.peer(id) }
        let token = token(for: 0x99, at: harness.now.unixMilliseconds)
        let replayed = try validate(0x98, token, in: &harness, on: link)
        #expect(!replayed.success)
        #expect(replayed.reason == "Invalid membership token: it belongs to another node")
        #expect(replayed.selectedActiveMember == nil)
        #expect(replayed.networkFingerprint == nil)
        #expect(try validate(0x99, nil, in: &harness, on: link).reason == "Invalid membership token: there is none")
        #expect(harness.status.counters.reconnectionsRefused == 2)
    }

    @Test func withoutANetworkNobodyComesBack() throws {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x11)
        let token = token(for: 0x99, at: harness.now.unixMilliseconds)
        let alone = try validate(0x99, token, in: &harness, on: link)
        #expect(alone.reason == "Network unhealthy: Insufficient active peers")
    }

    @Test func strictBridgeTakesOnlyWhatItCanVerify() throws {
        let foreign: RawJSON = #"{"holder":"0000000000000000000000000000000000000099","issuer":"i","signature":"s"}"#
        for strict in [false, true] {
            var harness = BridgeHarness(strictTokens: strict)
            let link = harness.link()
            for id: NodeID in [0x11, 0x12] { harness.peer(id) }
            #expect(try validate(0x99, foreign, in: &harness, on: link).success == !strict)
            let own = token(for: 0x99, at: harness.now.unixMilliseconds)
            #expect(try validate(0x99, own, in: &harness, on: link).success)
        }
    }

    @Test func keysOfOtherBridgesComeOverTheLinkThatNamedTheFeature() throws {
        var harness = BridgeHarness(strictTokens: true)
        let deaf = harness.link(features: ["load"])
        let link = harness.link(features: ["keys"])
        for id: NodeID in [0x11, 0x12] { harness.peer(id) }
        let token = token(for: 0x99, at: harness.now.unixMilliseconds, key: 2, issuer: 0xb1)
        let message = BootstrapToBridge.bridgeKeys(BridgeKeys(keys: [PaperKey(2).named(by: 0xb1)]))
        #expect(harness.tell(message, on: deaf) == [])
        #expect(try !validate(0x99, token, in: &harness, on: link).success)
        #expect(harness.tell(message, on: link) == [])
        #expect(try validate(0x99, token, in: &harness, on: link).success)
        harness.close(link)
        #expect(try validate(0x99, token, in: &harness, on: deaf).success)
    }

    @Test func bridgeNamesItsKeyToWhoKnowsTheFeature() {
        var harness = BridgeHarness()
        for (features, key) in [(["keys"], PaperKey(1).hexadecimal), (["load"], nil), (nil, nil)] {
            let connection = harness.accept()
            let auth = BootstrapAuth(authToken: BridgeHarness.secret, features: features)
            let said = harness.first(.bootstrapAuth(auth), on: connection).compactMap(\.said)
            guard case .authSuccess(let success) = said.first else {
                Issue.record("no auth_success")
                return
            }
            #expect(success.publicKey == key)
        }
    }

    @Test func tokenOfAnOnboardingAnswerBringsItsHolderBack() throws {
        var harness = BridgeHarness(strictTokens: true)
        let link = harness.link()
        for id: NodeID in [0x11, 0x12] { harness.peer(id) }
        let answer = try #require(harness.onboard(0x99, on: link).last?.answer)
        let signature = PaperKey(1).signature(of: answer.token.unsigned.bytes)
        guard case .onboardingPeerResponse(let response) = answer.signed(signature),
            case .answer(let data) = response.data
        else {
            Issue.record("no answer")
            return
        }
        #expect(data.inviterPeerID == answer.token.authorizedBy)
        #expect(try validate(0x99, data.membershipToken, in: &harness, on: link).success)
        _ = harness.advance(by: .seconds(60))
        guard case .onboardingPeerResponse(let failure) = answer.failed() else {
            Issue.record("no failure")
            return
        }
        #expect(failure.code == "internal_error")
    }

    // MARK: Being first

    @Test func firstPeerIsTakenInAndDialled() throws {
        var harness = BridgeHarness(strictTokens: true)
        let link = harness.link()
        let answer = try #require(connect(0x99, serverMetadata, in: &harness, on: link).answer)
        #expect(answer.requestID == "g")
        #expect(answer.token.kind == .genesis)
        #expect(answer.token.holder == 0x99)
        let token = answer.token
        guard case .genesisConnectionResult(let result) = answer.signed(PaperKey(1).signature(of: token.unsigned.bytes))
        else {
            Issue.record("no result")
            return
        }
        #expect(result.success)
        #expect(result.reason == "Genesis peer accepted as first DHT connection")
        #expect(result.bridgeNodeID == BridgeHarness.bridgeID)
        #expect(result.from == BridgeHarness.bridgeID)
        #expect(result.networkFingerprint?.count == 64)
        #expect(result.membershipToken?.bool("isGenesis") == true)
        #expect(harness.advance(by: .seconds(1)).compactMap(\.dialled) == [0x99])

        for id: NodeID in [0x11, 0x12] { harness.peer(id) }
        #expect(try validate(0x99, result.membershipToken, in: &harness, on: link).success)
    }

    @Test func connectedFirstPeerIsNotDialledAndCanHelp() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x99, metadata: tokenlessMetadata)
        #expect(connect(0x99, serverMetadata, in: &harness, on: link).answer != nil)
        #expect(harness.advance(by: .seconds(1)).compactMap(\.dialled) == [])
        #expect(connect(0x99, in: &harness, on: link).answer != nil, "asked again, agreed again")
    }

    @Test func networkBeginsOnce() {
        var harness = BridgeHarness()
        let link = harness.link()
        harness.peer(0x1b, metadata: #"{"isBridgeNode":true}"#)
        #expect(connect(0x99, in: &harness, on: link).answer != nil, "other bridges are no network")
        #expect(connect(0x98, in: &harness, on: link).refusal == "Another genesis peer is expected")
        _ = harness.advance(by: .seconds(60))
        #expect(connect(0x98, in: &harness, on: link).answer != nil, "the former one did not come")
        harness.peer(0x11)
        #expect(connect(0x97, in: &harness, on: link).refusal == "The network exists already")
        #expect(connect(0x98, in: &harness, on: link).refusal == "The network exists already")
    }

    @Test func whoCannotBeFirstIsToldWhy() {
        var harness = BridgeHarness(maximumPeers: 1)
        let link = harness.link()
        #expect(
            connect(BridgeHarness.bridgeID, in: &harness, on: link).refusal == "The genesis peer cannot be this bridge"
        )
        let bridge: RawJSON = #"{"nodeType":"bridge"}"#
        #expect(connect(0x99, bridge, in: &harness, on: link).refusal == "A bridge cannot be the genesis peer")
        harness.peer(0x1b, metadata: bridge)
        #expect(connect(0x99, in: &harness, on: link).refusal == "Too many peers")
    }

    @Test func existingBootstrapIsAnsweredWithoutOurName() throws {
        var harness = BridgeHarness(bootstraps: 1)
        let connection = harness.dialIn()
        #expect(try validate(0x99, nil, in: &harness, on: connection).from == nil)
        #expect(connect(0x99, in: &harness, on: connection).answer?.namesBridge == false)
    }
}
