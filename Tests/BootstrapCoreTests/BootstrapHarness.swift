import BootstrapCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// Drives one `Bootstrap` by hand: holds the clock and the actions of the last event.
struct BootstrapHarness {
    var core: Bootstrap
    var now = Moment(instant: .zero, unixMilliseconds: 1_000_000)
    var actions: [Bootstrap.Action] = []

    static let nodeMetadata: RawJSON =
        #"{"publicKey":"ab","membershipToken":null,"nodeType":"nodejs","listeningAddress":"ws://127.0.0.1:9","publicWssAddress":"ws://127.0.0.1:9","capabilities":["websocket","relay"]}"#
    /// Of a browser whose key makes `id`.
    static func keyMetadata(_ id: NodeID) -> RawJSON {
        .object { writer in
            writer.member("nodeType", "browser")
            writer.member(
                "publicKey",
                RawJSON.object { key in
                    key.member("kty", "EC")
                    key.member("x", id)
                }
            )
        }
    }

    static let browserMetadata: RawJSON = #"{"nodeType":"browser","tabVisible":true}"#

    /// What a bridge of the current era registers with, if its secret is `secret`.
    static func bridgeMetadata(secret: String = Self.secret, address: String = "ws://b:1") -> RawJSON {
        .object { writer in
            writer.member("publicKey", "ab")
            writer.member("membershipToken", RawJSON.null)
            writer.member("nodeType", "bridge")
            writer.member("listeningAddress", address)
            writer.member("publicWssAddress", "wss://b/1")
            writer.member("relayLoad", Int64(0))
            writer.member("isBridgeNode", true)
            writer.member("bridgeAuthToken", secret)
        }
    }

    /// What the bridges of these tests prove themselves with.
    static let secret = "a secret of the bridges"

    init(
        createNewDHT: Bool = true,
        openNetwork: Bool = true,
        genesis: NodeID? = nil,
        configure: (inout Bootstrap.Configuration) -> Void = { _ in }
    ) {
        var configuration = Bootstrap.Configuration()
        configuration.createNewDHT = createNewDHT
        configuration.openNetwork = openNetwork
        configuration.isBridgeSecret = { $0 == Self.secret }
        // Keys of these tests name the id that they make.
        configuration.nodeIDOfKey = { $0.string("x").flatMap { NodeID($0) } }
        configuration.makeNonce = { "nonce" }
        configure(&configuration)
        core = Bootstrap(configuration: configuration, genesis: genesis)
    }

    /// - Parameter host: the address it comes from; nil for this machine.
    mutating func open(_ connection: UInt64, source: UInt64 = 0, host: String? = nil) {
        actions = []
        let origin = ClientOrigin(
            source: source,
            group: host.flatMap { NetworkGroup(host: $0) },
            reach: host == nil ? .loopback : .everywhere
        )
        core.opened(ConnectionID(connection), from: origin, at: now)
    }

    mutating func say(_ message: PeerToBootstrap, on connection: UInt64) {
        actions = []
        core.received(message, on: ConnectionID(connection), at: now, actions: &actions)
    }

    mutating func hear(_ connection: UInt64) {
        actions = []
        core.heard(ConnectionID(connection), at: now, actions: &actions)
    }

    /// Answers a check that the last event asked for.
    mutating func check(_ connection: UInt64, isGood: Bool) {
        if let proof = proofs.last { check(connection, serial: proof.serial, isGood: isGood) }
    }

    mutating func check(_ connection: UInt64, serial: UInt64, isGood: Bool) {
        actions = []
        core.proofChecked(ConnectionID(connection), serial: serial, isGood: isGood, at: now, actions: &actions)
    }

    mutating func judge(_ connection: UInt64, _ worth: Bootstrap.TokenWorth) {
        actions = []
        core.tokenJudged(ConnectionID(connection), worth, at: now, actions: &actions)
    }

    mutating func respond(_ id: NodeID, signature: String? = "signed", on connection: UInt64) {
        say(.authResponse(AuthResponse(nodeID: .node(id), signature: signature)), on: connection)
    }

    mutating func close(_ connection: UInt64) {
        actions = []
        core.closed(ConnectionID(connection), at: now, actions: &actions)
    }

    mutating func register(
        _ id: NodeID,
        on connection: UInt64,
        metadata: RawJSON = Self.nodeMetadata,
        features: [String]? = nil
    ) {
        let register = Register(
            nodeID: .node(id),
            protocolVersion: "1.0.0",
            buildID: "node_1",
            metadata: metadata,
            features: features
        )
        say(.register(register), on: connection)
    }

    mutating func misread(_ error: WireError, on connection: UInt64) {
        actions = []
        core.malformed(error, on: ConnectionID(connection), actions: &actions)
    }

    mutating func drain() {
        actions = []
        core.drain(at: now, actions: &actions)
    }

