import BridgeCore
import DHTTestKit
import Kademlia
import MembershipTokens
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

    /// - Parameter bootstraps: how many are dialled. Nothing happens to them before `listen()`.
    init(
        seed: UInt64 = 1,
        queueCapacity: Int = 8,
        concurrency: Int = BridgeDefaults.concurrency,
        maximumConnections: Int = 100,
        maximumPeers: Int = 50,
        targetPeers: Int = BridgeDefaults.targetPeers,
        dialPrivate: PrivateDialling = .automatic,
        bootstraps: Int = 0,
        strictTokens: Bool = false,
        relayCapacity: Int = 200,
        remembersPeers: Bool = false
    ) {
        var configuration = Bridge.Configuration(
            nodeID: Self.bridgeID,
            startTime: 1_799_999_000_000,
            isSecret: { $0 == Self.secret },
            publicKey: PaperKey(1).publicKey,
            cryptography: PaperKey.cryptography
        )
        configuration.queueCapacity = queueCapacity
        configuration.concurrency = concurrency
        configuration.maximumConnections = maximumConnections
        configuration.maximumPeers = maximumPeers
        configuration.targetPeers = targetPeers
        configuration.strictTokens = strictTokens
        configuration.relayCapacity = relayCapacity
        configuration.dialPrivate = dialPrivate
        configuration.remembersPeers = remembersPeers
        configuration.dialIns = (0..<bootstraps).map { ("ws://bootstrap-\($0)", DoublingWait()) }
        bridge = Bridge(configuration: configuration)
        generator = SeededGenerator(seed: seed)
        if bootstraps == 0 { _ = listen() }
    }

    mutating func listen() -> [BridgeAction] {
        bridge.listening(at: "ws://127.0.0.1:8083", now)
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

    /// As `advance(by:)`, while the peers at the other end of these sockets answer every ping at once.
    @discardableResult
    mutating func advance(by duration: Duration, answeringPingsOn alive: Set<ConnectionID>) -> [BridgeAction] {
        let end = now.instant + duration
        var all: [BridgeAction] = []
        while let next = bridge.nextDeadline(), next <= end {
            move(to: max(next, now.instant))
            let actions = bridge.tick(at: now, using: &generator)
            all += actions
            for action in actions {
                guard case .sendToPeer(let socket, .ping(let ping)) = action, alive.contains(socket) else { continue }
                all += say(.pong(DHTPong(requestID: ping.requestID)), on: socket)
            }
        }
        move(to: end)
        return all
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

    /// A bootstrap that we dialled answers the dial.
    mutating func reach(_ bootstrap: BootstrapID = .first) -> (ConnectionID, [BridgeAction]) {
        let connection = newConnection()
        return (connection, bridge.reached(bootstrap, as: connection, at: now, using: &generator))
    }

    mutating func reply(_ message: BootstrapToDialInBridge, on connection: ConnectionID) -> [BridgeAction] {
        bridge.received(message, on: connection, at: now, using: &generator)
    }

    /// A bootstrap that we dialled and that registered us. It has proved nothing yet.
    mutating func dialIn() -> ConnectionID {
        _ = listen()
        let (connection, _) = reach()
        _ = reply(.registered(Registered(nodeID: .node(Self.bridgeID))), on: connection)
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

    /// The other end closes.
    @discardableResult
    mutating func close(_ connection: ConnectionID, reason: String = "", code: UInt16? = 1000) -> [BridgeAction] {
        end(connection, by: SocketEnding(isRemote: true, code: code, reason: reason))
    }

    mutating func end(_ connection: ConnectionID, by ending: SocketEnding) -> [BridgeAction] {
        bridge.closed(connection, by: ending, at: now, using: &generator)
    }

    /// Works on what waits; every helper is told at once.
    mutating func work() -> [BridgeAction] {
        tellHelpers(bridge.work(at: now, using: &generator))
    }

    /// Every helper that is to be told is, or is not; what follows from it stands right behind.
    mutating func tellHelpers(_ actions: [BridgeAction], wasSent: Bool = true) -> [BridgeAction] {
        actions.flatMap { action in
            guard case .instruct(let id, _, _) = action else { return [action] }
            return [action]
                + tellHelpers(
                    bridge.instructed(id, wasSent: wasSent, at: now, using: &generator),
                    wasSent: wasSent
                )
        }
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

/// Who can help this newcomer in?
func question(_ newcomer: NodeID, _ request: WireRequestID, deadlineMs: Int64? = nil) -> BootstrapToBridge {
    .getOnboardingPeer(
        GetOnboardingPeer(
            requestID: request,
            newNodeID: newcomer,
            newNodeMetadata: serverMetadata,
            deadlineMs: deadlineMs
        )
    )
}

/// Doubles from one second to 30, without jitter, so that tests can name the instant.
struct DoublingWait: DialInWait {
    private var nextWait = Duration.seconds(1)

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        defer { nextWait = min(nextWait * 2, .seconds(30)) }
        return nextWait
    }

    func longest(using generator: inout some RandomNumberGenerator) -> Duration { .seconds(30) }

    mutating func reset() { nextWait = .seconds(1) }
}

extension BootstrapID {
    static let first = BootstrapID(index: 0)
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

extension UnsignedAnswer {
    var helperMetadata: RawJSON? {
        if case .onboarding(let metadata) = content { metadata } else { nil }
    }
}

extension BridgeAction {
    var answer: UnsignedAnswer? {
        if case .answer(_, let answer) = self { answer } else { nil }
    }

    var refusal: OnboardingPeerResponse? {
        if case .sendToBootstrap(_, .onboardingPeerResponse(let response)) = self { response } else { nil }
    }

    var instruction: (connection: ConnectionID, message: CreateInvitationForPeer)? {
        if case .instruct(_, let connection, let message) = self {
            (connection, message)
        } else {
            nil
        }
    }

    var dialled: NodeID? {
        if case .dial(let id, _) = self { id } else { nil }
    }

    var dialledBootstrap: BootstrapID? {
        if case .dialBootstrap(let id) = self { id } else { nil }
    }

    var change: (status: DialInStatus, isNews: Bool)? {
        if case .dialInChanged(_, let status, let isNews) = self { (status, isNews) } else { nil }
    }

    /// What is said to a bootstrap.
    var said: BridgeToBootstrap? {
        if case .sendToBootstrap(_, let message) = self { message } else { nil }
    }

    var closing: BridgeClosing? {
        if case .close(_, let closing) = self { closing } else { nil }
    }
}
