package import Kademlia
package import LinkCore
package import Timekeeping
import WebSocketTransport
package import WireMessages

/// A bridge with a ready link, as it described itself in `auth_success`.
package struct ConnectedBridge: Sendable, Equatable {
    package var nodeID: NodeID
    package var listeningAddress: String
    package var publicWssAddress: String

    /// A bridge that names no address, or one that only it can reach, is known by the one it was dialled at.
    init(_ success: AuthSuccess, dialledAt url: WebSocketURL) {
        func usable(_ address: String?) -> String? {
            guard let address, !address.isEmpty, let named = try? WebSocketURL(address) else { return nil }
            return named.isLocal && !url.isLocal ? nil : address
        }
        nodeID = success.bridgeNodeID
        listeningAddress = usable(success.listeningAddress) ?? usable(success.publicWssAddress) ?? url.description
        publicWssAddress = usable(success.publicWssAddress) ?? listeningAddress
    }
}

extension WebSocketURL {
    /// Leads to this machine, or nowhere.
    fileprivate var isLocal: Bool {
        host == "localhost" || host.hasPrefix("127.") || host == "::1" || host == "0.0.0.0" || host == "::"
    }
}

/// The bridges with a ready link at one moment.
package struct ConnectedBridges: Sendable, Equatable {
    package var bridges: [ConnectedBridge]
    /// Grows with each change.
    package var revision: Int
}

/// What a bridge says of its own accord.
package enum BridgeNotice: Sendable {
    case invitationAccepted(BridgeInvitationAccepted)
    case invitationFailed(BridgeInvitationFailed)
    case health(BridgeHealthUpdate)
}

/// The pool at one moment.
package struct PoolReport: Sendable {
    package var endpoints: [EndpointReport]
    package var counters: PoolCounters
    /// Questions accepted and not ended.
    package var pending: Int
    /// The reading that the report's instants are compared with.
    package var now: Instant

    package init(endpoints: [EndpointReport], counters: PoolCounters, pending: Int, now: Instant) {
        self.endpoints = endpoints
        self.counters = counters
        self.pending = pending
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

extension BridgePool.Outcome {
    init(_ outcome: BridgePool.Machine.Outcome, requestID: RequestID, bridge: NodeID?) {
        switch outcome {
        case .answered(let response, let receipt):
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
        case .failed(.noBridge), .failed(.timedOut), .failed(.stopping):
            self = .unavailable
        }
    }
}

extension LinkClosing {
    var closeCode: WebSocketCloseCode {
        switch self {
        case .connectTimeout, .authenticationTimeout, .authenticationRefused, .duplicate: .normal
        case .silent: .goingAway
        case .stopping: .goingAway
        }
    }

    var text: String {
        switch self {
        case .connectTimeout: "Connect timeout"
        case .authenticationTimeout: "Authentication timeout"
        case .authenticationRefused: "Authentication refused"
        case .duplicate: "Another link leads to this bridge"
        case .silent: "No sign of life"
        case .stopping: "Server shutdown"
        }
    }
}
