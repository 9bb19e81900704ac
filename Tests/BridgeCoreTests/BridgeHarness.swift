import BridgeCore
import DHTTestKit
import Kademlia
import Timekeeping
import WireMessages

/// Drives a `Bridge` by hand: time stands still until moved, and every event returns its actions.
struct BridgeHarness {
    static let bridgeID: NodeID = 0xb0
    static let secret = "the shared secret"

    var bridge: Bridge
    var generator: SeededGenerator
    var now = Moment(instant: .zero + .seconds(1_000), unixMilliseconds: 1_800_000_000_000)
    private var lastConnection: UInt64 = 0

    init(seed: UInt64 = 1, queueCapacity: Int = 8, maximumConnections: Int = 100, maximumPeers: Int = 50) {
        var configuration = Bridge.Configuration(
            nodeID: Self.bridgeID,
            startTime: 1_799_999_000_000,
            isSecret: { $0 == Self.secret }
        )
        configuration.queueCapacity = queueCapacity
        configuration.maximumConnections = maximumConnections
        configuration.maximumPeers = maximumPeers
        bridge = Bridge(configuration: configuration)
        bridge.listening(at: "ws://127.0.0.1:8083")
        generator = SeededGenerator(seed: seed)
    }

    var status: BridgeStatus { bridge.status(at: now) }

    mutating func newConnection() -> ConnectionID {
        lastConnection += 1
        return ConnectionID(value: lastConnection)
    }

    /// Moves time in steps of what is due, and returns all that was done.
    mutating func advance(by duration: Duration) -> [BridgeAction] {
        let end = now.instant + duration
        var actions: [BridgeAction] = []
        while let next = bridge.nextDeadline(), next <= end {
            move(to: max(next, now.instant))
            actions += bridge.tick(at: now, using: &generator)
        }
        move(to: end)
        return actions
    }

    private mutating func move(to instant: Instant) {
        now.unixMilliseconds += (instant - now.instant).wholeMilliseconds
        now.instant = instant
    }

    mutating func accept() -> ConnectionID {
        let connection = newConnection()
        _ = bridge.accepted(connection, at: now)
        return connection
    }

    mutating func first(_ message: FirstMessage, on connection: ConnectionID) -> [BridgeAction] {
        bridge.received(message, on: connection, at: now)
    }

    /// A bootstrap that proved the secret.
    mutating func link(features: [String]? = nil) -> ConnectionID {
        let connection = accept()
        _ = first(.bootstrapAuth(BootstrapAuth(authToken: Self.secret, features: features)), on: connection)
        return connection
    }

    /// A peer that said hello.
    @discardableResult
    mutating func peer(_ id: NodeID, metadata: RawJSON? = serverMetadata) -> ConnectionID {
        let connection = accept()
        _ = first(.dhtPeerHello(DHTPeerHello(peerID: id, metadata: metadata)), on: connection)
        return connection
    }

    mutating func tell(_ message: BootstrapToBridge, on connection: ConnectionID) -> [BridgeAction] {
        bridge.received(message, on: connection, at: now, using: &generator)
    }

    mutating func say(_ message: DHTMessage, on connection: ConnectionID) -> [BridgeAction] {
        bridge.received(message, on: connection, at: now)
    }

    mutating func close(_ connection: ConnectionID, reason: String? = nil) {
        bridge.closed(connection, reason: reason, at: now, using: &generator)
    }

    mutating func work() -> [BridgeAction] {
        bridge.work(at: now, using: &generator)
    }

    /// One onboarding request, worked on at once.
    mutating func onboard(
        _ newcomer: NodeID,
        metadata: RawJSON? = serverMetadata,
        request: WireRequestID = "r",
        on link: ConnectionID
    ) -> [BridgeAction] {
        let message = GetOnboardingPeer(requestID: request, newNodeID: newcomer, newNodeMetadata: metadata)
        return tell(.getOnboardingPeer(message), on: link).filter { $0 != .scheduleWork } + work()
    }
}

/// A Node peer of the current era with a token and an address.
let serverMetadata: RawJSON = """
    {"isBridgeNode":false,"nodeType":"nodejs","listeningAddress":"ws://127.0.0.1:18101",\
    "canAcceptConnections":true,"membershipToken":{"holder":"x","signature":"y"}}
    """
/// The same without a token.
let tokenlessMetadata: RawJSON = """
    {"nodeType":"nodejs","listeningAddress":"ws://127.0.0.1:18101","canAcceptConnections":true}
    """
let browserMetadata: RawJSON = """
    {"nodeType":"browser","canAcceptConnections":false,"tabVisible":true,"membershipToken":{"holder":"x"}}
    """

extension BridgeAction {
    var answer: UnsignedAnswer? {
        if case .answer(_, let answer) = self { answer } else { nil }
    }

    var refusal: OnboardingPeerResponse? {
        if case .sendToBootstrap(_, .onboardingPeerResponse(let response)) = self { response } else { nil }
    }

    var instruction: (connection: ConnectionID, message: CreateInvitationForPeer)? {
        if case .sendToPeer(let connection, .createInvitationForPeer(let message)) = self {
            (connection, message)
        } else {
            nil
        }
    }

    var dialled: NodeID? {
        if case .dial(let id, _) = self { id } else { nil }
    }

    var closing: BridgeClosing? {
        if case .close(_, let closing) = self { closing } else { nil }
    }
}