    mutating func dismiss(waves: Int, absence: Duration) -> [[Bootstrap.Action]] {
        actions = []
        var generator = SeededGenerator(seed: 1)
        return core.dismiss(waves: waves, absence: absence, using: &generator, actions: &actions)
    }

    mutating func ask(
        _ requestID: WireRequestID,
        _ id: NodeID,
        on connection: UInt64,
        metadata: RawJSON = Self.nodeMetadata,
        maxPeers: RawJSON? = nil
    ) {
        let request = GetPeersOrGenesis(
            maxPeers: maxPeers,
            nodeID: .node(id),
            metadata: metadata,
            requestID: requestID
        )
        say(.getPeersOrGenesis(request), on: connection)
    }

    mutating func end(_ join: JoinID, _ outcome: Bootstrap.OnboardingOutcome, receipt: JoinReceipt? = nil) {
        actions = []
        core.onboardingEnded(join, outcome, receipt: receipt, at: now, actions: &actions)
    }

    mutating func recorded(_ record: Bootstrap.GenesisRecord) {
        actions = []
        core.genesisRecorded(record, at: now, actions: &actions)
    }

    mutating func advance(by duration: Duration) {
        let end = now.instant + duration
        var collected: [Bootstrap.Action] = []
        while let next = core.nextDeadline(), next <= end {
            move(to: max(now.instant, next))
            actions = []
            core.tick(at: now, actions: &actions)
            collected += actions
        }
        move(to: end)
        actions = collected
    }

    private mutating func move(to instant: Instant) {
        now.unixMilliseconds += (instant - now.instant).wholeMilliseconds
        now.instant = instant
    }

    /// A registered peer of a network that `genesis` started.
    mutating func joinRegistered(_ id: NodeID, on connection: UInt64, metadata: RawJSON = Self.nodeMetadata) {
        open(connection)
        register(id, on: connection, metadata: metadata)
    }

    // MARK: Reading the actions

    func sent(to connection: UInt64) -> [BootstrapToPeer] {
        actions.compactMap { action in
            if case .send(ConnectionID(connection), let message) = action { message } else { nil }
        }
    }

    func responses(to connection: UInt64) -> [Response] {
        sent(to: connection).compactMap { if case .response(let response) = $0 { response } else { nil } }
    }

    var questions: [(join: JoinID, newcomer: NodeID)] {
        actions.compactMap { if case .ask(let join, let newcomer, _, _) = $0 { (join, newcomer) } else { nil } }
    }

    /// The bridges handed over by the last event.
    var adopted: [BridgeRegistration] {
        actions.compactMap { if case .adoptBridge(_, let registration) = $0 { registration } else { nil } }
    }

    /// What the last event passed on to a bridge's link.
    func saidByBridge(on connection: UInt64) -> [BridgeToBootstrap] {
        actions.compactMap { action in
            if case .bridgeSaid(ConnectionID(connection), let message) = action { message } else { nil }
        }
    }

    var recordings: [Bootstrap.Action] {
        actions.filter { if case .recordGenesis = $0 { true } else { false } }
    }

    var probed: [UInt64] {
        actions.compactMap { if case .probe(let connection) = $0 { connection.value } else { nil } }
    }

    var proofs: [KeyProof] {
        actions.compactMap { if case .verify(_, let proof) = $0 { proof } else { nil } }
    }

    func challenges(to connection: UInt64) -> [AuthChallenge] {
        sent(to: connection).compactMap { if case .authChallenge(let challenge) = $0 { challenge } else { nil } }
    }

    func authFailures(to connection: UInt64) -> Int {
        sent(to: connection).count { if case .authFailure = $0 { true } else { false } }
    }

    func isRegistered(on connection: UInt64) -> Bool {
        sent(to: connection).contains { if case .registered = $0 { true } else { false } }
    }

    func errorCodes(to connection: UInt64) -> [String?] {
        sent(to: connection).compactMap { if case .error(let notice) = $0 { notice.code } else { nil } }
    }

    /// What bridges are told of their helpers.
    var reports: [IntroductionOutcome] {
        actions.compactMap { if case .reportOutcome(let outcome, to: _) = $0 { outcome } else { nil } }
    }

    var closings: [ClientClosing] {
        actions.compactMap { if case .close(_, let reason) = $0 { reason } else { nil } }
    }
}

extension Response {
    var join: JoinAnswer? {
        if case .join(let answer)? = data { answer } else { nil }
    }
}

extension OnboardingAnswer {
    static func naming(_ helper: NodeID) -> OnboardingAnswer {
        OnboardingAnswer(
            inviterPeerID: helper,
            inviterMetadata:
                #"{"nodeType":"nodejs","listeningAddress":"ws://h:1","publicWssAddress":"wss://h/1","membershipToken":{"secret":1}}"#,
            membershipToken: #"{"nodeId":"n","issuer":"b"}"#
        )
    }
}
