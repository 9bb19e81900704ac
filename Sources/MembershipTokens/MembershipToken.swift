public import Kademlia
import Timekeeping
public import WireMessages

/// The membership token that a bridge issues (protocol.md 1.5). Existing bridges put a constant where we put an Ed25519
/// signature; `keyId` and `expires` are ours.
///
/// Signed is the compact JSON text of the members in a fixed order, without `signature`. Whoever checks a token makes that text
/// anew from the values, so it does not matter in which order, or with which blanks, the members arrive:
///
///     {"nodeId":…,"issuer":…,"timestamp":…,"isOpenNetwork":true,"authorizedBy":…,"keyId":…,"expires":…}
///     {"nodeId":…,"issuer":…,"timestamp":…,"isGenesis":true,"keyId":…,"expires":…}
public struct MembershipToken: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// For a newcomer of an open network, on the word of a helper.
        case openNetwork(authorizedBy: NodeID)
        /// For the first peer of a network.
        case genesis
    }

    public var holder: NodeID
    /// The bridge.
    public var issuer: NodeID
    /// When it was issued, in milliseconds since 1970.
    public var timestamp: Int64
    public var kind: Kind
    public var keyID: TokenKeyID
    /// From when on it is worth nothing, in milliseconds since 1970.
    public var expires: Int64

    /// - Parameter expires: nil for the usual lifetime.
    public init(
        holder: NodeID,
        issuer: NodeID,
        timestamp: Int64,
        kind: Kind,
        keyID: TokenKeyID,
        expires: Int64? = nil
    ) {
        self.holder = holder
        self.issuer = issuer
        self.timestamp = timestamp
        self.kind = kind
        self.keyID = keyID
        self.expires = expires ?? timestamp + TokenDefaults.lifetime.wholeMilliseconds
    }

    /// The helper on whose word it was issued; nil for a genesis token.
    public var authorizedBy: NodeID? {
        switch kind {
        case .openNetwork(let helper): helper
        case .genesis: nil
        }
    }

    /// The text that is signed.
    public var unsigned: RawJSON {
        .object { writer in
            writer.member("nodeId", holder)
            writer.member("issuer", issuer)
            writer.member("timestamp", timestamp)
            switch kind {
            case .openNetwork(let helper):
                writer.member("isOpenNetwork", true)
                writer.member("authorizedBy", helper)
            case .genesis:
                writer.member("isGenesis", true)
            }
            writer.member("keyId", keyID.description)
            writer.member("expires", expires)
        }
    }

    /// The token as it goes out.
    /// - Parameter signature: 128 lowercase hex digits over `unsigned`.
    public func signed(_ signature: String) -> RawJSON {
        unsigned.adding("signature", signature)
    }
}
