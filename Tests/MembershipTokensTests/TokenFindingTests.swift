import DHTTestKit
import Kademlia
import MembershipTokens
import Testing
import WireMessages

/// What a bootstrap has: keys it was told of, none of its own.
@Suite struct TokenFindingTests {
    private let now: Int64 = 1_800_000_000_000
    private let holder: NodeID = 7
    private let key = PaperKey(2)

    private func token(issuer: NodeID = 0xb1) -> RawJSON {
        key.sign(MembershipToken(holder: holder, issuer: issuer, timestamp: now, kind: .genesis, keyID: key.id))
    }

    private func finding(
        _ token: RawJSON?,
        _ keys: [TokenKey],
        of holder: NodeID = 7,
        strict: Bool = true
    ) -> TokenFinding {
        TokenFinding(of: token, shownBy: holder, at: now, keys: keys, isStrict: strict)
    }

    @Test func onlyATokenThatMayBeGoodNeedsACheck() throws {
        let keys = [key.owned(by: 0xb1), PaperKey(3).owned(by: 0xb1), key.owned(by: 0xbad)]
        guard case .needsCheck(let check) = finding(token(), keys) else {
            Issue.record("\(finding(token(), keys))")
            return
        }
        #expect(check.publicKeys == [key.publicKey])
        #expect(check.text == token().removing(["signature"]).bytes)
        #expect(String(hexadecimal: check.signature) == token().string("signature"))
        #expect(check.verdict(PaperKey.cryptography) == .signed)
        var forged = check
        forged.signature[63] ^= 1
        #expect(forged.verdict(PaperKey.cryptography) == .badSignature)
        forged = check
        forged.publicKeys = []
        #expect(forged.verdict(PaperKey.cryptography) == .badSignature)

        #expect(finding(nil, keys) == .verdict(.missing))
        #expect(finding("{}", keys) == .verdict(.malformed))
        #expect(finding(token(), keys, of: 8) == .verdict(.wrongHolder))
        #expect(finding(token(issuer: 0xb7), keys) == .verdict(.foreignKey))
        #expect(finding(token(), []) == .verdict(.unknownKey))
        #expect(finding(token(), [], strict: false) == .verdict(.acceptedByShape))
    }

    @Test func everyKeyOfOneIDMayHaveSigned() {
        var twin = PaperKey.cryptography
        twin.sha256 = { _ in [UInt8](repeating: 0, count: 32) }
        let keys = [9, 2].map { TokenKey(of: 0xb1, publicKey: PaperKey($0).publicKey, twin) }
        let token = MembershipToken(holder: 7, issuer: 0xb1, timestamp: now, kind: .genesis, keyID: keys[0].id)
        #expect(finding(key.sign(token), keys).verdict(twin) == .signed)
        #expect(finding(PaperKey(4).sign(token), keys).verdict(twin) == .badSignature)
    }
}
