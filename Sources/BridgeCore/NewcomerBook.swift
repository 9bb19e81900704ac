import DequeModule
import Kademlia
import Timekeeping

/// Newcomers that were answered lately: whom they were sent to, and what they said of themselves. Bounded; the oldest go first.
struct NewcomerBook: Sendable {
    struct Newcomer: Sendable {
        var helper: NodeID
        var answeredAt: Instant
        var introduction: Introduction
    }

    private var newcomers: [NodeID: Newcomer] = [:]
    /// In order of answering; a newcomer that was answered again stands in it twice, and only the later one counts.
    private var order = Deque<(id: NodeID, answeredAt: Instant)>()

    subscript(id: NodeID) -> Newcomer? { newcomers[id] }

    mutating func remember(_ newcomer: Newcomer, as id: NodeID) {
        newcomers[id] = newcomer
        order.append((id, newcomer.answeredAt))
        while order.count > BridgeDefaults.rememberedNewcomers {
            let oldest = order.removeFirst()
            if newcomers[oldest.id]?.answeredAt == oldest.answeredAt { newcomers[oldest.id] = nil }
        }
    }
}
