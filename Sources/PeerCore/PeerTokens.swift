import Kademlia
import Timekeeping
import WireMessages

/// The tokens a peer issues (protocol.md 1.5): compact JSON with its keys in the listed order, signed over the text without
/// `signature`.
struct TokenMint: Sendable {
    let identity: PeerIdentity

    /// What a helper hands to a newcomer through the bootstrap server.
    func invitation(
        for invitee: NodeID,
        at milliseconds: Int64,
        using generator: inout some RandomNumberGenerator
    ) -> RawJSON? {
        let nonce = Self.nonce(using: &generator)
        return signed { writer in
            writer.member("inviter", identity.id)
            writer.member("invitee", invitee)
            writer.member("timestamp", milliseconds)
            writer.member("expires", milliseconds + PeerDefaults.invitationLifetime.wholeMilliseconds)
            writer.member("nonce", nonce)
            writer.member("version", "1.0")
        }
    }

    /// A membership of our own, signed by ourselves although `issuer` names the inviter, as existing peers do.
    func membership(
        issuer: NodeID,
        isGenesis: Bool,
        at milliseconds: Int64,
        using generator: inout some RandomNumberGenerator
    ) -> RawJSON? {
        let nonce = Self.nonce(using: &generator)
        return signed { writer in
            writer.member("holder", identity.id)
            writer.member("issuer", issuer)
            writer.member("timestamp", milliseconds)
            writer.member("type", "membership")
            writer.member("isGenesis", isGenesis)
            writer.member("nonce", nonce)
            writer.member("version", "1.0")
        }
    }

    /// Whether an invitee accepts the token: it names both ends, bears a signature and has not expired. Nobody in the
    /// existing network verifies the signature itself (protocol.md 1.5).
    static func isInvitation(_ token: RawJSON, to invitee: NodeID, from inviter: NodeID, at milliseconds: Int64) -> Bool
    {
        guard
            let named = token.string("invitee").flatMap({ NodeID($0) }), named == invitee,
            let issuer = token.string("inviter").flatMap({ NodeID($0) }), issuer == inviter,
            token.string("signature")?.isEmpty == false,
            let expires = token.int64("expires")
        else { return false }
        return expires > milliseconds
    }

    private func signed(_ members: (inout JSONWriter) -> Void) -> RawJSON? {
        let token = RawJSON.object(members)
        guard let signature = identity.sign(token.bytes) else { return nil }
        return token.adding("signature", signature)
    }

    /// 32 hex digits.
    private static func nonce(using generator: inout some RandomNumberGenerator) -> String {
        let half = NodeID(high: generator.next(), middle: generator.next(), low: 0)
        return String(half.description.prefix(32))
    }
}
