import BootstrapCore
import BridgeLink
import Kademlia
import LinkCore
import Observation
import Timekeeping
import WireMessages

/// The newest joins and how they went, and which of them the disk has yet to hear of.
///
/// Touched several times for each join, mostly under the server's lock: no text is made here but that of the rare details.
struct JoinBook: Sendable {
    struct Entry: Sendable {
        var timeline: JoinTimeline
        var askedAt: Instant
        /// Something happened that is not written.
        var isChanged = true

        /// - Returns: whether this is the first that is not written.
        fileprivate mutating func add(_ step: JoinTimeline.Step, of note: JoinNote, at now: Moment) -> Bool {
            var step = step
            step.afterMicroseconds = (now.instant - askedAt).wholeNanoseconds / 1_000
            timeline.append(step)
            if let helper = note.event.helper { timeline.helper = helper }
            defer { isChanged = true }
            return !isChanged
        }
    }

    /// News of a join that is not in memory any more.
    struct LateNews: Sendable {
        var id: String
        var step: JoinTimeline.Step
        var helper: NodeID?
        /// Unix time in milliseconds.
        var at: Int64
    }

    private let capacity: Int
    private var entries: [RequestID: Entry] = [:]
    /// In the order of their coming; a ring once it is full.
    private var order: [RequestID] = []
    private var oldest = 0
    private var changed: [RequestID] = []
    private var late: [LateNews] = []
    private(set) var skipped = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(id: RequestID) -> JoinTimeline? { entries[id]?.timeline }

    // MARK: What happens

    /// The bridges' part is over.
    mutating func ended(_ passage: JoinPassage, at now: Moment) {
        guard let text = passage.receipt.requestID?.text, let id = RequestID(text), entries[id] == nil else { return }
        let timeline = JoinTimeline(
            id: text,
            askedAt: now.unixMilliseconds - passage.total.wholeMilliseconds,
            newcomer: passage.newcomer,
            steps: passage.steps,
            stepsDropped: passage.stepsDropped
        )
        entries[id] = Entry(timeline: timeline, askedAt: now.instant - passage.total)
        changed.append(id)
        if order.count < capacity {
            order.append(id)
            return
        }
        if entries.removeValue(forKey: order[oldest])?.isChanged == true { skipped += 1 }
        order[oldest] = id
        oldest = (oldest + 1) % capacity
    }

    mutating func note(_ note: JoinNote, at now: Moment) {
        guard let id = RequestID(note.requestID.text) else { return }
        let step = note.event.step
        guard let place = entries.index(forKey: id) else {
            guard late.count < JournalDefaults.lateNewsPerSecond else {
                skipped += 1
                return
            }
            late.append(
                LateNews(id: note.requestID.text, step: step, helper: note.event.helper, at: now.unixMilliseconds)
            )
            return
        }
        if entries.values[place].add(step, of: note, at: now) { changed.append(id) }
    }

    // MARK: What is to be written

    /// At most `limit` joins that the disk has not heard of, those that went badly first and those under way last. What there is
    /// more of counts as skipped, until something else happens to it.
    mutating func takeChanged(limit: Int) -> [JoinTimeline] {
        defer { changed.removeAll(keepingCapacity: changed.capacity <= 2 * limit) }
        var ranked: [(rank: Int, id: RequestID)] = []
        ranked.reserveCapacity(changed.count)
        for id in changed {
            guard let entry = entries[id], entry.isChanged else { continue }
            entries[id]?.isChanged = false
            // The server is about to say what it makes of the answer, or its client has yet to register.
            guard entry.timeline.outcome != .asked else { continue }
            ranked.append((entry.timeline.outcome.rank, id))
        }
        if ranked.count > limit {
            skipped += ranked.count - limit
            ranked.sort { $0.rank < $1.rank }
            ranked.removeLast(ranked.count - limit)
        }
        return ranked.compactMap { entries[$0.id]?.timeline }
    }

    mutating func takeLate() -> [LateNews] {
        defer { late = [] }
        return late
    }
}

extension JoinTimeline.Event {
    /// Smaller is more worth knowing.
    fileprivate var rank: Int {
        switch self {
        case .turnedAway, .failed, .silent, .busy, .refused, .timedOut, .linkLost, .unusable: 0
        case .degraded, .abandoned, .unknown, .genesis: 1
        case .connected: 2
        case .asked, .queued, .sent, .helperNamed, .invited, .accepted: 3
        }
    }
}

extension JoinNote.Event {
    fileprivate var helper: NodeID? {
        if case .helperNamed(let helper) = self { helper } else { nil }
    }

    /// The step that it makes, at no time yet.
    fileprivate var step: JoinTimeline.Step {
        switch self {
        case .helperNamed: step(.helperNamed)
        case .degraded(let peers): step(.degraded, "\(peers) peers to dial")
        case .genesis: step(.genesis)
        case .turnedAway(let code): step(.turnedAway, code)
        case .heldBack: step(.queued, "nobody is known yet; asked again in a moment, under another id")
        case .abandoned: step(.abandoned)
        case .invited: step(.invited)
        case .accepted: step(.accepted)
        case .connected: step(.connected)
        case .failed: step(.failed)
        case .silent: step(.silent)
        case .unknown: step(.unknown)
        }
    }

    private func step(_ event: JoinTimeline.Event, _ detail: String? = nil) -> JoinTimeline.Step {
        JoinTimeline.Step(afterMicroseconds: 0, event: event, detail: detail)
    }
}
