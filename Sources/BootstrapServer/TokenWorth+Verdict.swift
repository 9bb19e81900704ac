import BootstrapCore
import Kademlia
import KeyProofs
import MembershipTokens
import Timekeeping
import WireMessages

extension Bootstrap.TokenWorth {
    /// - Parameter keys: those with which the bridges of this network sign.
    init(of token: RawJSON, shownBy node: NodeID, keys: [BridgeKeys.Key], at now: Moment) {
        let known = keys.compactMap { TokenKey($0, .ed25519) }
        let finding = TokenFinding(
            of: token,
            shownBy: node,
            at: now.unixMilliseconds,
            keys: known,
            isStrict: false
        )
        self =
            switch finding.verdict(.ed25519) {
            case .signed: .signed
            case .acceptedByShape: .shape
            case .missing, .malformed, .wrongHolder, .expired, .notYetValid, .unknownKey, .foreignKey, .badSignature,
                .unverifiable:
                .none
            }
    }
}
