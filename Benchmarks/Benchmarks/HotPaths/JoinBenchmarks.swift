import Benchmark
import BootstrapCore
import DHTTestKit
import Kademlia
import Timekeeping
import WireMessages

func joinBenchmarks() {
    for registered in [100, 50_000] {
        Benchmark("join among \(registered) peers, decisions") { benchmark, kept in
            for _ in benchmark.scaledIterations { blackHole(kept.value.join()) }
        } setup: {
            Kept(JoinDriver(registered: registered))
        }
    }
    Benchmark("join among 100 peers, decisions and messages") { benchmark, kept in
        for _ in benchmark.scaledIterations { blackHole(kept.value.joinByWire()) }
    } setup: {
        Kept(JoinDriver(registered: 100))
    }
}

/// A bootstrap with registered peers, to which one newcomer after the other comes, 10,000 in a second.
struct JoinDriver {
    private var core: Bootstrap
    private var now = Moment(instant: .zero, unixMilliseconds: 1_795_344_180_884)
    private var generator = SeededGenerator(seed: 5)
    private var actions: [Bootstrap.Action] = []
    private var lastConnection: UInt64 = 0

    private static let register = Messages.register.encode()
    private static let question = Messages.question.encode()
    private static let answer = Messages.onboardingResponse.encode()
    private static let origin = ClientOrigin(source: 1, group: NetworkGroup(host: "192.0.2.17"), reach: .everywhere)

    init(registered: Int) {
        var configuration = Bootstrap.Configuration()
        configuration.createNewDHT = true
        configuration.openNetwork = true
        configuration.maxPeers = 100_000
        core = Bootstrap(configuration: configuration, genesis: 1)
        for _ in 0..<registered {
            let connection = open()
            received(.register(Messages.register(.random(using: &generator))), on: connection)
        }
    }

    /// Opened, registered, asked, answered and closed.
    mutating func join() -> Int {
        let id = NodeID.random(using: &generator)
        let connection = open()
        received(.register(Messages.register(id)), on: connection)
        received(.getPeersOrGenesis(Messages.question(id)), on: connection)
        answered(Messages.onboardingAnswer)
        let count = actions.count
        close(connection)
        return count
    }

    /// The same from bytes to bytes: reads what the newcomer and the bridge send, and writes what they are sent.
    mutating func joinByWire() -> Int {
        let id = ClientID.node(.random(using: &generator))
        let connection = open()
        guard case .register(var register)? = try? PeerToBootstrap.decode(Self.register),
            case .getPeersOrGenesis(var question)? = try? PeerToBootstrap.decode(Self.question)
        else { return 0 }
        register.nodeID = id
        question.nodeID = id
        received(.register(register), on: connection)
        var bytes = written()
        received(.getPeersOrGenesis(question), on: connection)
        bytes += written()
        guard case .onboardingPeerResponse(let response)? = try? BridgeToBootstrap.decode(Self.answer),
            case .answer(let answer) = response.data
        else { return 0 }
        answered(answer)
        bytes += written()
        close(connection)
        return bytes
    }

    private mutating func open() -> ConnectionID {
        now.instant = now.instant + .microseconds(100)
        lastConnection += 1
        let connection = ConnectionID(lastConnection)
        core.opened(connection, from: Self.origin, at: now)
        settle()
        return connection
    }

    private mutating func received(_ message: PeerToBootstrap, on connection: ConnectionID) {
        actions.removeAll(keepingCapacity: true)
        core.received(message, on: connection, at: now, actions: &actions)
        settle()
    }

    private mutating func answered(_ answer: OnboardingAnswer) {
        var question: JoinID?
        for case .ask(let join, _, _, _) in actions { question = join }
        actions.removeAll(keepingCapacity: true)
        guard let question else { return }
        core.onboardingEnded(question, .helper(answer), receipt: Messages.receipt, at: now, actions: &actions)
        settle()
    }

    private mutating func close(_ connection: ConnectionID) {
        core.closed(connection, at: now, actions: &actions)
        settle()
    }

    /// As the server does after each event.
    private mutating func settle() {
        if let due = core.nextDeadline(), due <= now.instant { core.tick(at: now, actions: &actions) }
    }

    /// How many bytes the last event sends.
    private func written() -> Int {
        var bytes = 0
        for action in actions {
            if case .send(_, let message) = action {
                bytes += message.encode().count
            } else if case .ask(_, let newcomer, let metadata, _) = action {
                var request = Messages.onboardingRequest(newcomer)
                request.newNodeMetadata = metadata
                bytes += BootstrapToBridge.getOnboardingPeer(request).encode().count
            }
        }
        return bytes
    }
}
