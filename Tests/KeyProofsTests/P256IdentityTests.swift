import DHTTestKit
import Kademlia
import KeyProofs
import Testing
import WireMessages

@Suite struct P256IdentityTests {
    private let plain = P256Vector.plain

    // MARK: What others made

    @Test(arguments: P256Vector.all) func keysOfOtherImplementationsAreTheirOwnersIDs(vector: P256Vector) throws {
        let identity = try #require(P256Identity(jwk: vector.jwk))
        #expect(identity.nodeID == NodeID(vector.nodeID))
        #expect(identity.verifies(signature: vector.signature, of: vector.text))
        #expect(identity.verifies(signature: vector.signature.uppercased(), of: vector.text))
        for other in P256Vector.all where other.nodeID != vector.nodeID {
            #expect(!identity.verifies(signature: other.signature, of: other.text))
            #expect(!identity.verifies(signature: other.signature, of: vector.text))
        }
    }

    @Test func keyIsReadAsBrowsersExportIt() throws {
        let identity = try #require(P256Identity(jwk: P256Vector.browserExport))
        #expect(identity == P256Identity(jwk: P256Vector.browser.jwk), "the same key, however it is written")
        #expect(identity != P256Identity(jwk: plain.jwk))
    }

    @Test func signedTextIsNonceAndDecimalTime() {
        let nonce = String(repeating: "9f", count: 32)
        #expect(P256Identity.signedText(nonce: nonce, timestamp: 1_795_344_183_908) == P256Vector.browser.text)
        #expect(P256Identity.signedText(nonce: "", timestamp: .min) == ":-9223372036854775808")
    }

    // MARK: Keys

    @Test func paddingAndAMissingCurveAreNoMatter() {
        let id = NodeID(plain.nodeID)
        #expect(P256Identity(jwk: P256Vector.jwk(x: plain.x + "=", y: plain.y + "="))?.nodeID == id)
        #expect(P256Identity(jwk: P256Vector.jwk(x: plain.x + "=", y: plain.y))?.nodeID == id)
        #expect(P256Identity(jwk: plain.jwk.removing(["crv"]))?.nodeID == id)
        #expect(P256Identity(jwk: plain.jwk.adding("d", plain.x))?.nodeID == id, "other members are not looked at")
        #expect(P256Identity(jwk: P256Vector.jwk(x: P256Vector.zero, y: P256Vector.zeroXsY)) != nil, "zero is a number")
    }

    @Test func pointMustBeOnTheCurve() {
        for (x, y) in P256Vector.noPoints {
            #expect(P256Identity(jwk: P256Vector.jwk(x: x, y: y)) == nil, "\(x), \(y)")
            #expect(P256Identity(jwk: P256Vector.jwk(x: x, y: y).removing(["crv"])) == nil, "\(x), \(y)")
        }
    }

