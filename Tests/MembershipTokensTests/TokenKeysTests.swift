import DHTTestKit
import Kademlia
import MembershipTokens
import Testing
import WireMessages

@Suite struct TokenKeysTests {
    private let first = 1
    private let second = 2

    private func verdict(_ keys: TokenKeys<Int>, key: UInt8, issuer: NodeID) -> TokenVerdict {
        let key = PaperKey(key)
        let token = MembershipToken(holder: 7, issuer: issuer, timestamp: 1_000, kind: .genesis, keyID: key.id)
        return keys.judge(key.sign(token), of: 7, at: 1_000, isStrict: true)
    }

    private func ownOnly() -> TokenKeys<Int> { TokenKeys(own: PaperKey(1).owned(by: 0xb0), PaperKey.cryptography) }

    @Test func laterWordOfALinkReplacesItsFormerOne() {
        var keys = ownOnly()
        #expect(keys.replace(with: [PaperKey(2).named(by: 0xb1), PaperKey(3).named(by: 0xb2)], from: first) == 0)
        #expect(keys.replace(with: [PaperKey(3).named(by: 0xb2)], from: second) == 0)
        #expect(keys.count == 3)
        #expect(keys.replace(with: [PaperKey(4).named(by: 0xb1)], from: first) == 0)
        #expect(verdict(keys, key: 2, issuer: 0xb1) == .unknownKey)
        #expect(verdict(keys, key: 3, issuer: 0xb2) == .signed, "another link says so still")
        #expect(verdict(keys, key: 4, issuer: 0xb1) == .signed)
        keys.replace(with: [], from: first)
        keys.replace(with: [], from: second)
        #expect(keys.count == 1)
        #expect(verdict(keys, key: 1, issuer: 0xb0) == .signed, "our own key is always there")
    }

    @Test func bridgeMayHaveHadSeveralKeys() {
        var keys = ownOnly()
        keys.replace(with: [PaperKey(2).named(by: 0xb1), PaperKey(3).named(by: 0xb1)], from: first)
        #expect(verdict(keys, key: 2, issuer: 0xb1) == .signed)
        #expect(verdict(keys, key: 3, issuer: 0xb1) == .signed)
    }

    @Test func whoClaimsAnothersKeyDisplacesNobody() {
        var keys = ownOnly()
        keys.replace(with: [PaperKey(2).named(by: 0xbad), PaperKey(1).named(by: 0xbad)], from: first)
        #expect(keys.replace(with: [PaperKey(2).named(by: 0xb1)], from: second) == 0)
        #expect(verdict(keys, key: 2, issuer: 0xb1) == .signed)
        #expect(verdict(keys, key: 1, issuer: 0xb0) == .signed)
        #expect(keys.replace(with: [PaperKey(9).named(by: 0xb0)], from: second) == 1, "our name, another's key")
        #expect(verdict(keys, key: 9, issuer: 0xb0) == .unknownKey)
        #expect(keys.replace(with: [PaperKey(1).named(by: 0xb0)], from: second) == 0)
    }

    @Test func keysOfAClosedLinkStayUntilAnyLinkSpeaks() {
        var keys = ownOnly()
        keys.replace(with: [PaperKey(2).named(by: 0xb1)], from: first)
        keys.sourceClosed(first)
        #expect(verdict(keys, key: 2, issuer: 0xb1) == .signed, "while the bootstrap restarts")
        keys.replace(with: [PaperKey(3).named(by: 0xb2)], from: second)
        #expect(verdict(keys, key: 2, issuer: 0xb1) == .unknownKey)
        #expect(keys.count == 2)
    }

    @Test func tableIsBoundedAndTakesNothingButKeys() {
        var keys = ownOnly()
        let many = (0..<200).map { PaperKey(UInt8($0)).named(by: NodeID(integerLiteral: 0x1000 + UInt32($0))) }
        #expect(keys.replace(with: many, from: first) == 200 - 64)
        #expect(keys.count == 65)
        #expect(keys.replace(with: many.suffix(10), from: second) == 10, "full")
        #expect(keys.replace(with: Array(many.suffix(10)), from: first) == 0, "its own make room")
        #expect(keys.count == 11)
        #expect(keys.keys.map(\.text) == [PaperKey(1).hexadecimal] + many.suffix(10).map(\.publicKey))
        #expect(keys.keys.map(\.bridge) == [0xb0] + many.suffix(10).map(\.bridgeNodeID))
        let odd = ["", "ab", String(repeating: "AB", count: 32), String(repeating: "x", count: 64)]
        #expect(keys.replace(with: odd.map { BridgeKeys.Key(bridgeNodeID: 5, publicKey: $0) }, from: first) == 4)
    }
}
