public import Kademlia
public import LinkCore
import Observation
public import Timekeeping
public import WebSocketTransport
public import WireMessages

/// A configured bridge.
public struct BridgeTarget: Sendable, Hashable {
    public var url: WebSocketURL
    public var mode: LinkMode

    public init(_ url: WebSocketURL, mode: LinkMode = .persistent) {
        self.url = url
        self.mode = mode
    }

    var poolAddress: BridgeAddress { BridgeAddress(url.description, mode: mode) }
}

/// A bridge that can be asked, as it described itself.
public struct ConnectedBridge: Sendable, Equatable {
    public var nodeID: NodeID
    /// Where peers dial it; nil if nobody can.
    public var listeningAddress: String?
    public var publicWssAddress: String?
    /// An invitation can be handed to it.
    public var canBeInvited = true

    /// - Parameter isRemote: it talks to us from another machine: an address that leads nowhere but to itself is of no use.
    public init(nodeID: NodeID, listeningAddress: String?, publicWssAddress: String?, isRemote: Bool) {
        func usable(_ address: String?) -> String? {
            guard let address, let named = try? WebSocketURL(address) else { return nil }
            return named.isLocal && isRemote ? nil : address
        }
        let publicAddress = usable(publicWssAddress)
        self.nodeID = nodeID
        self.listeningAddress = usable(listeningAddress) ?? publicAddress
        self.publicWssAddress = publicAddress ?? self.listeningAddress
    }

    /// A bridge that names no address, or one that only it can reach, is known by the one it was dialled at.
    ///
    /// - Parameter url: nil if it dialled in; then what it says is all there is.
    init(_ success: AuthSuccess, dialledAt url: WebSocketURL?) {
        self.init(
            nodeID: success.bridgeNodeID,
            listeningAddress: success.listeningAddress,
            publicWssAddress: success.publicWssAddress,
            isRemote: url?.isLocal == false
        )
        guard listeningAddress == nil, let url else { return }
        listeningAddress = url.description
        publicWssAddress = url.description
    }

    func isCalled(_ name: String) -> Bool { nodeID.description == name }
}

extension WebSocketURL {
    /// Leads to this machine, or nowhere.
    fileprivate var isLocal: Bool {
        host == "localhost" || host.hasPrefix("127.") || host == "::1" || host == "0.0.0.0" || host == "::"
    }
}

/// The bridges that can be asked at one moment.
public struct ConnectedBridges: Sendable, Equatable {
    public var bridges: [ConnectedBridge]
    /// Configured bridges that have no link.
    public var absent: Int
    /// Grows with each change.
    public var revision: Int
}

/// What a bridge says of its own accord.
public enum BridgeNotice: Sendable {
    case invitationAccepted(BridgeInvitationAccepted)
    case invitationFailed(BridgeInvitationFailed)
    case health(BridgeHealthUpdate)
    /// It has lost all its peers and asks whom we know; to be answered on that link, with `BridgePool.answer`.
    case clientsAsked(GetConnectedClients, on: LinkID)
}

/// The pool at one moment.
public struct PoolReport: Sendable {
    public var endpoints: [EndpointReport]
    public var counters: PoolCounters
    public var statistics: PoolStatistics
    /// Questions accepted and not ended.
    public var pending: Int
    /// Those of them that wait for a place on a link.
    public var waiting: Int
    /// How many may wait.
    public var waitingLimit: Int
    /// The reading that the report's instants are compared with.
    public var now: Instant

    public init(
        endpoints: [EndpointReport],
        counters: PoolCounters,
        statistics: PoolStatistics,
        pending: Int,
        waiting: Int,
        waitingLimit: Int = PoolDefaults.maxWaiting,
        now: Instant
    ) {
        self.endpoints = endpoints
        self.counters = counters
        self.statistics = statistics
        self.pending = pending
        self.waiting = waiting
        self.waitingLimit = waitingLimit
        self.now = now
    }
}

extension RequestID {
    /// The id as the wire has it.
    var wireID: WireRequestID {
        guard let id = WireRequestID(description) else { preconditionFailure("32 hex digits are a valid request id") }
        return id
    }
}

