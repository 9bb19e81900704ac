import Kademlia
import Timekeeping

/// Newcomers that were answered lately: whom they were sent to, and what they said of themselves.
struct NewcomerBook: Sendable {
    struct Newcomer: Sendable {
        /// Who was named, the latest last.
        var helpers: [NodeID]
        var answeredAt: Instant
        var introduction: Introduction
        /// False once it is known that the latest helper did not get it in.
        var isWorthRepeating = true
        /// When it took up the invitation of the latest helper.
        var acceptedAt: Instant?

        var helper: NodeID { helpers[helpers.count - 1] }

        func mayBeRepeated(at now: Instant) -> Bool {
            guard isWorthRepeating, now - answeredAt < BridgeDefaults.repeatWindow else { return false }
            return acceptedAt.map { now - $0 < BridgeDefaults.repeatWindowAfterAcceptance } ?? true
        }
    }

    private var newcomers = RecentBook<Newcomer>(capacity: BridgeDefaults.rememberedNewcomers)

    subscript(id: NodeID) -> Newcomer? { newcomers[id] }

    /// The newcomer was sent to that helper.
    mutating func remember(_ helper: NodeID, of id: NodeID, _ introduction: Introduction, at now: Instant) {
        let helpers = (newcomers[id]?.helpers ?? []).filter { $0 != helper }.suffix(BridgeDefaults.earlierHelpers)
        let newcomer = Newcomer(helpers: helpers + [helper], answeredAt: now, introduction: introduction)
        newcomers.write(newcomer, of: id)
    }

    /// The newcomer took up the invitation of its latest helper. If it asks again in earnest, it has come back, or got nowhere.
    mutating func accepted(_ id: NodeID, at now: Instant) {
        newcomers.update(id) { $0.acceptedAt = now }
    }

    /// Whoever was answered before that instant is in, or gone.
    mutating func forget(before instant: Instant) {
        newcomers.forget { $0.answeredAt < instant }
    }

    /// The latest helper did not get the newcomer in: when it asks again, it is to hear of another one.
    mutating func distrust(_ id: NodeID) {
        newcomers.update(id) { $0.isWorthRepeating = false }
    }
}
