public import Kademlia
public import Timekeeping

/// What became of the helpers that join answers named, judged by what only the swarm knows: who was still there.
///
///     named ──link to the helper within 10 s──► connected
///       ├─────10 s without one────────────────► failed
///       └─────newcomer left before────────────► withdrawn
///
/// Keeps the id of everybody who ever left, because the answer that names somebody of long ago is the one to be found.
public struct IntroductionLedger: Sendable {
    public struct Counts: Sendable, Equatable {
        /// Answers that named one of our peers; the sum of the next four.
        public var total = 0
        /// The newcomer got a DHT link with the helper in time, or had one.
        public var connected = 0
        public var failed = 0
        /// Their time is not over yet.
        public var undecided = 0
        /// The newcomer itself left before it was decided: nobody's fault.
        public var withdrawn = 0
        /// Answers whose helper had been gone for more than 5 s when the newcomer read them.
        public var helperGone = 0
        /// The longest that a named helper had been gone; zero when all were there.
        public var worstHelperGone = Duration.zero

        public init(
            total: Int = 0,
            connected: Int = 0,
            failed: Int = 0,
            undecided: Int = 0,
            withdrawn: Int = 0
        ) {
            self.total = total
            self.connected = connected
            self.failed = failed
            self.undecided = undecided
            self.withdrawn = withdrawn
        }
    }

    /// One answer that named a helper; counted up from 1.
    public struct Number: Sendable, Hashable {
        let value: UInt64
    }

    private struct Open {
        var number: Number
        var helper: NodeID
    }

    /// How long a newcomer may take to link to its helper: twice what an existing peer waits for a greeting (protocol.md 4.1).
    public static let patience = Duration.seconds(10)
    /// A bridge must not name a helper that has been gone for longer.
    public static let goneLimit = Duration.seconds(5)

    public private(set) var counts = Counts()
    private var present: Set<NodeID> = []
    private var departures: [NodeID: Instant] = [:]
    /// Undecided ones, by newcomer.
    private var open: [NodeID: [Open]] = [:]
    private var lastNumber: UInt64 = 0

    public init() {}

    public mutating func came(_ peer: NodeID) {
        present.insert(peer)
    }

    public mutating func left(_ peer: NodeID, at now: Instant) {
        guard present.remove(peer) != nil else { return }
        departures[peer] = now
        let undecided = open.removeValue(forKey: peer)?.count ?? 0
        counts.undecided -= undecided
        counts.withdrawn += undecided
    }

    /// For how long `peer` has been gone; nil when it is there, or none of ours.
    public func goneFor(_ peer: NodeID, at now: Instant) -> Duration? {
        departures[peer].map { now - $0 }
    }

    /// `newcomer` read an answer that named `helper`. The caller owes ``patienceOver(_:of:)`` after ``patience``.
    /// - Returns: nil when the helper is none of ours.
    public mutating func named(_ helper: NodeID, to newcomer: NodeID, at now: Instant) -> Number? {
        let gone = goneFor(helper, at: now)
        guard gone != nil || present.contains(helper) else { return nil }
        lastNumber += 1
        let number = Number(value: lastNumber)
        open[newcomer, default: []].append(Open(number: number, helper: helper))
        counts.total += 1
        counts.undecided += 1
        if let gone {
            if gone > Self.goneLimit { counts.helperGone += 1 }
            counts.worstHelperGone = max(counts.worstHelperGone, gone)
        }
        return number
    }

    /// `newcomer` has a link to `helper`.
    public mutating func linked(_ newcomer: NodeID, to helper: NodeID) {
        counts.connected += close(newcomer) { $0.helper == helper }
    }

    /// - Returns: the helper, if `newcomer` did not get its link to it.
    public mutating func patienceOver(_ number: Number, of newcomer: NodeID) -> NodeID? {
        let helper = open[newcomer]?.first { $0.number == number }?.helper
        counts.failed += close(newcomer) { $0.number == number }
        return helper
    }

    private mutating func close(_ newcomer: NodeID, where isOver: (Open) -> Bool) -> Int {
        guard var undecided = open[newcomer] else { return 0 }
        let before = undecided.count
        undecided.removeAll(where: isOver)
        open[newcomer] = undecided.isEmpty ? nil : undecided
        let closed = before - undecided.count
        counts.undecided -= closed
        return closed
    }
}
