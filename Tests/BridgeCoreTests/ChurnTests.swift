import BridgeCore
import DHTTestKit
import Kademlia
import MembershipTokens
import Testing
import Timekeeping
import WireMessages

/// A swarm around one bridge on virtual time: peers come, answer pings after their own round trip, and leave, with a word or
/// without.
private struct ChurningSwarm {
    var harness = BridgeHarness(queueCapacity: 100, maximumConnections: 2_000, maximumPeers: 1_000, targetPeers: 0)
    var chance: SeededGenerator
    let link: ConnectionID
    private var sockets: [ConnectionID: NodeID] = [:]
    private var alive: [(id: NodeID, socket: ConnectionID)] = []
    private var goneSince: [NodeID: Instant] = [:]
    private var pongs: [(due: Instant, socket: ConnectionID, request: WireRequestID?)] = []
    private var lastID: UInt32 = 0x1000
    private(set) var named = 0
    /// How long the most outdated helper had been gone when it was named.
    private(set) var worst = Duration.zero
    private(set) var refused = 0

    init(peers: Int, seed: UInt64) {
        chance = SeededGenerator(seed: seed)
        link = harness.link()
        for _ in 0..<peers { come() }
    }

    mutating func come() {
        lastID += 1
        let id = NodeID(high: chance.next(), middle: UInt64(lastID), low: lastID)
        let socket = harness.peer(id)
        sockets[socket] = id
        alive.append((id, socket))
    }

    mutating func leave(silently: Bool) {
        let place = Int.random(in: alive.indices, using: &chance)
        let gone = alive.remove(at: place)
        goneSince[gone.id] = harness.now.instant
        if !silently { harness.close(gone.socket) }
    }

    mutating func join() {
        lastID += 1
        let newcomer = NodeID(high: chance.next(), middle: UInt64(lastID), low: lastID)
        let actions = harness.onboard(newcomer, on: link)
        refused += actions.compactMap(\.refusal).count
        for answer in actions.compactMap(\.answer) {
            named += 1
            guard let since = answer.token.authorizedBy.flatMap({ goneSince[$0] }) else { continue }
            worst = max(worst, harness.now.instant - since)
        }
    }

    /// Moves time by 100 ms; whoever is alive answers what it was asked.
    mutating func tick() {
        for action in harness.advance(by: .milliseconds(100)) {
            guard case .sendToPeer(let socket, .ping(let ping)) = action, let id = sockets[socket],
                goneSince[id] == nil
            else { continue }
            let roundTrip = Duration.milliseconds(Int.random(in: 5...400, using: &chance))
            pongs.append((harness.now.instant + roundTrip, socket, ping.requestID))
        }
        let due = pongs.filter { $0.due <= harness.now.instant }
        pongs.removeAll { $0.due <= harness.now.instant }
        for pong in due where sockets[pong.socket].flatMap({ goneSince[$0] }) == nil {
            _ = harness.say(.pong(DHTPong(requestID: pong.request ?? "p")), on: pong.socket)
        }
    }
}

@Suite struct ChurnTests {
    @Test(arguments: SeededGenerator.seeds(2)) func helperThatIsGoneIsNotNamedForLong(seed: UInt64) {
        print("churn seed \(seed)")
        var swarm = ChurningSwarm(peers: 300, seed: seed)
        for _ in 0..<50 { swarm.tick() }
        // 10 % a minute are 30 of 300: one every two seconds, a third of them without a word.
        for step in 0..<1_200 {
            swarm.tick()
            if step % 20 == 0 {
                swarm.leave(silently: step % 60 == 0)
                swarm.come()
            }
            if step % 2 == 0 { swarm.join() }
        }
        #expect(swarm.named == 600)
        #expect(swarm.refused == 0)
        #expect(swarm.worst <= .seconds(5))
    }
}
