public import Kademlia
public import MembershipTokens
public import WireMessages

/// A key pair on paper: a "signature" that depends on every bit of key and text and takes no cryptography. Anybody could forge
/// it; what is tested is what gets signed and checked.
public struct PaperKey: Sendable {
    public let publicKey: [UInt8]

    public init(_ number: UInt8) {
        publicKey = (0..<32).map { number &+ $0 }
    }

    public var hexadecimal: String { String(hexadecimal: publicKey) }
    public var id: TokenKeyID { owned(by: 0).id }

    /// In place of SHA-256 and Ed25519.
    public static let cryptography = TokenCryptography(
        sha256: { digest($0, lanes: 4) },
        isSignature: { signature, text, key in signature == digest(key + text, lanes: 8) }
    )

    public func owned(by bridge: NodeID) -> TokenKey {
        TokenKey(of: bridge, publicKey: publicKey, Self.cryptography)
    }

    public func signature(of text: [UInt8]) -> String {
        String(hexadecimal: Self.digest(publicKey + text, lanes: 8))
    }

    public func sign(_ token: MembershipToken) -> RawJSON {
        token.signed(signature(of: token.unsigned.bytes))
    }

    public func named(by bridge: NodeID) -> BridgeKeys.Key {
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
