import LinkCore
import Timekeeping

/// How often each rarity was met.
package struct RarityCounts: Sendable, Equatable {
    private var counts = [Int](repeating: 0, count: Rarity.allCases.count)
    private static let places = Dictionary(
        uniqueKeysWithValues: Rarity.allCases.enumerated().map { ($1, $0) }
    )

    package init() {}

    package subscript(rarity: Rarity) -> Int {
        Self.places[rarity].map { counts[$0] } ?? 0
    }

    package mutating func add(_ rarity: Rarity, _ count: Int = 1) {
        if let place = Self.places[rarity] { counts[place] += count }
    }

    package mutating func add(_ other: RarityCounts) {
        for place in counts.indices { counts[place] += other.counts[place] }
    }

    /// What was never met.
    package var missing: [Rarity] { Rarity.allCases.filter { self[$0] == 0 } }
}

extension Simulation {
    /// What is remembered from event to event to see rarities.
    struct Watch: Sendable {
        var counters = PoolCounters()
        var suspects: [EndpointID] = []
        var aliases: [EndpointID] = []
        var unlisted: [EndpointID] = []
        var wasUp = false
        var wasDown = false
        var closedSilent = false
        var sawRemoval = false
        var submitted: RequestID?
    }

    mutating func observe(_ reports: [EndpointReport]) {
        let counters = pool.counters
        let before = watch.counters
        rarities.add(.lateAnswerDropped, counters.lateAnswers - before.lateAnswers)
        rarities.add(.foreignAnswerDropped, counters.foreignAnswers - before.foreignAnswers)
        rarities.add(.queueFull, counters.turnedAway - before.turnedAway)
        rarities.add(.budgetExhausted, counters.retriesDenied - before.retriesDenied)
        rarities.add(.hedgeWon, counters.hedgesWon - before.hedgesWon)
        watch.counters = counters

        var suspects: [EndpointID] = []
        var aliases: [EndpointID] = []
        var unlisted: [EndpointID] = []
        var isUp = false
        for report in reports {
            if report.rotation == .active { isUp = true }
            if report.rotation == .full { rarities.add(.windowFull) }
            if report.rotation == .suspect {
                suspects.append(report.id)
            } else if watch.suspects.contains(report.id) {
                switch report.rotation {
                case .active, .busy, .full: rarities.add(.suspectCleared)
                case .none, .unanswering, .retiring, .ejected, .suspect:
                    if watch.closedSilent { rarities.add(.suspectClosed) }
                }
            }
            if report.aliasOf != nil {
                aliases.append(report.id)
                if !watch.aliases.contains(report.id) { rarities.add(.aliasParked) }
            } else if watch.aliases.contains(report.id), report.nextAttempt != nil || report.status == .connecting {
                rarities.add(.aliasReleased)
            }
            if report.address == nil { unlisted.append(report.id) }
        }
        if !watch.sawRemoval, watch.unlisted.contains(where: { id in !reports.contains { $0.id == id } }) {
            rarities.add(.dialInFolded)
        }
        if isUp, watch.wasDown { rarities.add(.allDownThenUp) }
        if isUp { watch.wasUp = true }
        watch.wasDown = watch.wasUp && !isUp
        watch.suspects = suspects
        watch.aliases = aliases
        watch.unlisted = unlisted
        watch.closedSilent = false
        watch.sawRemoval = false
        watch.submitted = nil
    }
}
