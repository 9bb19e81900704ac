public import Kademlia
import LinkCore
public import Observation
import Timekeeping
public import WireMessages

/// The way of one question through the pool, whether it was answered, failed or was cancelled.
public struct JoinPassage: Sendable {
    public var newcomer: NodeID
    /// What the newcomer is told of it; the request id in it is the one that its bridges were told.
    public var receipt: JoinReceipt
    /// From its acceptance to its end.
    public var total: Duration
    /// What happened with each bridge; the first step says that it was asked.
    public var steps: [JoinTimeline.Step]
    /// Steps for which there was no room.
    public var stepsDropped: Int

    public init(
        newcomer: NodeID,
        receipt: JoinReceipt,
        total: Duration,
        steps: [JoinTimeline.Step],
        stepsDropped: Int = 0
    ) {
        self.newcomer = newcomer
        self.receipt = receipt
        self.total = total
        self.steps = steps
        self.stepsDropped = stepsDropped
    }

    /// - Parameters:
    ///   - bridge: the one whose answer counts, if any.
    ///   - now: when it ended.
    init(
        of id: RequestID,
        for newcomer: NodeID,
        _ receipt: LinkPool.Receipt,
        bridge: NodeID?,
        in machine: LinkPool,
        at now: Instant
    ) {
        self.newcomer = newcomer
        self.receipt = JoinReceipt(
            requestID: id.wireID,
            bridge: bridge,
            attempts: Int64(receipt.attempts),
            queueMs: receipt.queued.wholeMilliseconds,
            totalMs: receipt.total.wholeMilliseconds
        )
        total = receipt.total
        let acceptedAt = now - receipt.total
        steps = []
        // And for what becomes of it: helper named, invited, accepted, connected.
        steps.reserveCapacity(receipt.trail.marks.count + 5)
        steps.append(JoinTimeline.Step(afterMicroseconds: 0, event: .asked))
        for mark in receipt.trail.marks {
            steps.append(
                JoinTimeline.Step(
                    afterMicroseconds: (mark.at - acceptedAt).wholeNanoseconds / 1_000,
                    event: JoinTimeline.Event(mark.event),
                    bridge: mark.endpoint.flatMap { machine.name(of: $0) }
                )
            )
        }
        stepsDropped = receipt.trail.dropped
    }
}

extension JoinTimeline.Event {
    fileprivate init(_ event: RequestTrail.Mark.Event) {
        switch event {
        case .queued: self = .queued
        case .sent: self = .sent
        case .busy: self = .busy
        case .refused: self = .refused
        case .timedOut: self = .timedOut
        case .linkLost: self = .linkLost
        case .unusable: self = .unusable
        }
    }
}
