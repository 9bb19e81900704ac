import Kademlia
import KeyProofs
import MembershipTokens
import Testing
import WireMessages

@Suite struct Ed25519Tests {
    private let cryptography = TokenCryptography.ed25519

    private func bytes(_ text: String) throws -> [UInt8] {
        try #require([UInt8](lowercaseHexadecimal: text, count: text.utf8.count / 2))
    }

    /// RFC 8032, 7.1, tests 1 and 2.
    @Test func signaturesOfTheStandardAreValid() throws {
        let first = try bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let ofNothing = try bytes(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
                + "655141438e7a100b"
        )
        let second = try bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        let ofOneByte = try bytes(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
                + "b00d291612bb0c00"
        )
        #expect(cryptography.isSignature(ofNothing, [], first))
        #expect(cryptography.isSignature(ofOneByte, [0x72], second))
        #expect(!cryptography.isSignature(ofOneByte, [0x73], second))
        #expect(!cryptography.isSignature(ofOneByte, [0x72], first))
        #expect(!cryptography.isSignature(ofNothing, [0x72], second))
    }

    /// FIPS 180-4, with the example of its appendix.
    @Test func digestIsSHA256() throws {
        let digest = try bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(cryptography.sha256(Array("abc".utf8)) == digest)
    }

    @Test func keysAndSignaturesThatAreNoneAreRefused() throws {
        let key = try bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        for count in [0, 1, 31, 32, 33, 63, 64, 65, 128, 1 << 20] {
            for byte: UInt8 in [0, 1, 0x7f, 0xff] {
                let odd = [UInt8](repeating: byte, count: count)
                #expect(!cryptography.isSignature(odd, [0x72], key), "\(count) times \(byte)")
                let signature = [UInt8](repeating: 0xff, count: 64)
                #expect(!cryptography.isSignature(signature, [0x72], odd), "\(count) times \(byte)")
            }
        }
    }

    /// A token signed by OpenSSL (through pyca/cryptography 48.0.0) with the key of RFC 8032, 7.1, test 2: so the text that is
    /// signed is what protocol.md 1.5 says, byte by byte.
    @Test func tokenOfAnotherImplementationIsJudged() throws {
        let token: RawJSON = """
            {"nodeId":"0123456789abcdef0123456789abcdef01234567","issuer":"00000000000000000000000000000000000000b1",\
            "timestamp":1800000000000,"isGenesis":true,"keyId":"39f713d0a644253f","expires":1802592000000,\
            "signature":"1e7a8f7ed1942f3312519d55c55e485d4d869269770a7411b8526b86c2fbc6bf\
            a9cdc473ebc1fe6fa3bbbcec67cd964e5a1b97bfffa3fce05fec2a40268aac07"}
            """
        let holder = try #require(NodeID("0123456789abcdef0123456789abcdef01234567"))
        let digits = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        let key = try #require(TokenKey(BridgeKeys.Key(bridgeNodeID: 0xb1, publicKey: digits), cryptography))
        func verdict(_ token: RawJSON) -> TokenVerdict {
            TokenFinding(of: token, shownBy: holder, at: 1_800_000_000_000, keys: [key], isStrict: true)
                .verdict(cryptography)
        }
        #expect(verdict(token) == .signed)
        #expect(verdict(token.adding("expires", Int64(1_802_592_000_001))) == .badSignature)
    }
}
