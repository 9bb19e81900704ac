import WireMessages

/// How attempts to connect ended, as clients reported them (`connection_outcome`, protocol.md 2.10), in closed lists.
public struct OutcomeTotals: Sendable, Equatable {
    public struct Attempts: Sendable, Equatable {
        public var attempts = 0
        public var successes = 0

        public init() {}

        public var failures: Int { attempts - successes }
        public var successRate: Int { wholePercent(successes, of: attempts) }

        mutating func count(_ success: Bool) {
            attempts += 1
            if success { successes += 1 }
        }
    }

    public enum Connection: String, ClosedWord {
        case webrtc, websocket, relay, other
        public static var unlisted: Self { .other }
        public static var unsaid: Self { .other }
    }

    public enum Candidate: String, ClosedWord {
        case host, srflx, prflx, relay, other
        public static var unlisted: Self { .other }
        public static var unsaid: Self { .other }
    }

    /// Two kinds of NAT, in either order.
    public struct NATPair: Hashable, Sendable {
        public let first: ConnectionProfile.NATType
        public let second: ConnectionProfile.NATType

        public init(_ one: ConnectionProfile.NATType, _ other: ConnectionProfile.NATType) {
            let inOrder = one.rawValue <= other.rawValue
            first = inOrder ? one : other
            second = inOrder ? other : one
        }

        /// `easy-hard`: sorted by the alphabet.
        public var text: String { "\(first.rawValue)-\(second.rawValue)" }
    }

    public private(set) var all = Attempts()
    public private(set) var byConnection: [Connection: Attempts] = [:]
    /// WebRTC only.
    public private(set) var byNATPair: [NATPair: Attempts] = [:]
    /// By what successful WebRTC connections run over.
    public private(set) var candidates: [Candidate: Int] = [:]

    public init() {}

    mutating func count(_ outcome: ConnectionOutcome) {
        all.count(outcome.success)
        let connection = Connection(saying: outcome.connectionType)
        byConnection[connection, default: Attempts()].count(outcome.success)
        guard connection == .webrtc else { return }
        if let local = outcome.localNatType, let remote = outcome.remoteNatType {
            let pair = NATPair(.init(saying: local), .init(saying: remote))
            byNATPair[pair, default: Attempts()].count(outcome.success)
        }
        if outcome.success, let candidate = outcome.iceCandidateType {
            candidates[Candidate(saying: candidate), default: 0] += 1
        }
    }
}

/// Why an attempt to connect failed. The words that existing clients use; they also put free text behind `error:`.
public enum FailureReason: String, ClosedWord {
    case timeout, failed, disconnected, closed, error, unknown, other
    case handshakeFailed = "handshake_failed"
    public static var unlisted: Self { .other }
    public static var unsaid: Self { .unknown }

    public init(reported text: String?) {
        guard let text, text.hasPrefix("error:") else {
            self.init(saying: text)
            return
        }
        self = .error
    }
}