extension PoolCounters {
    /// Answers that were of no use.
    var droppedAnswers: Int { lateAnswers + foreignAnswers }
}

extension LoadReport {
    init(_ load: BridgeLoad) {
        self.init(
            queueDepth: Int(clamping: load.queueDepth),
            queueCapacity: Int(clamping: load.queueCapacity),
            inFlight: Int(clamping: load.inFlight),
            connectedPeers: Int(clamping: load.connectedPeers)
        )
    }
}

extension BridgeTraits {
    /// Of a bridge that announced features: one of ours.
    init(features: LinkFeatures, window: Int64?) {
        self.init(era: .native)
        takesDeadline = features.contains(.deadline)
        cancels = features.contains(.cancel)
        reportsLoad = features.contains(.load)
        self.window = window.map { Int(clamping: $0) }
    }
}

extension BridgePool.Machine.Outcome {
    var isAnswer: Bool {
        if case .answered = self { true } else { false }
    }
}

extension BridgePool.Machine.Verdict {
    /// What an answer means for the pool. A success without a helper is none (protocol.md 3.4).
    ///
    /// - Parameter ticket: of that answer.
    init(_ response: OnboardingPeerResponse, _ ticket: Ticket) {
        if response.success {
            if case .answer? = response.data { self = .success(ticket) } else { self = .unusable }
        } else if response.code == "busy" {
            let wait = min(max(response.retryAfterMs ?? 1_000, 50), 60_000)
            self = .busy(retryAfter: .milliseconds(wait))
        } else {
            self = .refused(ticket)
        }
    }

    /// Of an answer that may come back with the outcome.
    var ticket: Ticket? {
        switch self {
        case .success(let ticket), .refused(let ticket): ticket
        case .busy, .unusable: nil
        }
    }
}

extension BridgePool.Question {
    fileprivate func response(_ ticket: Ticket) -> OnboardingPeerResponse? {
        answer?.ticket == ticket ? answer?.response : nil
    }
}

extension BridgePool.Outcome {
    init(
        _ outcome: BridgePool.Machine.Outcome,
        of question: BridgePool.Question
    ) {
        switch outcome {
        case .answered(let ticket, _):
            guard case .answer(let answer)? = question.response(ticket)?.data else {
                self = .unavailable(.unusableAnswer)
                return
            }
            self = .helper(answer)
        case .failed(.refused(let ticket)):
            if case .emergency(let state)? = question.response(ticket)?.data {
                self = .emergency(state.networkState.availablePeers)
            } else {
                self = .unavailable(.bridgeRefused)
            }
        case .failed(.busy(let retryAfter)):
            self = .busy(retryAfter: retryAfter)
        case .failed(.noBridge): self = .unavailable(.noBridge)
        case .failed(.timedOut): self = .unavailable(.timedOut)
        case .failed(.unusable): self = .unavailable(.unusableAnswer)
        case .failed(.stopping):
            self = .stopping
        }
    }
}

extension LinkClosing {
    var closeCode: WebSocketCloseCode {
        switch self {
        case .connectTimeout, .authenticationTimeout, .authenticationRefused, .duplicate, .replaced, .done,
            .reconfigured, .tooMany:
            .normal
        case .silent, .stopping: .goingAway
        case .flooding: WebSocketCloseCode(rawValue: 1008)
        }
    }

    /// What the bridge reads; one of ours knows a duplicate by it.
    var text: String {
        switch self {
        case .connectTimeout: "Connect timeout"
        case .authenticationTimeout: "Authentication timeout"
        case .authenticationRefused: "Authentication refused"
        case .duplicate: "Another link leads to this bridge"
        case .replaced: "Replaced by a newer connection"
        case .silent: "No sign of life"
        case .done: "Request complete"
        case .reconfigured: "Not needed any more"
        case .tooMany: "Too many bridges"
        case .flooding: "Too many messages"
        case .stopping: "Server shutdown"
        }
    }
}
