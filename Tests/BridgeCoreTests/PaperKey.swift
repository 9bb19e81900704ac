import BridgeCore
import Kademlia
import WireMessages

/// A key pair on paper: a "signature" that depends on every bit of key and text and takes no cryptography. Anybody could forge
/// it; what is tested is what gets signed and checked.
struct PaperKey {
    let publicKey: [UInt8]

    init(_ number: UInt8) {
        publicKey = (0..<32).map { number &+ $0 }
    }

    var hexadecimal: String { String(hexadecimal: publicKey) }
    var id: TokenKeyID { TokenKeyID(digest: Self.digest(publicKey, lanes: 4)) }

    var cryptography: TokenCryptography {
        TokenCryptography(
            publicKey: publicKey,
            sha256: { Self.digest($0, lanes: 4) },
            isSignature: { signature, text, key in signature == Self.digest(key + text, lanes: 8) }
        )
    }

    func signature(of text: [UInt8]) -> String {
        String(hexadecimal: Self.digest(publicKey + text, lanes: 8))
    }

    func sign(_ token: MembershipToken) -> RawJSON {
        token.signed(signature(of: token.unsigned.bytes))
    }

    func named(by bridge: NodeID) -> BridgeKeys.Key {
        BridgeKeys.Key(bridgeNodeID: bridge, publicKey: hexadecimal)
    }

    /// FNV-1a, once per lane of eight bytes.
    private static func digest(_ bytes: [UInt8], lanes: UInt64) -> [UInt8] {
        (0..<lanes).flatMap { lane in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ lane
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            hash ^= hash >> 32
            return (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * UInt64($0))) }
        }
    }
}
