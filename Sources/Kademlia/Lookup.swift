public import Timekeeping

/// Finds the nodes nearest to an id by asking nearer and nearer ones (Kademlia paper 2.3; protocol.md 1.2 and 5.1).
///
/// The caller owns links and clock: it calls ``next(at:)`` until it gets no more `ask`, sends the questions, reports
/// what became of each, and calls `next` again. A node goes through these states:
///
///                    skipped()
///     heard --ask--> waiting -------> skipped
///                     |   |  failed()
///                     |   +---------> failed
///                     |                  ^
///            timeout  v    failed()      |
///                    late ---------------+
///                     |
///     answered() from waiting or late:   answered
///
/// The lookup ends when the `resultSize` nearest nodes that were not given up (failed, late or skipped) have answered,
/// or at a limit. What strangers can make it do and keep is bounded: of an answer it takes `resultSize` nodes, it asks
/// at most `maximumQueries`, and remembers only the nearest of those it did not ask. Nodes that were asked are never
/// forgotten for nearer ones, so a liar who invents a dead crowd next to the target hides nobody who answered. A live
/// crowd next to it is nearest by definition: against that only shares help (``NetworkGroup``).
public struct Lookup: Sendable {
    public struct Limits: Sendable, Hashable {
        /// Questions on their way at once.
        public var parallelism: Int
        /// Nodes wanted, and nodes taken of one answer.
        public var resultSize: Int
        /// Nodes asked in all. Those that were skipped do not count.
        public var maximumQueries: Int
        /// Nodes remembered without having been asked.
        public var candidates: Int
        /// How long one answer is waited for.
        public var queryTimeout: Duration
        /// How long the lookup may take, from the first call of ``Lookup/next(at:)``.
        public var deadline: Duration

        public init(
            parallelism: Int = KademliaDefaults.lookupParallelism,
            resultSize: Int = KademliaDefaults.bucketSize,
            maximumQueries: Int = KademliaDefaults.queriesPerLookup,
            candidates: Int = KademliaDefaults.candidatesPerLookup,
            queryTimeout: Duration = KademliaDefaults.queryTimeout,
            deadline: Duration = KademliaDefaults.lookupDeadline
        ) {
            self.parallelism = parallelism
            self.resultSize = resultSize
            self.maximumQueries = maximumQueries
            self.candidates = candidates
            self.queryTimeout = queryTimeout
            self.deadline = deadline
        }

        /// ``KademliaDefaults`` throughout.
        public static let standard = Limits()
    }

    /// What the caller does now.
    public enum Next: Equatable, Sendable {
        /// Send this node `find_node` for the target and report with `answered`, `failed` or `skipped`; then call
        /// `next` again. Nobody is asked twice, except that one who was skipped may be named again.
        case ask(NodeID)
        /// Call `next` again when something was reported, and at this instant at the latest. It lies in the future.
        case wait(until: Instant)
        /// The lookup is over, and reports change nothing any more: read ``Lookup/closest`` and ``Lookup/heardOf``.
        case finished
    }

    public let target: NodeID
    /// Whether the lookup is over.
    public private(set) var isFinished = false
    /// How many nodes were asked.
    public private(set) var queries = 0

    private let localID: NodeID
    private let limits: Limits
    private var candidates: Candidates
    /// Set by the first call of `next`.
    private var deadline: Instant?

    /// - Parameter seeds: whom to begin with, usually the nearest of the own routing table. The lookup never asks or
    ///   names `localID`.
    public init(
        target: NodeID,
        localID: NodeID,
        seeds: some Sequence<NodeID>,
        limits: Limits = .standard
    ) {
        self.target = target
        self.localID = localID
        self.limits = limits
        self.candidates = Candidates(target: target)
        for id in seeds where id != localID { candidates.insert(id) }
        candidates.trim(to: limits.candidates)
    }

    /// Whom to ask next, or how long to wait.
    public mutating func next(at now: Instant) -> Next {
        guard !isFinished else { return .finished }
        let deadline = self.deadline ?? now + limits.deadline
        self.deadline = deadline
        guard now < deadline else { return finish() }

        candidates.expire(at: now)
        let view = candidates.view(of: limits.resultSize)
        let mayAskMore = queries < limits.maximumQueries
        if let index = view.nearestHeard, mayAskMore {
            guard view.inFlight < limits.parallelism else {
                return .wait(until: min(deadline, view.nextExpiry ?? deadline))
            }
            queries += 1
            return .ask(candidates.ask(at: index, until: now + limits.queryTimeout))
        }
        // Those still waited for may name nearer nodes only if they are among the nearest themselves.
        guard view.isWaiting, let expiry = view.nextExpiry else { return finish() }
        return .wait(until: min(deadline, expiry))
    }

    private mutating func finish() -> Next {
        isFinished = true
        return .finished
    }

    /// A node answered. Its answer counts if it was asked and the lookup is not over, even after its time was up: it
    /// did answer, and what it names is as good as before. Anything else changes nothing: who was not asked, failed, or
    /// answered already has no say.
    /// - Parameter nodes: the ids it named, of which the first `resultSize` are taken.
    public mutating func answered(by id: NodeID, with nodes: some Sequence<NodeID>, at now: Instant) {
        guard !isFinished, let deadline, now < deadline, candidates.answered(id) else { return }
        for node in nodes.prefix(limits.resultSize) where node != localID { candidates.insert(node) }
        candidates.trim(to: limits.candidates)
    }

    /// A node that was asked cannot be reached, or its link closed: it is given up. Changes nothing for any other.
    public mutating func failed(_ id: NodeID) {
        guard !isFinished else { return }
        candidates.failed(id)
    }

    /// There is no link to the node that `next` named, and none was made: nothing was sent. It does not count as asked,
    /// and stays among ``heardOf``. Changes nothing for any other.
    public mutating func skipped(_ id: NodeID) {
        guard !isFinished, candidates.skipped(id) else { return }
        queries -= 1
        candidates.trim(to: limits.candidates)
    }

    /// Who answered, nearest first, at most `resultSize`.
    public var closest: [NodeID] {
        Array(candidates.answered.prefix(limits.resultSize))
    }

    /// Who was only heard of, nearest first: not asked, or without a link. Hearsay: they may not exist.
    public var heardOf: [NodeID] {
        candidates.unasked
    }
}
