import DHTTestKit
import HeapModule
import LinkCore
import Timekeeping

/// The faults stop: what must come right by itself?
extension Simulation {
    mutating func settle() {
        calm()
        // A dial that nobody answers, an authentication, the silence of a link that seems well, the longest wait, in a row.
        let configuration = scenario.configuration
        let recovery =
            configuration.connectTimeout + configuration.authenticationTimeout + configuration.pingInterval
            + configuration.pingTimeout + configuration.backoffCap * (1 + configuration.backoffJitter) + .seconds(5)
        let end = now + recovery + scenario.lateness * 4
        while checker.violation == nil, now < end, !isWell {
            let mark = min(end, now + Self.glance)
            while checker.violation == nil, step(until: mark) {}
        }
        guard checker.violation == nil else { return }
        if !isStopped {
            tell("all should be well", 50)
            checkResidue()
            if checker.drainEnd == nil {
                checkRecovery()
                guard checker.violation == nil else { return }
                checkRotation()
                // What a bridge leaves unanswered goes to another, or to its end.
                let end = now + configuration.requestDeadline
                while checker.violation == nil, step(until: end) {}
            }
            checkResidue()
            guard checker.violation == nil else { return }
            stop()
        }
        let left = (requests: checker.openCount, links: checker.links.count)
        checker.require(left == (0, 0), .noResidue, "left after the stop: \(left)")
        checker.require(pool.nextDeadline() == nil, .noResidue, "a timer is armed after the stop")
    }

    private mutating func calm() {
        tell("calm", 51)
        isCalm = true
        checker.isCalm = true
        heap = Heap(
            heap.unordered.filter { entry in
                if case .planned = entry.event { false } else { true }
            }
        )
        for index in bridges.indices {
            bridges[index].refusesSecretUntil = .zero
            bridges[index].wedgedUntil = .zero
            cameUp(index)
        }
        for link in connections.keys.sorted(by: { $0.value < $1.value }) {
            schedule(.writable(link), at: now + .milliseconds(10))
        }
    }

    private mutating func checkResidue() {
        let reports = pool.reports(at: now)
        checker.require(pool.pendingCount == 0, .noResidue, "\(pool.pendingCount) requests are left")
        checker.require(pool.waitingCount == 0, .noResidue, "\(pool.waitingCount) wait")
        let inFlight = reports.reduce(0) { $0 + $1.inFlight }
        checker.require(inFlight == 0, .noResidue, "\(inFlight) in flight")
    }

    /// How often it is looked whether all is well already.
    private static let glance = Duration.seconds(5)

    private var isWell: Bool {
        checker.openCount == 0 && checker.drainEnd == nil && !connections.values.contains(where: \.isSilent)
            && missingBridges.isEmpty
    }

    private mutating func checkRecovery() {
        let missing = missingBridges
        checker.require(missing.isEmpty, .recovery, "up and not ready: " + missing.joined(separator: ", "))
    }

    /// Bridges and addresses that should have come right and have not.
    private var missingBridges: [String] {
        // An address is not dialled while the bridge that was found there last is linked in another way, so nobody sees that
        // another bridge has moved in.
        let reports = pool.reports(at: now)
        let parked = reports.filter { report in
            let resident = scenario.sites.firstIndex { $0.address == report.address }.flatMap { residents[$0] }
            return report.status == .connected && report.bridge != resident.map { bridges[$0].script.node }
        }
        .compactMap(\.address)
        let ready = pool.readyBridges(at: now).map(\.bridge)
        var missing = bridges.indices
            .filter { isExpected($0, except: parked) && !ready.contains(bridges[$0].script.node) }
            .map { name(of: $0) }
        for report in reports where report.status != .connected {
            guard let address = report.address, let site = scenario.sites.firstIndex(where: { $0.address == address }),
                residents[site] != nil
            else { continue }
            missing.append("\(address), which is \(report.status)")
        }
        return missing
    }

    /// Whether the pool has a way to this bridge on which it answers.
    func isExpected(_ index: Int, except parked: [String]) -> Bool {
        let script = bridges[index].script
        let sites = residents.indices
            .filter { residents[$0] == index && !parked.contains(scenario.sites[$0].address) }
            .compactMap { modes[$0] }
        switch script.era {
        case .native: return script.dialsIn || !sites.isEmpty
        case .stateless: return !sites.isEmpty
        // Without a link of its own it answers nothing, and the pool may have found that out.
        case .current: return script.dialsIn || sites.contains(.stateless)
        }
    }

    private mutating func checkRotation() {
        let count = pool.reports(at: now).count
        let before = pool.reports(at: now).filter { $0.rotation == .active }
        let answering = bridges.indices.filter { isExpected($0, except: []) }.map { bridges[$0].script.node }
        guard !before.isEmpty, before.allSatisfy({ $0.bridge.map(answering.contains) ?? false }) else { return }
        // Once in a while over the whole distance, else for as long as it takes to see a turn left out.
        var chance = draw(.round, 0)
        let rounds = chance.oneIn(64) ? 300 : 3 * before.count + 1
        for _ in 0..<rounds {
            tell("join in calm", 52)
            join(salt: chance.next())
            let end = now + .milliseconds(5)
            while checker.violation == nil, step(until: end) {}
            if checker.violation != nil { return }
        }
        let after = pool.reports(at: now).filter { $0.rotation == .active }
        // Nor may two have turned out to be one, whose counts are added.
        guard before.map(\.id) == after.map(\.id), pool.reports(at: now).count == count else { return }
        let shares = zip(before, after).map { $1.requests - $0.requests }
        let spread = (shares.max() ?? 0) - (shares.min() ?? 0)
        checker.require(spread <= 1, .roundRobin, "\(rounds) joins went \(shares)")
    }
}
