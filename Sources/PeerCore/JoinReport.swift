public import Kademlia

/// What happened on a peer's way into the DHT. Each peer reports exactly one of `genesis`, `joined` and `failed`, and every
/// other case once at most; only `introduced` may come again.
public enum JoinReport: Sendable, Equatable {
    /// The first `get_peers_or_genesis` went out.
    case asked
    /// An answer named somebody to link to, `after` the first request: the latency a newcomer sees.
    case answered(status: String?, after: Duration)
    /// An answer with the status `peer_found` named `helper`. A peer that has to ask again is introduced again.
    case introduced(helper: NodeID)
    /// The server made this peer the first of the network, `after` the first request. That is its join.
    case genesis(after: Duration)
    /// A DHT link to `helper`, whom the answer had named, came up `after` the first request.
    case joined(helper: NodeID, after: Duration)
    /// The join is over without success. The peer goes on trying, but nobody counts on it.
    case failed(JoinFailure)
}

/// Why a join failed.
public enum JoinFailure: Sendable, Equatable {
    /// The client link to the bootstrap server did not open in time.
    case bootstrapUnreachable
    /// The server did not accept our version.
    case versionRefused(message: String?)
    /// No answer came.
    case unanswered(attempts: Int)
    /// The server answered every attempt with an error, the last one with this text.
    case refused(error: String?)
    /// The server answered, but named nobody to link to.
    case nobodyNamed(status: String?)
    /// Somebody was named, but no link to them came up in time.
    case helperNotLinked(helper: NodeID)
}

extension JoinFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .bootstrapUnreachable: "no connection to the bootstrap server"
        case .versionRefused(let message): "version refused: \(message ?? "no reason given")"
        case .unanswered(let attempts): "no answer to \(attempts) request(s)"
        case .refused(let error): "refused: \(error ?? "no reason given")"
        case .nobodyNamed(let status): "nobody to link to was named (\(status ?? "no status"))"
        case .helperNotLinked(let helper): "no link to helper \(helper.short)"
        }
    }
}
