import BootstrapCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// A desk between peers that ask, repeat themselves and vanish, beside a plain list of who waits for whom.
private struct IceModel {
    struct Wait: Equatable {
        var requester: NodeID
        var target: NodeID
        var isRestart: Bool
        /// The serial of the session, which every new wait has to itself.
        var sessionID: String
        var renewed: Instant
        var began: Instant

        var end: Instant { min(renewed + .seconds(10), began + .seconds(20)) }
        func isOf(_ one: NodeID, _ other: NodeID, _ isRestart: Bool) -> Bool {
            self.isRestart == isRestart && Set([requester, target]) == [one, other]
        }
    }

    /// What the peers were told at the end of a wait.
    enum Ending { case go, timeout, partnerLeft, refused }

    var desk: IceDesk
    var chance: SeededGenerator
    var now = Moment(instant: .zero, unixMilliseconds: 0)
    var waits: [Wait] = []
    var endings: [Ending] = []
    var serial = 0

    init(seed: UInt64) {
        var limits = IceLimits()
        limits.waitsPerPeer = 4
        limits.waits = 12
        desk = IceDesk(limits: limits)
        chance = SeededGenerator(seed: seed)
    }

    private mutating func someNode() -> NodeID { NodeID(integerLiteral: UInt32.random(in: 1...8, using: &chance)) }

    mutating func step() {
        switch Int.random(in: 0..<16, using: &chance) {
        case 0..<11: ask()
        case 11: leave(someNode())
        default: pass(.milliseconds(Int.random(in: 0...3_000, using: &chance)))
        }
        #expect(desk.count == waits.count)
        #expect(desk.count <= 12)
        #expect(desk.memberCount == Set(waits.flatMap { [$0.requester, $0.target] }).count)
        for peer in Set(waits.map(\.requester)) { #expect(waits.count { $0.requester == peer } <= 4) }
        #expect(desk.nextDeadline() == waits.map(\.end).min())
    }

    private mutating func ask() {
        let (requester, target) = (someNode(), someNode())
        let isRestart = Int.random(in: 0..<3, using: &chance) == 0
        let isTargetHere = Int.random(in: 0..<12, using: &chance) != 0
        serial += 1
        let session = "\(serial)"
        let request =
            isRestart
            ? IceRequest(IceRestartCoordinate(target: .node(target), sessionID: session))
            : IceRequest(IceCoordinate(target: .node(target), sessionID: session))
        let told = desk.coordinate(request, from: requester, isTargetHere: isTargetHere, at: now)
        guard requester != target else {
            #expect(told.map(\.recipient) == [requester])
            return
        }
        let place = waits.firstIndex { $0.isOf(requester, target, isRestart) }
        if let place, waits[place].requester == target, isTargetHere {
            let wait = waits.remove(at: place)
            endings.append(.go)
            #expect(told.map(\.recipient) == [target, requester])
            let instant = now.unixMilliseconds + 100
            #expect(told.map(Self.go) == [requester, target].map { "\(wait.sessionID) \($0) \(instant)" })
            return
        }
        let earlier = place.flatMap { waits[$0].requester == requester ? waits.remove(at: $0) : nil }
        #expect(told.map(\.recipient) == [requester], "whoever did not ask hears nothing")
        switch told.first?.message {
        case .iceCoordinatePending(let pending): #expect(pending.sessionID == earlier?.sessionID ?? session)
        case .iceRestartPending(let pending): #expect(pending.sessionID == earlier?.sessionID ?? session)
        case .iceCoordinateError, .iceRestartError:
            if earlier != nil { endings.append(.refused) }
            let isFull = waits.count == 12 || waits.count { $0.requester == requester } == 4
            #expect(!isTargetHere || isFull)
            return
        default: Issue.record("no answer")
        }
        waits.append(
            Wait(
                requester: requester,
                target: target,
                isRestart: isRestart,
                sessionID: earlier?.sessionID ?? session,
                renewed: now.instant,
                began: earlier?.began ?? now.instant
            )
        )
    }

    private static func go(_ delivery: IceDelivery) -> String {
        switch delivery.message {
        case .iceStart(let start): "\(start.sessionID) \(start.peer) \(start.timestamp)"
        case .iceRestartGo(let go): "\(go.sessionID) \(go.peer) \(go.timestamp)"
        default: "neither"
        }
    }

    private mutating func leave(_ peer: NodeID) {
        let lost = waits.filter { $0.target == peer }
        waits.removeAll { $0.target == peer || $0.requester == peer }
        let told = desk.left(peer).map { delivery in
            switch delivery.message {
            case .iceCoordinateError(let error) where error.peer == .node(peer):
                "\(delivery.recipient) \(error.sessionID ?? "")"
            case .iceRestartError(let error) where error.peer == .node(peer):
                "\(delivery.recipient) \(error.sessionID ?? "")"
            default: "no error"
            }
        }
        #expect(told.sorted() == lost.map { "\($0.requester) \($0.sessionID)" }.sorted())
        endings += lost.map { _ in .partnerLeft }
    }

    private mutating func pass(_ duration: Duration) {
        now.instant = now.instant + duration
        now.unixMilliseconds += duration.wholeMilliseconds
        let over = waits.filter { $0.end <= now.instant }
        waits.removeAll(where: over.contains)
        let told = desk.tick(at: now).map { delivery in
            switch delivery.message {
            case .iceCoordinateTimeout(let timeout): "\(delivery.recipient) \(timeout.sessionID)"
            case .iceRestartTimeout(let timeout): "\(delivery.recipient) \(timeout.sessionID)"
            default: "no timeout"
            }
        }
        #expect(told.sorted() == over.map { "\($0.requester) \($0.sessionID)" }.sorted())
        endings += over.map { _ in .timeout }
    }
}

@Suite struct IcePropertyTests {
    /// Each wait ends once, within 20 s; nobody hears of a pair that he is not in; no more wait than there is room for.
    @Test(arguments: SeededGenerator.seeds(8)) func deskDoesWhatAPlainListWouldDo(seed: UInt64) {
        print("ice seed \(seed)")
        var model = IceModel(seed: seed)
        for _ in 0..<3_000 { model.step() }
        for ending in [IceModel.Ending.go, .timeout, .partnerLeft, .refused] {
            #expect(model.endings.contains(ending), "the run must reach \(ending)")
        }
        let counters = model.desk.counters
        #expect(counters.started + counters.restarted == model.endings.count { $0 == .go })
        #expect(counters.timedOut == model.endings.count { $0 == .timeout })
        #expect(counters.partnersLost == model.endings.count { $0 == .partnerLeft })
    }
}
