public import Kademlia
import Observation
import Timekeeping

/// What is counted of joins for operators. The server's own trial joins are not among them.
extension Bootstrap {
    /// The server is about to ask as this newcomer, to see whether that works.
    public mutating func expectTrial(by newcomer: NodeID) { trialNewcomers.insert(newcomer) }

    public mutating func trialEnded(by newcomer: NodeID) { trialNewcomers.remove(newcomer) }

    mutating func observe(_ path: WritableKeyPath<JoinCounts, Int>, of newcomer: NodeID?) {
        guard let newcomer, !trialNewcomers.contains(newcomer) else { return }
        observed.counts[keyPath: path] += 1
    }

    mutating func observe(_ reason: UnhelpedReason, of newcomer: NodeID?) {
        guard let newcomer, !trialNewcomers.contains(newcomer) else { return }
        observed.unhelped[reason] += 1
    }

    /// A question was answered with somebody to connect to.
    mutating func observeAnswer(_ join: Join, to newcomer: NodeID?, at now: Moment) {
        guard let newcomer, let askedAt = join.askedAt, !trialNewcomers.contains(newcomer) else { return }
        observed.answerTimes.record(microseconds: Int((now.instant - askedAt).wholeNanoseconds / 1_000))
    }
}
