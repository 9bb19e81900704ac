public import Timekeeping

/// What happened to one request on its way through the pool, oldest first.
///
/// Made for each request, thousands of times a second: numbers only, one array.
public struct RequestTrail: Sendable, Equatable {
    public struct Mark: Sendable, Equatable {
        public enum Event: Sendable, Equatable {
            /// It waits for a place on a link, or for a link.
            case queued
            /// The bridge is asked; in stateless mode, dialled for it. Each has one of the following later, unless it named the
            /// helper, or somebody else did before it answered.
            case sent
            case busy
            /// It knows nobody.
            case refused
            case timedOut
            case linkLost
            case unusable
        }

        public var event: Event
        public var at: Instant
        /// The bridge; nil for `queued`.
        public fileprivate(set) var endpoint: EndpointID?
    }

    public private(set) var marks: [Mark] = []
    /// Marks for which there was no room.
    public private(set) var dropped = 0

    public init() {}

    public mutating func note(_ event: Mark.Event, _ endpoint: EndpointID? = nil, at now: Instant) {
        guard marks.count < PoolDefaults.maxMarks else {
            dropped += 1
            return
        }
        marks.append(Mark(event: event, at: now, endpoint: endpoint))
    }

    /// It waits; it may have done so already.
    mutating func noteQueued(at now: Instant) {
        if marks.last?.event != .queued { note(.queued, at: now) }
    }

    mutating func rename(_ old: EndpointID, to new: EndpointID) {
        for index in marks.indices where marks[index].endpoint == old { marks[index].endpoint = new }
    }
}
