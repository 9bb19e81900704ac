import DequeModule
import Kademlia
import Timekeeping

/// Newcomers that were answered lately: whom they were sent to, and what they said of themselves. Bounded; the oldest go first.
struct NewcomerBook: Sendable {
    struct Newcomer: Sendable {
        /// Who was named, the latest last.
        var helpers: [NodeID]
        var answeredAt: Instant
        var introduction: Introduction
        /// False once it is known that the latest helper did not get it in.
        var isWorthRepeating = true

        var helper: NodeID { helpers[helpers.count - 1] }
    }

    private var newcomers: [NodeID: Newcomer] = [:]
    /// In order of answering; a newcomer that was answered again stands in it twice, and only the later one counts.
    private var order = Deque<(id: NodeID, answeredAt: Instant)>()

    subscript(id: NodeID) -> Newcomer? { newcomers[id] }

    /// The newcomer was sent to that helper.
    mutating func remember(_ helper: NodeID, of id: NodeID, _ introduction: Introduction, at now: Instant) {
        let helpers = (newcomers[id]?.helpers ?? []).filter { $0 != helper }.suffix(BridgeDefaults.earlierHelpers)
        newcomers[id] = Newcomer(helpers: helpers + [helper], answeredAt: now, introduction: introduction)
        order.append((id, now))
        while order.count > BridgeDefaults.rememberedNewcomers { forgetOldest() }
    }

    /// Whoever was answered before that instant is in, or gone.
    mutating func forget(before instant: Instant) {
        while let oldest = order.first, oldest.answeredAt < instant { forgetOldest() }
    }

    private mutating func forgetOldest() {
        guard let oldest = order.popFirst() else { return }
        if newcomers[oldest.id]?.answeredAt == oldest.answeredAt { newcomers[oldest.id] = nil }
    }

    /// The latest helper did not get the newcomer in: when it asks again, it is to hear of another one.
    mutating func distrust(_ id: NodeID) {
        newcomers[id]?.isWorthRepeating = false
    }
}