    @Test func keyOfAnotherKindIsNone() {
        for kty in ["", "ec", "OKP", "RSA", "oct", "EC ", "EC\u{0}"] {
            #expect(P256Identity(jwk: P256Vector.jwk(x: plain.x, y: plain.y, kty: kty)) == nil, "\(kty)")
        }
        for crv in ["", "p-256", "P-384", "P-521", "secp256k1", "Ed25519", "P-256 "] {
            #expect(P256Identity(jwk: P256Vector.jwk(x: plain.x, y: plain.y, crv: crv)) == nil, "\(crv)")
        }
        let others: [RawJSON] = [
            "null", "5", "true", "[]", "{}", #""""#, #"{"kty":"EC"}"#,
            // What Node peers and bridges have: an Ed25519 key.
            #""d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a""#,
            #"[{"kty":"EC","crv":"P-256","x":"","y":""}]"#,
        ]
        for other in others { #expect(P256Identity(jwk: other) == nil, "\(other)") }
    }

    @Test func everyMemberMustBeThereAndAString() {
        let values: [RawJSON] = [
            "null", "true", "0", "5.5e300", "-9223372036854775809", "[]", "{}", #""""#, #"["EC"]"#, #"{"kty":"EC"}"#,
        ]
        for name in ["kty", "x", "y"] {
            #expect(P256Identity(jwk: plain.jwk.removing([name])) == nil, "without \(name)")
        }
        for name in ["kty", "x", "y", "crv"] {
            for value in values {
                #expect(P256Identity(jwk: plain.jwk.adding(name, value)) == nil, "\(name): \(value)")
            }
        }
    }

    @Test func coordinateHasOneSpelling() {
        let short = String(plain.x.dropLast())
        let odd: [String] = [
            // Another number of digits or bytes.
            "", short, short + "=", short + "==", plain.x + "A", plain.x + "==", plain.x + "A=", "=" + plain.x,
            String(repeating: "=", count: 43), String(repeating: "=", count: 44), String(repeating: "ab", count: 32),
            // Bits that belong to no byte.
            short + "V", short + "W",
            // Another alphabet.
            plain.x.replacing("-", with: "+"), plain.x.replacing("b", with: " "), plain.x.replacing("b", with: "\u{0}"),
            plain.x + "\n", "\u{e9}" + short.dropFirst(), "\u{1F511}" + short.dropFirst(3),
        ]
        for x in odd {
            #expect(P256Identity(jwk: P256Vector.jwk(x: x, y: plain.y)) == nil, "x: \(x)")
            #expect(P256Identity(jwk: P256Vector.jwk(x: plain.y, y: x)) == nil, "y: \(x)")
        }
    }

    @Test func hugeKeysAreNotLookedAt() {
        for size in [100, 5_000, 1 << 20] {
            let digits = String(repeating: "A", count: size)
            #expect(P256Identity(jwk: P256Vector.jwk(x: digits, y: digits)) == nil)
            #expect(P256Identity(jwk: P256Vector.jwk(x: plain.x, y: plain.y, kty: digits)) == nil)
        }
        let small = plain.jwk.adding("x5c", String(repeating: "A", count: 3_000))
        #expect(P256Identity(jwk: small) != nil)
        #expect(P256Identity(jwk: small.adding("x5t", String(repeating: "A", count: 1_500))) == nil)
    }

    // MARK: Signatures

    @Test func noBitOfASignatureOrTextCanBeChanged() throws {
        let identity = try #require(P256Identity(jwk: plain.jwk))
        let digits = Array(plain.signature.utf8)
        for place in digits.indices {
            var changed = digits
            changed[place] = digits[place] == UInt8(ascii: "7") ? UInt8(ascii: "8") : UInt8(ascii: "7")
            #expect(!identity.verifies(signature: String(decoding: changed, as: UTF8.self), of: plain.text), "\(place)")
        }
        let text = Array(plain.text.utf8)
        for place in text.indices {
            var changed = text
            changed[place] ^= 1
            #expect(!identity.verifies(signature: plain.signature, of: String(decoding: changed, as: UTF8.self)))
        }
        #expect(!identity.verifies(signature: plain.signature, of: plain.text.uppercased()))
        #expect(!identity.verifies(signature: plain.signature, of: ""))
    }

    @Test func everythingElseIsNoSignature() throws {
        let identity = try #require(P256Identity(jwk: plain.jwk))
        let (r, s) = (plain.signature.prefix(64), plain.signature.suffix(64))
        let zero = String(repeating: "0", count: 64)
        let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
        let odd: [String] = [
            "", "00", String(r), String(plain.signature.dropLast()), plain.signature + "0", plain.signature + "00",
            // The DER form, whole, cut and with its length for another one's.
            P256Vector.plainDER, String(P256Vector.plainDER.prefix(128)), String(P256Vector.plainDER.suffix(128)),
            // r and s the other way round, out of their range, or zero.
            String(s + r), r + zero, zero + s, zero + zero, order + s, r + order, String(repeating: "f", count: 128),
            // No hex digits.
            String(repeating: "g", count: 128), "0x" + plain.signature.dropFirst(2), " " + plain.signature.dropFirst(),
            plain.signature.dropLast() + "\n", plain.signature.dropLast(2) + "\u{e9}",
            String(repeating: "\u{1F511}", count: 32), String(repeating: "\u{FF21}", count: 128),
            String(repeating: "ab", count: 1 << 20),
        ]
        for signature in odd {
            #expect(!identity.verifies(signature: signature, of: plain.text), "\(signature.prefix(160))")
        }
        #expect(!identity.verifies(signature: plain.signature, of: String(repeating: "a", count: 1 << 20)))
    }

    // MARK: Keys of these tests

    @Test func newSignatureOfAKnownKeyIsTakenLikeTheKnownOne() throws {
        let key = try #require(P256Key(secret: P256Vector.plainSecret))
        #expect(key.jwk.string("x") == plain.x)
        #expect(key.jwk.string("y") == plain.y)
        let signature = try key.signature(of: plain.text)
        #expect(P256Identity(jwk: plain.jwk)?.verifies(signature: signature, of: plain.text) == true)
    }

    @Test(arguments: SeededGenerator.seeds(4)) func everyKeyProvesItsOwnIDAndNoOther(seed: UInt64) throws {
        print("key seed \(seed)")
        var chance = SeededGenerator(seed: seed)
        let keys = (0..<8).compactMap { _ in
            P256Key(secret: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &chance) })
        }
        let identities = try (keys + [P256Key()]).map { key in (key, try #require(P256Identity(jwk: key.jwk))) }
        for (key, identity) in identities {
            let text = P256Identity.signedText(
                nonce: identity.nodeID.description,
                timestamp: Int64(bitPattern: chance.next())
            )
            let signature = try key.signature(of: text)
            for (_, other) in identities {
                #expect(other.verifies(signature: signature, of: text) == (other.nodeID == identity.nodeID))
            }
        }
    }
}
