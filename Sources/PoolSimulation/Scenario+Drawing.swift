import DHTTestKit
import LinkCore
import Timekeeping

extension Scenario {
    /// Draws what the seed stands for.
    ///
    /// - Parameter events: how many events the simulation will run; the plan is made long enough to keep it busy.
    package init(seed: UInt64, events: Int) {
        var chance = SeededGenerator(seed: seed)
        self.seed = seed
        configuration = Self.configuration(using: &chance)
        lateness = chance.oneIn(5) ? .milliseconds(Int.random(in: 10...5_000, using: &chance)) : .zero
        bridges = []
        sites = []
        for index in 0..<Int.random(in: 1...5, using: &chance) {
            let bridge = ScriptedBridge(index: index, using: &chance)
            bridges.append(bridge)
            let addresses = bridge.dialsIn && chance.oneIn(4) ? 0 : chance.oneIn(5) ? 2 : 1
            for _ in 0..<addresses {
                sites.append(Site(address: "ws://site-\(sites.count)", bridge: index, mode: Self.mode(using: &chance)))
            }
        }
        if chance.oneIn(8) { sites.append(Site(address: "ws://site-\(sites.count)", bridge: nil, mode: .persistent)) }
        // A spare address that only a reload brings in.
        for index in sites.indices where index > 0 && chance.oneIn(6) { sites[index].mode = nil }
        plan = Self.plan(events: events, using: &chance)
    }

    static func mode(using chance: inout SeededGenerator) -> LinkMode {
        chance.oneIn(6) ? .stateless : .persistent
    }

    private static func configuration(using chance: inout SeededGenerator) -> LinkPool.Configuration {
        var configuration = LinkPool.Configuration()
        configuration.hedges = chance.oneIn(3)
        if chance.oneIn(3) { configuration.maxWaiting = 20 }
        if chance.oneIn(2) { configuration.maxInFlightPerLink = Int.random(in: 1...8, using: &chance) }
        if chance.oneIn(5) { configuration.retriesPerSecond = 0 }
        if chance.oneIn(3) { configuration.ejectionThreshold = 2 }
        if chance.oneIn(6) { configuration.maxMoves = Int.random(in: 0...1, using: &chance) }
        return configuration
    }

    /// How often things happen, relative to each other; joins come on top.
    private static let weights: [(PlannedEvent.Kind, Int)] = [
        (.cancel, 8), (.loseLink, 8), (.silenceLink, 4), (.stallWriting, 4), (.crash, 5), (.crashAll, 1), (.replace, 2),
        (.dialIn, 3), (.refuseSecret, 2), (.wedge, 3), (.foreignAnswer, 5), (.unknownAnswer, 2), (.staleReport, 3),
        (.errand, 2), (.chatter, 4), (.reload, 5),
    ]

    private static func plan(events: Int, using chance: inout SeededGenerator) -> [PlannedEvent] {
        var plan: [PlannedEvent] = []
        var at = Instant.zero
        // Some seeds live through a few seconds of heavy load, others through an hour of quiet.
        let paces: [Int64] = [2, 20, 100, 400, 1_500, 5_000]
        let pace = paces[Int.random(in: 0..<paces.count, using: &chance)]
        let troubles = Int.random(in: 2...40, using: &chance)
        let total = weights.reduce(0) { $0 + $1.1 }
        while plan.count < events {
            at = at + .microseconds(Int64.random(in: 0...(2_000 * pace), using: &chance))
            if Int.random(in: 0..<100, using: &chance) < troubles {
                var ticket = Int.random(in: 0..<total, using: &chance)
                for (kind, weight) in weights {
                    ticket -= weight
                    if ticket < 0 {
                        plan.append(PlannedEvent(at: at, kind: kind, salt: chance.next()))
                        break
                    }
                }
            } else if chance.oneIn(20) {
                // A burst, most of it from one greedy source.
                var moment = at
                for _ in 0..<Int.random(in: 5...60, using: &chance) {
                    moment = moment + .microseconds(Int64.random(in: 0...1_000, using: &chance))
                    plan.append(PlannedEvent(at: moment, kind: .join, salt: chance.oneIn(4) ? chance.next() : 0))
                }
                at = moment
            } else {
                plan.append(PlannedEvent(at: at, kind: .join, salt: chance.next()))
            }
        }
        if chance.oneIn(6) {
            let position = Int.random(in: plan.count / 4..<plan.count, using: &chance)
            plan.insert(
                PlannedEvent(at: plan[position].at, kind: .drain, salt: chance.next()),
                at: position
            )
        }
        return plan
    }
}

extension ScriptedBridge {
    init(index: Int, using chance: inout SeededGenerator) {
        node = "bridge-\(index)"
        switch Int.random(in: 0..<10, using: &chance) {
        case 0, 1: era = .stateless
        case 2, 3, 4: era = .current
        default: era = .native
        }
        traits = BridgeTraits(era: .native)
        traits.takesDeadline = chance.oneIn(2)
        traits.cancels = chance.oneIn(2)
        traits.reportsLoad = chance.oneIn(2)
        if chance.oneIn(3) { traits.window = Int.random(in: 1...8, using: &chance) }
        // Bridges of the current era all do.
        dialsIn = era == .current ? !chance.oneIn(6) : chance.oneIn(3)
        answersWhereAsked = era == .current && chance.oneIn(4)
        temper = Temper()
        switch Int.random(in: 0..<8, using: &chance) {
        case 0: temper.silent = 60
        case 1: temper.busy = 50
        case 2: temper.unusable = 40
        case 3: temper.refuses = 40
        case 4: temper.dawdles = 50
        default: break
        }
    }
}

extension SeededGenerator {
    /// True once in so many times.
    mutating func oneIn(_ times: UInt64) -> Bool {
        next() % times == 0
    }
}
