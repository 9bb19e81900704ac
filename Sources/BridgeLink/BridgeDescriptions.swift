package import Kademlia
package import LinkCore
package import Timekeeping
package import WebSocketTransport
package import WireMessages

/// A configured bridge.
package struct BridgeTarget: Sendable, Hashable {
    package var url: WebSocketURL
    package var mode: LinkMode

    package init(_ url: WebSocketURL, mode: LinkMode = .persistent) {
        self.url = url
        self.mode = mode
    }

    var poolAddress: BridgeAddress { BridgeAddress(url.description, mode: mode) }
}

/// A bridge that can be asked, as it described itself.
package struct ConnectedBridge: Sendable, Equatable {
    package var nodeID: NodeID
    /// Where peers dial it; nil if nobody can.
    package var listeningAddress: String?
    package var publicWssAddress: String?
    /// An invitation can be handed to it.
    package var canBeInvited = true

    /// - Parameter isRemote: it talks to us from another machine: an address that leads nowhere but to itself is of no use.
    package init(nodeID: NodeID, listeningAddress: String?, publicWssAddress: String?, isRemote: Bool) {
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
package struct ConnectedBridges: Sendable, Equatable {
    package var bridges: [ConnectedBridge]
    /// Configured bridges that have no link.
    package var absent: Int
    /// Grows with each change.
    package var revision: Int
}

/// What a bridge says of its own accord.
package enum BridgeNotice: Sendable {
    case invitationAccepted(BridgeInvitationAccepted)
    case invitationFailed(BridgeInvitationFailed)
    case health(BridgeHealthUpdate)
    /// It has lost all its peers and asks whom we know; to be answered on that link, with `BridgePool.answer`.
    case clientsAsked(GetConnectedClients, on: LinkID)
}

/// The pool at one moment.
package struct PoolReport: Sendable {
    package var endpoints: [EndpointReport]
    package var counters: PoolCounters
    package var statistics: PoolStatistics
    /// Questions accepted and not ended.
    package var pending: Int
    /// Those of them that wait for a place on a link.
    package var waiting: Int
    /// The reading that the report's instants are compared with.
    package var now: Instant

    package init(
        endpoints: [EndpointReport],
        counters: PoolCounters,
        statistics: PoolStatistics,
        pending: Int,
        waiting: Int,
        now: Instant
    ) {
        self.endpoints = endpoints
        self.counters = counters
        self.statistics = statistics
        self.pending = pending
        self.waiting = waiting
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
    init(_ response: OnboardingPeerResponse) {
        if response.success {
            if case .answer? = response.data { self = .success(response) } else { self = .unusable }
        } else if response.code == "busy" {
            let wait = min(max(response.retryAfterMs ?? 1_000, 50), 60_000)
            self = .busy(retryAfter: .milliseconds(wait))
        } else {
            self = .refused(response)
        }
    }
}

extension BridgePool.Outcome {
    init(
        _ outcome: BridgePool.Machine.Outcome,
        _ receipt: BridgePool.Machine.Receipt,
        requestID: RequestID,
        bridge: NodeID?
    ) {
        switch outcome {
        case .answered(let response, _):
            guard case .answer(let answer)? = response.data else {
                self = .unavailable
                return
            }
            let joinReceipt = JoinReceipt(
                requestID: requestID.wireID,
                bridge: bridge,
                attempts: Int64(receipt.attempts),
                queueMs: receipt.queued.wholeMilliseconds,
                totalMs: receipt.total.wholeMilliseconds
            )
            self = .helper(answer, joinReceipt)
        case .failed(.refused(let response)):
            if case .emergency(let state)? = response.data {
                self = .emergency(state.networkState.availablePeers)
            } else {
                self = .unavailable
            }
        case .failed(.busy(let retryAfter)):
            self = .busy(retryAfter: retryAfter)
        case .failed(.noBridge), .failed(.timedOut), .failed(.unusable):
            self = .unavailable
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
