import Crypto
import FoundationEssentials
import Kademlia
import KeyProofs
import WireMessages

/// The key pair of a browser peer: the other side of `P256Identity`.
struct P256Key: Sendable {
    private let key: P256.Signing.PrivateKey

    /// A new one.
    init() {
        key = P256.Signing.PrivateKey()
    }

    /// The one whose secret number is these 32 bytes, big-endian. Nil if there is none, which random bytes meet once in 2³².
    init?(secret: [UInt8]) {
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: secret) else { return nil }
        self.key = key
    }

    /// The public key as browsers export it.
    var jwk: RawJSON {
        let point = key.publicKey.rawRepresentation
        return .object { writer in
            writer.member("crv", "P-256")
            writer.member("ext", true)
            writer.member("key_ops", ["verify"])
            writer.member("kty", "EC")
            writer.member("x", Self.base64URL(point.prefix(32)))
            writer.member("y", Self.base64URL(point.suffix(32)))
        }
    }

    /// The signature of `text` as an `auth_response` carries it: 128 lowercase hex digits, r and s in the form of IEEE P1363.
    func signature(of text: String) throws -> String {
        String(hexadecimal: try key.signature(for: Array(text.utf8)).rawRepresentation)
    }

    /// Written by another implementation than the one under test.
    private static func base64URL(_ bytes: Data) -> String {
        bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
