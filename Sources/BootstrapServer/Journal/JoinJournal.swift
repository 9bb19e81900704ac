package import BootstrapCore
package import BridgeLink
import LinkCore
package import Logging
import NIOPosix
package import Observation
package import StateStore
import Synchronization
import Telemetry
package import Timekeeping

/// Keeps the way of each join: the newest in memory, all that there is time for in the history on the disk.
///
/// Notes are taken on event loops, and cost a microsecond. What reads or writes the history blocks, and is for other threads.
package final class JoinJournal: Sendable {
    /// What was kept since the start.
    package struct Counters: Sendable, Equatable {
        /// Joins that were written; one of which more was heard later counts again.
        package var written = 0
        /// Changes that were not, since there were too many at once.
        package var skipped = 0
        /// Changes that could not be written.
        package var failed = 0

        package init(written: Int = 0, skipped: Int = 0, failed: Int = 0) {
            self.written = written
            self.skipped = skipped
            self.failed = failed
        }
    }

    private struct State: Sendable {
        var book: JoinBook
        var counters = Counters()
        var isFlushing = false
        var isStoreFailing = false
    }

    private let store: any HistoryStore
    private let writtenPerSecond: Int
    let logger: Logger
    private let state: Mutex<State>

    package init(
        store: any HistoryStore,
        remembered: Int = JournalDefaults.remembered,
        writtenPerSecond: Int = JournalDefaults.writtenPerSecond,
        logger: Logger
    ) {
        self.store = store
        self.writtenPerSecond = writtenPerSecond
        self.logger = logger
        state = Mutex(State(book: JoinBook(capacity: remembered)))
    }

    package var counters: Counters {
        state.withLock { state in
            var counters = state.counters
            counters.skipped = state.book.skipped
            return counters
        }
    }

    // MARK: What happens

    /// The bridges' part of a join is over; what the server makes of it is noted next.
    package func ended(_ passage: JoinPassage, at now: Moment) {
        state.withLock { $0.book.ended(passage, at: now) }
    }

    package func note(_ note: JoinNote, at now: Moment) {
        state.withLock { $0.book.note(note, at: now) }
    }

    // MARK: The history

    /// Writes what has changed. Called each second; blocks. A call while another one still writes does nothing.
    package func flush() {
        let work = state.withLock { state -> (joins: [JoinTimeline], late: [JoinBook.LateNews])? in
            guard !state.isFlushing else { return nil }
            let work = (state.book.takeChanged(limit: writtenPerSecond), state.book.takeLate())
            guard !work.0.isEmpty || !work.1.isEmpty else { return nil }
            state.isFlushing = true
            return work
        }
        guard let work else { return }
        var joins = work.joins
        var failure: (any Error)?
        do {
            joins += try updated(work.late)
            try store.record(joins: joins)
        } catch {
            failure = error
        }
        let isNews = state.withLock { state in
            state.isFlushing = false
            if failure == nil { state.counters.written += joins.count } else { state.counters.failed += joins.count }
            defer { state.isStoreFailing = failure != nil }
            return state.isStoreFailing != (failure != nil)
        }
        guard isNews else { return }
        if let failure {
            logger.warning("joins cannot be written to the history", [.reason: "\(failure)"])
        } else {
            logger.info("joins are written to the history again")
        }
    }

    /// The joins that were found for news which came when they had left the memory. Those that are not on the disk either were
    /// counted when they were skipped.
    private func updated(_ news: [JoinBook.LateNews]) throws -> [JoinTimeline] {
        var joins: [String: JoinTimeline] = [:]
        for news in news {
            guard var join = try joins[news.id] ?? store.join(news.id) else { continue }
            var step = news.step
            step.afterMicroseconds = (news.at - join.askedAt) * 1_000
            join.append(step)
            join.helper = news.helper ?? join.helper
            joins[news.id] = join
        }
        return Array(joins.values)
    }

    // MARK: Lookup

    /// What is known of a join; nil if nothing, or if it is so long ago that it is forgotten.
    package func timeline(of id: String) async throws -> JoinTimeline? {
        guard let request = RequestID(id) else { return nil }
        if let timeline = remembered(request) { return timeline }
        return try await NIOThreadPool.singleton.runIfActive { [store] in try store.join(id) }
    }

    /// As `timeline`, for a thread that may block.
    func timelineBlocking(of id: RequestID, _ text: String) throws -> JoinTimeline? {
        try remembered(id) ?? store.join(text)
    }

    private func remembered(_ id: RequestID) -> JoinTimeline? {
        state.withLock { $0.book[id] }
    }
}
