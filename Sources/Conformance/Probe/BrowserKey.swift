import Crypto
import FoundationEssentials
import Kademlia

/// The P-256 identity of a browser peer (protocol.md 1.1 and 2.5.2).
struct BrowserKey: Sendable {
    private let key = P256.Signing.PrivateKey()

    /// x, then y, 32 bytes each.
    private var point: Data { key.publicKey.rawRepresentation }

    /// The first 160 bits of the hash of the point.
    var id: String { Self.id(x: Array(point.prefix(32)), y: Array(point.suffix(32))) }

    /// The public key as a JSON object.
    var jwk: String { Self.jwk(x: Array(point.prefix(32)), y: Array(point.suffix(32))) }

    /// The answer to a challenge: r, then s, in hex.
    func signature(nonce: String, timestamp: Int64) throws -> String {
        String(hexadecimal: try key.signature(for: Data("\(nonce):\(timestamp)".utf8)).rawRepresentation)
    }

    /// The same in the other encoding, which is not the one of the contract.
    func derSignature(nonce: String, timestamp: Int64) throws -> String {
        String(hexadecimal: try key.signature(for: Data("\(nonce):\(timestamp)".utf8)).derRepresentation)
    }

    static func id(x: [UInt8], y: [UInt8]) -> String {
        String(hexadecimal: Array(SHA256.hash(data: x + y).prefix(20)))
    }

    static func jwk(x: [UInt8], y: [UInt8]) -> String {
        #"{"kty":"EC","crv":"P-256","x":"\#(base64URL(x))","y":"\#(base64URL(y))","ext":true,"key_ops":["verify"]}"#
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

enum Hex {
    /// Whether it is exactly so many lower-case digits.
    static func isText(_ text: String?, digits: Int) -> Bool {
        guard let text else { return false }
        return text.utf8.count == digits
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
