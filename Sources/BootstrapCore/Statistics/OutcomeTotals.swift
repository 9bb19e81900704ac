import WireMessages

/// How attempts to connect ended, as clients reported them (`connection_outcome`, protocol.md 2.10), in closed lists.
package struct OutcomeTotals: Sendable, Equatable {
    package struct Attempts: Sendable, Equatable {
        package var attempts = 0
        package var successes = 0

        package init() {}

        package var failures: Int { attempts - successes }
        package var successRate: Int { wholePercent(successes, of: attempts) }

        mutating func count(_ success: Bool) {
            attempts += 1
            if success { successes += 1 }
        }
    }

    package enum Connection: String, ClosedWord {
        case webrtc, websocket, relay, other
        package static var unlisted: Self { .other }
        package static var unsaid: Self { .other }
    }

    package enum Candidate: String, ClosedWord {
        case host, srflx, prflx, relay, other
        package static var unlisted: Self { .other }
        package static var unsaid: Self { .other }
    }

    /// Two kinds of NAT, in either order.
    package struct NATPair: Hashable, Sendable {
        package let first: ConnectionProfile.NATType
        package let second: ConnectionProfile.NATType

        package init(_ one: ConnectionProfile.NATType, _ other: ConnectionProfile.NATType) {
            let inOrder = one.rawValue <= other.rawValue
            first = inOrder ? one : other
            second = inOrder ? other : one
        }

        /// `easy-hard`: sorted by the alphabet.
        package var text: String { "\(first.rawValue)-\(second.rawValue)" }
    }

    package private(set) var all = Attempts()
    package private(set) var byConnection: [Connection: Attempts] = [:]
    /// WebRTC only.
    package private(set) var byNATPair: [NATPair: Attempts] = [:]
    /// By what successful WebRTC connections run over.
    package private(set) var candidates: [Candidate: Int] = [:]

    package init() {}

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
package enum FailureReason: String, ClosedWord {
    case timeout, failed, disconnected, closed, error, unknown, other
    case handshakeFailed = "handshake_failed"
    package static var unlisted: Self { .other }
    package static var unsaid: Self { .unknown }

    package init(reported text: String?) {
        guard let text, text.hasPrefix("error:") else {
            self.init(saying: text)
            return
        }
        self = .error
    }
}
