import Timekeeping
import WireMessages

/// Who invited whom.
struct InvitationKey: Hashable, Sendable {
    var inviter: ClientID
    var invitee: ClientID
}

/// An invitation between `send_invitation` and the moment both sides have heard of each other.
struct Invitation: Sendable, Equatable {
    /// `<inviter>_<invitee>_<ms>` (protocol.md 1.3).
    let id: String
    /// For the case that the inviter is gone when the invitee accepts.
    let inviterMetadata: RawJSON
    let inviterKind: PeerMetadata.NodeType
    var isAccepted = false
    /// When it was said first, of those times that follow closely upon each other; and how often since.
    private let saidFirst: Instant
    private let saidAgain: Int

    /// - Parameter earlier: what the same inviter said before, if it is not forgotten yet.
    init(
        id: String,
        inviterMetadata: RawJSON,
        inviterKind: PeerMetadata.NodeType,
        repeating earlier: Invitation?,
        at now: Instant
    ) {
        self.id = id
        self.inviterMetadata = inviterMetadata
        self.inviterKind = inviterKind
        let isRepeat = earlier.map { now - $0.saidFirst < BootstrapDefaults.invitationInterval } ?? false
        saidFirst = isRepeat ? earlier?.saidFirst ?? now : now
        saidAgain = isRepeat ? (earlier?.saidAgain ?? 0) + 1 : 0
    }

    /// How often it was said again lately.
    func repeats(at now: Instant) -> Int {
        now - saidFirst < BootstrapDefaults.invitationInterval ? saidAgain : 0
    }
}

/// The invitations under way. Open ones are bounded per inviter, per invitee and in all, since any peer can send them;
/// accepted ones are gone after `inviterDelay`.
struct InvitationTable: Sendable {
    private var invitations: [InvitationKey: Invitation] = [:]
    private var openOf: [ClientID: Int] = [:]
    private var openCount = 0
    private var invitersOf: [ClientID: Set<ClientID>] = [:]

    enum Refusal: Sendable, Equatable {
        case tooManyOfOneInviter
        case tooManyForOneInvitee
        case tooMany

        var text: String {
            switch self {
            case .tooManyOfOneInviter: "too many open invitations of this peer"
            case .tooManyForOneInvitee: "too many open invitations for this peer"
            case .tooMany: "too many open invitations"
            }
        }
    }

    var count: Int { invitations.count }

    subscript(key: InvitationKey) -> Invitation? { invitations[key] }

    /// Stores an invitation, or renews that of the same pair.
    ///
    /// - Parameter isExpected: a bridge sent the invitee to this inviter. Strangers must not take its place.
    mutating func insert(_ invitation: Invitation, for key: InvitationKey, isExpected: Bool = false) -> Refusal? {
        let previous = remove(key)
        let refusal = refusal(for: key, isExpected: isExpected)
        guard let kept = refusal == nil ? invitation : previous else { return refusal }
        invitations[key] = kept
        if !kept.isAccepted {
            openOf[key.inviter, default: 0] += 1
            openCount += 1
        }
        invitersOf[key.invitee, default: []].insert(key.inviter)
        return refusal
    }

    mutating func markAccepted(_ key: InvitationKey) {
        guard invitations[key]?.isAccepted == false else { return }
        invitations[key]?.isAccepted = true
        forgetOpen(of: key.inviter)
    }

    @discardableResult
    mutating func remove(_ key: InvitationKey) -> Invitation? {
        guard let invitation = invitations.removeValue(forKey: key) else { return nil }
        if !invitation.isAccepted { forgetOpen(of: key.inviter) }
        invitersOf[key.invitee]?.remove(key.inviter)
        if invitersOf[key.invitee]?.isEmpty == true { invitersOf[key.invitee] = nil }
        return invitation
    }

    /// The invitee is gone; answers the keys that were dropped.
    mutating func removeAll(invitedTo invitee: ClientID) -> [InvitationKey] {
        let keys = (invitersOf[invitee] ?? []).map { InvitationKey(inviter: $0, invitee: invitee) }
        for key in keys { remove(key) }
        return keys
    }

    private func refusal(for key: InvitationKey, isExpected: Bool) -> Refusal? {
        if openOf[key.inviter, default: 0] >= BootstrapDefaults.maxInvitationsPerInviter { return .tooManyOfOneInviter }
        if !isExpected, invitersOf[key.invitee]?.count ?? 0 >= BootstrapDefaults.maxInvitationsPerInvitee {
            return .tooManyForOneInvitee
        }
        return openCount >= BootstrapDefaults.maxInvitations ? .tooMany : nil
    }

    private mutating func forgetOpen(of inviter: ClientID) {
        openCount -= 1
        guard let open = openOf[inviter] else { return }
        openOf[inviter] = open > 1 ? open - 1 : nil
    }
}
