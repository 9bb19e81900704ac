public import Kademlia

/// The way of one question of a newcomer: from its arrival to what became of the helper that was named.
///
/// Bounded: a step more than `maxSteps` is not kept, but counted.
public struct JoinTimeline: Sendable, Equatable {
    /// One thing that happened on the way.
    public struct Step: Sendable, Equatable {
        /// Microseconds since the question arrived.
        public var afterMicroseconds: Int64
        public var event: Event
        /// The bridge that it is about, as `Place.text`.
        public var bridge: String?
        /// More about it, such as why a bridge refused; cut to `maxDetailBytes`.
        public var detail: String?

        public init(afterMicroseconds: Int64, event: Event, bridge: String? = nil, detail: String? = nil) {
            self.afterMicroseconds = afterMicroseconds
            self.event = event
            self.bridge = bridge
            self.detail = detail.map { BoundedText.clean($0, maxBytes: JoinTimeline.maxDetailBytes) }
        }
    }

    /// The raw values are what HTTP and the store say.
    public enum Event: String, Sendable, CaseIterable {
        /// The question arrived. Always the first.
        case asked
        /// It waited for a place on a link.
        case queued
        /// A bridge was asked. The second and later ones are retries on another bridge.
        case sent
        /// The bridge that was asked said that it is full.
        case busy
        /// ... knew nobody.
        case refused
        /// ... did not answer in time.
        case timedOut = "timed_out"
        /// ... was lost before it answered.
        case linkLost = "link_lost"
        /// ... gave an answer that is none.
        case unusable
        /// A helper was named, and the newcomer told.
        case helperNamed = "helper_named"
        /// The newcomer got peers to dial instead.
        case degraded
        /// The newcomer begins the network, or was told once more that it did.
        case genesis
        /// The newcomer was turned away, with a code.
        case turnedAway = "turned_away"
        /// The newcomer left before it was answered.
        case abandoned
        /// The helper sent its invitation.
        case invited
        /// The newcomer accepted it.
        case accepted
        /// The two are linked.
        case connected
        /// No link came of it.
        case failed
        /// The helper sent no invitation.
        case silent
        /// It was not heard what became of it.
        case unknown
    }

    /// The id of the join: of the request to the bridges, and of the `receipt` that the newcomer got (protocol.md 2.6.1). 32 hex
    /// digits.
    public var id: String
    /// When the question arrived: Unix time in milliseconds.
    public var askedAt: Int64
    public var newcomer: NodeID
    public var helper: NodeID?
    public private(set) var steps: [Step]
    /// Steps for which there was no room.
    public var stepsDropped: Int

    public static let maxSteps = 32
    public static let maxDetailBytes = 160

    public init(
        id: String,
        askedAt: Int64,
        newcomer: NodeID,
        helper: NodeID? = nil,
        steps: [Step] = [],
        stepsDropped: Int = 0
    ) {
        self.id = id
        self.askedAt = askedAt
        self.newcomer = newcomer
        self.helper = helper
        self.steps = steps.count <= Self.maxSteps ? steps : Array(steps.prefix(Self.maxSteps))
        self.stepsDropped = stepsDropped + max(0, steps.count - Self.maxSteps)
    }

    public mutating func append(_ step: Step) {
        guard steps.count < Self.maxSteps else {
            stepsDropped += 1
            return
        }
        steps.append(step)
    }
}
