import Kademlia
import NIOCore
import Telemetry
import Timekeeping
import WebSocketTransport
import WireMessages

/// One trial while it is under way.
struct TrialRun {
    typealias Hop = JoinTrialReport.Hop
    typealias Step = JoinTrialReport.Step

    /// What a hop came to, and what the next one needs of it.
    struct Found<Value> {
        var value: Value
        var result = JoinTrialReport.Result.ok
        var seen: String
        var advice: String?
    }

    /// A hop that did not come to anything, in words.
    struct Failure: Error {
        var seen: String
        var advice: String
    }

    /// A step failed and is written down.
    struct Stopped: Error {
        var hop: Hop
    }

    let configuration: JoinTrial.Configuration
    let eventLoop: any EventLoop
    let start: ContinuousClock.Instant
    let onStep: @Sendable (Step) -> Void
    private(set) var steps: [Step] = []
    var receipt: JoinTrialReport.Receipt?
    private var dial: SteppedDial?
    private var socket: TrialSocket?

    init(
        configuration: JoinTrial.Configuration,
        eventLoop: any EventLoop,
        start: ContinuousClock.Instant,
        onStep: @escaping @Sendable (Step) -> Void
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.start = start
        self.onStep = onStep
    }

    // MARK: The way in

    mutating func join() async -> JoinTrialReport.Outcome {
        do {
            let socket = try await connect()
            try await register(on: socket)
            guard configuration.asks else {
                skip(.ask, "nobody is in the network: whoever asks now begins it, and a trial must not")
                return .first
            }
            let question = try await ask(on: socket)
            let answer = try await self.answer(to: question, on: socket)
            guard case .helper(let helper) = answer.way else { return answer.outcome }
            guard configuration.reachesHelper else { return answer.outcome }
            try await reach(helper, invitations: answer.invitations, on: socket)
            return answer.outcome
        } catch {
            return .failed(error.hop)
        }
    }

    /// Says goodbye where there is somebody to say it to. Also after a cancellation.
    func leave() async {
        await socket?.leave()
        dial?.abandon()
    }

    private mutating func connect() async throws(Stopped) -> TrialSocket {
        let (target, limit) = (configuration.target, configuration.limits.connection)
        let dial = SteppedDial(target, on: eventLoop, trust: configuration.trust, limits: Self.limits)
        self.dial = dial
        let addresses = try await perform(.dns, within: limit) { limit in
            let addresses = try await dial.lookUp(within: limit)
            return Found(value: addresses, seen: Self.describe(addresses, of: target.host))
        }
        try await perform(.tcp, within: limit) { limit in
            let address = try await dial.connectToAny(of: addresses, within: limit)
            return Found(value: (), seen: "connected to \(Self.text(address))")
        }
        switch target.scheme {
        case .ws:
            skip(.tls, "the address has no TLS (\(target.scheme.rawValue)://)")
        case .wss:
            try await perform(.tls, within: limit) { limit in
                Self.judge(try await dial.secure(within: limit), at: SystemClock.unixMilliseconds() / 1_000)
            }
        }
        let socket = TrialSocket(on: eventLoop)
        try await perform(.upgrade, within: limit) { limit in
            _ = try await dial.upgrade(socket, within: limit)
            return Found(value: (), seen: "WebSocket opened at \(Quoted(target.path))")
        }
        self.socket = socket
        return socket
    }

    private mutating func register(on socket: TrialSocket) async throws(Stopped) {
        let identity = configuration.identity
        try await perform(.register, within: configuration.limits.register) { limit in
            let now = SystemClock.unixMilliseconds()
            let register = Register(
                nodeID: .node(identity.nodeID),
                protocolVersion: "1.0.0",
                // One that no server compares with its own (protocol.md 1.4).
                buildID: "unknown_trial",
                timestamp: now,
                metadata: identity.metadata
            )
            socket.send(.register(register))
            return try await Self.registered(identity, on: socket, within: limit)
        }
    }

    private mutating func ask(on socket: TrialSocket) async throws(Stopped) -> WireRequestID {
        let identity = configuration.identity
        return try await perform(.ask, within: configuration.limits.connection) { _ in
            let suffix = identity.nodeID.description.prefix(9)
            guard let id = WireRequestID("req_\(SystemClock.unixMilliseconds())_\(suffix)") else {
                throw Failure(seen: "no request id", advice: "")
            }
            let question = GetPeersOrGenesis(
                nodeID: .node(identity.nodeID),
                metadata: identity.metadata,
                requestID: id
            )
            socket.send(.getPeersOrGenesis(question))
            return Found(value: id, seen: "asked for a way in as \(identity.nodeID)")
        }
    }

    // MARK: Steps

    /// One hop within its time, or what is left of the whole.
    mutating func perform<Value>(
        _ hop: Hop,
        within limit: Duration,
        _ body: (Duration) async throws -> Found<Value>
    ) async throws(Stopped) -> Value {
        let began = ContinuousClock.now
        let limit = min(limit, start + configuration.limits.total - began)
        do {
            guard limit > .zero else {
                throw Failure(
                    seen: "no time was left: everything before took \(Self.text(configuration.limits.total))",
                    advice: "Allow more time (--timeout), or look at the steps before that took long."
                )
            }
            let found = try await body(limit)
            add(Step(hop, found.result, .now - began, seen: found.seen, advice: found.advice))
            return found.value
        } catch {
            let failure = Self.failure(at: hop, error, limit: limit, target: configuration.target)
            add(Step(hop, .failed, .now - began, seen: failure.seen, advice: failure.advice))
            throw Stopped(hop: hop)
        }
    }

    mutating func skip(_ hop: Hop, _ why: String) {
        add(Step(hop, .skipped, .zero, seen: why))
    }

    private mutating func add(_ step: Step) {
        steps.append(step)
        onStep(step)
    }

    private static var limits: WebSocketLimits {
        var limits = WebSocketLimits.client
        limits.maxMessageBytes = JoinTrialDefaults.maxMessageBytes
        return limits
    }
}
