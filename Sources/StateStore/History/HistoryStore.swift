package import Observation

/// Remembers what happened, for operators who ask later: events, and the way of each join. Losing it costs nothing but the memory.
///
/// The newest are kept, up to `HistoryBounds`. The calls may block on a disk; keep them off event loops.
package protocol HistoryStore: Sendable {
    /// Keeps these events, or fails and keeps none of them. One with an id that is already there takes its place.
    func append(events: [OperatorEvent]) throws

    /// The highest id of an event; 0 if there is none. The next event gets one more.
    func lastEventID() throws -> Int64

    /// The newest `limit` of the events that fit, oldest first. What cannot be read is left out.
    ///
    /// - Parameters:
    ///   - from: Unix time in milliseconds; events of that moment fit.
    ///   - until: likewise; events of that moment do not.
    ///   - kinds: nil: all.
    ///   - limit: up to `HistoryBounds.maxAnswer`.
    func events(from: Int64?, until: Int64?, kinds: [OperatorEvent.Kind]?, limit: Int) throws -> [OperatorEvent]

    /// Keeps these joins, or fails and changes nothing. One whose id is already there takes its place, and its age.
    func record(joins: [JoinTimeline]) throws

    /// Nil: it was never recorded, is forgotten, or cannot be read.
    func join(_ id: String) throws -> JoinTimeline?
}

/// How much history is kept.
package struct HistoryBounds: Sendable {
    /// Some 300 bytes each. A bridge that comes and goes twice a minute needs three days to push the others out.
    package var events = 10_000
    /// Some 700 bytes each: 35 MB.
    package var joins = 50_000
    /// The most that one question is answered with.
    package static let maxAnswer = 1_000

    package init() {}
}
