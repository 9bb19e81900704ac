import Benchmark
import BridgeCore
import DHTTestKit
import Kademlia
import Timekeeping
import WireMessages

func bridgeBenchmarks() {
    for peers in [25, 3_000] {
        Benchmark("bridge with \(peers) peers: one request, decisions") { benchmark, kept in
            for _ in benchmark.scaledIterations { blackHole(kept.value.request()) }
        } setup: {
            Kept(BridgeDriver(peers: peers))
        }
    }
    Benchmark("bridge with 25 peers: one request, decisions and messages") { benchmark, kept in
        for _ in benchmark.scaledIterations { blackHole(kept.value.requestByWire()) }
    } setup: {
        Kept(BridgeDriver(peers: 25))
    }
}

/// A bridge with connected peers, which a bootstrap asks for one newcomer after the other, 10,000 in a second.
struct BridgeDriver {
    private static let secret = "the secret of the bridges"
    private static let question = Messages.onboardingRequest.encode()

    private var bridge: Bridge
    private var generator = SeededGenerator(seed: 6)
    private var now = Moment(instant: .zero + .seconds(1_000), unixMilliseconds: 1_795_344_203_798)
    private let link = ConnectionID(value: 1)

    init(peers: Int) {
        var configuration = Bridge.Configuration(
            nodeID: Messages.bridge,
            startTime: 1_795_344_000_000,
            isSecret: { $0 == Self.secret },
            publicKey: PaperKey(1).publicKey,
            cryptography: PaperKey.cryptography
        )
        configuration.maximumConnections = 10_000
        configuration.maximumPeers = 5_000
        bridge = Bridge(configuration: configuration)
        _ = bridge.listening(at: "ws://192.0.2.1:8083", now)
        for number in 0..<peers {
            let connection = ConnectionID(value: UInt64(number) + 2)
            let hello = DHTPeerHello(peerID: .random(using: &generator), metadata: Messages.helperMetadata)
            _ = bridge.accepted(connection, at: now)
            _ = bridge.received(.dhtPeerHello(hello), on: connection, at: now)
        }
        now.instant = now.instant + .seconds(40)
        _ = bridge.accepted(link, at: now)
        let names = LinkFeatures.all.names
        _ = bridge.received(.bootstrapAuth(BootstrapAuth(authToken: Self.secret, features: names)), on: link, at: now)
    }

    /// Asked, a helper chosen and told, and answered; the token is not signed.
    mutating func request() -> Int {
        let newcomer = NodeID.random(using: &generator)
        return handle(Messages.onboardingRequest(newcomer)) { action in
            if case .answer = action { 1 } else { 0 }
        }
    }

    /// The same from bytes to bytes, with a signature that is there already.
    mutating func requestByWire() -> Int {
        guard case .getOnboardingPeer(var request)? = try? BootstrapToBridge.decode(Self.question) else { return 0 }
        request.newNodeID = .random(using: &generator)
        return handle(request) { action in
            if case .instruct(_, _, let instruction) = action {
                DHTMessage.createInvitationForPeer(instruction).encode().count
            } else if case .answer(_, let answer) = action {
                answer.signed(Messages.signature).encode().count
            } else {
                0
            }
        }
    }

    private mutating func handle(_ request: GetOnboardingPeer, _ weight: (BridgeAction) -> Int) -> Int {
        now.instant = now.instant + .microseconds(100)
        var sum = 0
        var actions = bridge.received(.getOnboardingPeer(request), on: link, at: now, using: &generator)
        if actions.contains(.scheduleWork) { actions += bridge.work(at: now, using: &generator) }
        for action in actions {
            sum += weight(action)
            guard case .instruct(let id, _, _) = action else { continue }
            for action in bridge.instructed(id, wasSent: true, at: now, using: &generator) { sum += weight(action) }
        }
        if let due = bridge.nextDeadline(), due <= now.instant { dial(bridge.tick(at: now, using: &generator)) }
        return sum
    }

    /// Newcomers that are dialled cannot be reached.
    private mutating func dial(_ actions: [BridgeAction]) {
        for case .dial(let id, _) in actions { bridge.dialFailed(id, at: now.instant) }
    }
}
