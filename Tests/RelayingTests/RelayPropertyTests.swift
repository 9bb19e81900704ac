import DHTTestKit
import Kademlia
import Relaying
import Testing
import Timekeeping
import WireMessages

/// A relay desk beside the plainest thing that does the same: a list of who talks with whom.
private struct RelayModel {
    struct Session: Equatable {
        var id: String
        var requester: NodeID
        var target: NodeID
        var lastActivity: Instant

        func has(_ id: NodeID) -> Bool { requester == id || target == id }
        func partner(of id: NodeID) -> NodeID { requester == id ? target : requester }
    }

    var desk = RelayDesk(relay: .node(0xb0), limits: RelayLimits(capacity: 12))
    var chance: SeededGenerator
    var now = Moment(instant: .zero, unixMilliseconds: 0)
    var sessions: [Session] = []
    var refusals: Set<String> = []

    init(seed: UInt64) {
        chance = SeededGenerator(seed: seed)
    }

    private mutating func someNode() -> NodeID { NodeID(integerLiteral: UInt32.random(in: 1...6, using: &chance)) }
    private mutating func someID() -> String { "s\(Int.random(in: 0..<20, using: &chance))" }

    private func place(_ id: String, of member: NodeID) -> Int? {
        sessions.firstIndex { $0.id == id && $0.has(member) }
    }

    mutating func step() {
        let peer = someNode()
        let id = someID()
        switch Int.random(in: 0..<20, using: &chance) {
        case 0..<8: open(id, by: peer, to: someNode())
        case 8..<14: forward(id, from: peer, to: Bool.random(using: &chance) ? someNode() : nil)
        case 14: ping(id, from: peer)
        case 15: close(id, from: peer)
        case 16 where Int.random(in: 0..<4, using: &chance) == 0:
            let told = sessions.filter { $0.has(peer) }.sorted { $0.id < $1.id }
            sessions.removeAll { $0.has(peer) }
            #expect(desk.disconnected(peer, at: now).map(\.recipient) == told.map { $0.partner(of: peer) })
        default:
            now.instant = now.instant + .seconds(Int.random(in: 0...20, using: &chance))
            let over = sessions.filter { $0.lastActivity + .seconds(300) <= now.instant }
            sessions.removeAll(where: over.contains)
            let told = desk.expire(at: now)
            #expect(told.map(\.recipient).sorted() == over.flatMap { [$0.requester, $0.target] }.sorted())
        }
        #expect(desk.count == sessions.count)
        #expect(desk.memberCount == Set(sessions.flatMap { [$0.requester, $0.target] }).count)
        // Never late, and never in the past once it was looked at.
        let first = sessions.map { $0.lastActivity + .seconds(300) }.min()
        let next = desk.nextDeadline()
        #expect((next == nil) == (first == nil))
        if let next, let first { #expect(next <= first) }
    }

    private mutating func open(_ id: String, by peer: NodeID, to target: NodeID) {
        let request = RelayRequest(targetPeerID: .node(target), sessionID: id)
        let delivery = desk.open(request, by: peer, to: .connected, at: now)
        #expect(delivery.recipient == peer)
        guard case .ack(let ack) = delivery.message else {
            Issue.record("no relay_ack")
            return
        }
        let expected: String?
        if peer == target {
            expected = "unauthorized"
        } else if let open = sessions.firstIndex(where: { $0.id == id }) {
            expected = sessions[open].has(peer) && sessions[open].has(target) ? nil : "invalid_session"
            if expected == nil { sessions[open].lastActivity = now.instant }
        } else if sessions.count == 12 || sessions.count(where: { $0.requester == peer }) == 8 {
            expected = "capacity_reached"
        } else {
            expected = nil
            sessions.append(Session(id: id, requester: peer, target: target, lastActivity: now.instant))
        }
        #expect(ack.error == expected)
        if let expected { refusals.insert(expected) }
    }

    private mutating func forward(_ id: String, from peer: NodeID, to target: NodeID?) {
        let message = RelayForward(sessionID: id, to: target.map { .node($0) }, payload: "1")
        let delivery = desk.forward(message, from: peer, at: now)
        guard let place = place(id, of: peer) else {
            #expect(delivery?.recipient == peer)
            guard case .close = delivery?.message else {
                Issue.record("a stranger was heard")
                return
            }
            return
        }
        let partner = sessions[place].partner(of: peer)
        guard target == nil || target == partner else {
            #expect(delivery == nil)
            return
        }
        sessions[place].lastActivity = now.instant
        #expect(delivery?.recipient == partner)
        guard case .forward(let forwarded) = delivery?.message else {
            Issue.record("not forwarded")
            return
        }
        #expect(forwarded.from == .node(peer))
        #expect(forwarded.to == nil)
    }

    private mutating func ping(_ id: String, from peer: NodeID) {
        #expect(desk.ping(RelayPing(sessionID: id), from: peer, at: now)?.recipient == peer)
        if let place = place(id, of: peer) { sessions[place].lastActivity = now.instant }
    }

    private mutating func close(_ id: String, from peer: NodeID) {
        let delivery = desk.close(RelayClose(sessionID: id), from: peer, at: now)
        guard let place = place(id, of: peer) else {
            #expect(delivery == nil)
            return
        }
        #expect(delivery?.recipient == sessions.remove(at: place).partner(of: peer))
    }
}

@Suite struct RelayPropertyTests {
    @Test(arguments: SeededGenerator.seeds(8)) func relayDoesWhatAPlainListWouldDo(seed: UInt64) {
        print("relay seed \(seed)")
        var model = RelayModel(seed: seed)
        for _ in 0..<3_000 { model.step() }
        #expect(model.refusals == ["unauthorized", "invalid_session", "capacity_reached"], "the run must reach them")
        #expect(model.desk.counters.forwarded > 50)
        #expect(model.desk.counters.expired > 3)
        #expect(model.desk.counters.opened > 100)
    }
}
