import Histogram
import Kademlia
import PeerCore
import Telemetry
import Timekeeping

/// What happened so far, counted.
struct SwarmMetrics: Sendable {
    /// Failures listed by name. One cause usually fails many joins, and a report should fit a screen.
    static let listedFailures = 20

    var introductions = IntroductionLedger()
    private var counts = SwarmSnapshot()
    /// Microseconds.
    private var answers = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    private var links = Histogram<UInt64>(numberOfSignificantValueDigits: .three)

    mutating func joinStarted() { counts.joins.attempted += 1 }
    mutating func messageSent() { counts.messagesSent += 1 }
    mutating func messageReceived() { counts.messagesReceived += 1 }
    mutating func connectedPeersChanged(by difference: Int) { counts.connectedPeers += difference }

    mutating func joinAbandoned() { counts.joins.abandoned += 1 }
    mutating func newcomerCame() { counts.churn.came += 1 }

    mutating func left(_ departure: Departure) {
        counts.churn.left += 1
        switch departure {
        case .stopped, .goingAway: counts.churn.orderly += 1
        case .abrupt: counts.churn.abrupt += 1
        case .silent: counts.churn.silent += 1
        }
    }

    /// - Returns: how many joins have ended.
    mutating func report(_ report: JoinReport, of peer: NodeID) -> Int {
        switch report {
        case .asked, .introduced:
            break
        case .answered(_, let latency):
            _ = answers.record(Self.microseconds(latency))
        case .genesis:
            counts.genesis = peer.description
            counts.joins.succeeded += 1
        case .joined(_, let latency):
            _ = links.record(Self.microseconds(latency))
            counts.joins.succeeded += 1
            if counts.joins.firstAfterSeconds == nil {
                counts.joins.firstAfterSeconds = ProcessResources.age().map { $0 / .seconds(1) }
            }
        case .failed(let failure):
            counts.joins.failed += 1
            if counts.failures.count < Self.listedFailures {
                counts.failures.append(.init(peer: peer.description, reason: failure.description))
            }
        }
        return counts.joins.succeeded + counts.joins.failed
    }

    var snapshot: SwarmSnapshot {
        var snapshot = counts
        snapshot.introductions = .init(introductions.counts)
        snapshot.joins.p50Ms = Self.milliseconds(answers, 50)
        snapshot.joins.p99Ms = Self.milliseconds(answers, 99)
        snapshot.joins.linkP50Ms = Self.milliseconds(links, 50)
        snapshot.joins.linkP99Ms = Self.milliseconds(links, 99)
        return snapshot
    }

    private static func microseconds(_ duration: Duration) -> UInt64 {
        UInt64(max(duration.wholeNanoseconds, 0) / 1000)
    }

    private static func milliseconds(_ histogram: Histogram<UInt64>, _ percentile: Double) -> Double? {
        guard histogram.totalCount > 0 else { return nil }
        return Double(histogram.valueAtPercentile(percentile)) / 1000
    }
}
