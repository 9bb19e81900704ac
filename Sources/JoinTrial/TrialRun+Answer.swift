import Kademlia
import Telemetry
import Timekeeping
import WebSocketTransport
import WireMessages

extension TrialRun {
    /// What the server's answer comes to.
    struct Answer {
        enum Way {
            case helper(PeerEntry)
            case other
        }

        var way = Way.other
        var outcome: JoinTrialReport.Outcome
        var receipt: JoinTrialReport.Receipt?
        /// Those that came before the answer did.
        var invitations: [InvitationReceived] = []
    }

    /// Until `registered`. What a server says besides is for later, or for nobody.
    static func registered(
        _ identity: TrialIdentity,
        on socket: TrialSocket,
        within limit: Duration
    ) async throws -> Found<Void> {
        let end = ContinuousClock.now + limit
        while let heard = try await socket.next(within: end - .now) {
            switch try message(heard) {
            case .registered:
                return Found(value: (), seen: "registered as \(identity.nodeID)")
            case .versionMismatch(let mismatch):
                throw Failure(
                    seen:
                        "refused for the protocol version: the server speaks \(Quoted(mismatch.serverVersion ?? "?"))",
                    advice:
                        "A server of this network must accept protocol 1.0 with an unknown build. Check its version."
                )
            case .error(let notice):
                throw Failure(
                    seen: "refused: \(Quoted(notice.text ?? "no reason given"))",
                    advice: notice.code == "server_full"
                        ? "Raise the limit of peers, or add a bootstrap server."
                        : "Look at the log of the server for the reason."
                )
            case .authChallenge(let challenge):
                prove(identity, challenge, on: socket)
            case .authFailure(let failure):
                throw refusal(failure)
            // A server may say much to a newcomer; nothing else is about this.
            default:
                continue
            }
        }
        throw Failure(
            seen: "no registration within \(text(limit))",
            advice:
                "Is this the address of a bootstrap server? A bridge does not register peers. If it is, look at its log."
        )
    }

    mutating func answer(to question: WireRequestID, on socket: TrialSocket) async throws(Stopped) -> Answer {
        let identity = configuration.identity
        let began = ContinuousClock.now
        let answer = try await perform(.answer, within: configuration.limits.answer) { limit in
            let (response, invitations) = try await Self.response(
                to: question,
                identity,
                on: socket,
                until: began + limit,
                limit
            )
            var found = try Self.judge(response, after: .now - began)
            found.value.invitations = invitations
            return found
        }
        receipt = answer.receipt
        return answer
    }

    private static func response(
        to question: WireRequestID,
        _ identity: TrialIdentity,
        on socket: TrialSocket,
        until end: ContinuousClock.Instant,
        _ limit: Duration
    ) async throws -> (Response, [InvitationReceived]) {
        var invitations: [InvitationReceived] = []
        while let heard = try await socket.next(within: end - .now) {
            switch try message(heard) {
            case .response(let response) where response.requestID == question:
                return (response, invitations)
            case .invitationReceived(let invitation):
                // One helper is named, so more than a few are somebody's mistake.
                if invitations.count < WireLimits.peers { invitations.append(invitation) }
            case .authChallenge(let challenge):
                prove(identity, challenge, on: socket)
            case .authFailure(let failure):
                throw refusal(failure)
            // A server may say much to a newcomer; nothing else is about this.
            default:
                continue
            }
        }
        throw Failure(
            seen: "no answer within \(text(limit))",
            advice:
                "Clients wait 30 s. Look at the server's bridges (causeway status) and its log: are they connected, and do "
                + "they answer?"
        )
    }

    /// The step and the outcome of one answer.
    static func judge(_ response: Response, after took: Duration) throws -> Found<Answer> {
        guard response.success else { return turnedAway(response) }
        guard case .join(let join)? = response.data else {
            throw Failure(
                seen: "an answer without peers",
                advice: "That is no answer to a newcomer. Is this the address of a bootstrap server?"
            )
        }
        let receipt = join.receipt.map(Self.receipt)
        if join.isGenesis {
            return Found(
                value: Answer(outcome: .first, receipt: receipt),
                result: .warning,
                seen: "made the first peer of a new network",
                advice:
                    "The network was new, and now waits for a first peer that has left. It begins anew with the next peer "
                    + "once its bridges have known nobody for a while; otherwise restart it with fresh state."
            )
        }
        if join.status == .helperCoordinating {
            let outcome = JoinTrialReport.Outcome.turnedAway(
                code: "helper_coordinating",
                retryAfterMs: JoinTrialDefaults.coordinatingRetryMs
            )
            return away(outcome, "told to ask again: \(Quoted(join.message ?? "no reason given"))", receipt)
        }
        guard let first = join.peers.first else {
            let outcome = JoinTrialReport.Outcome.turnedAway(
                code: join.status?.text.lettersOnly ?? "nobody",
                retryAfterMs: nil
            )
            return away(outcome, "the answer names nobody", receipt)
        }
        guard join.status == .peerFound || join.peers.count == 1 && join.emergencyMode != true else {
            return Found(
                value: Answer(outcome: .degraded, receipt: receipt),
                result: .warning,
                seen: "\(join.peers.count) peers to dial, but no helper, after \(text(took))",
                advice: "No bridge could name a helper. Look at the server's bridges (causeway status)."
            )
        }
        let via = receipt.flatMap { receipt in
            receipt.bridge.map { " by bridge \($0.prefix(8)), \(receipt.attempts) asked" }
        }
        let isSlow = took >= JoinTrialDefaults.slowAnswer
        return Found(
            value: Answer(way: .helper(first), outcome: .joined, receipt: receipt),
            result: isSlow ? .warning : .ok,
            seen: "helper \(short(first.nodeID)) named\(via ?? "") after \(text(took))",
            advice: isSlow ? "That is slow. Look at the bridges: are they loaded, or far away?" : nil
        )
    }

    private static func turnedAway(_ response: Response) -> Found<Answer> {
        let code = response.code?.lettersOnly ?? "error"
        let retry = response.retryAfterMs.map { max(0, $0) }
        let again = retry.map { ", to ask again in \(text(.milliseconds($0)))" } ?? ""
        let seen = "turned away (\(code))\(again): \(Quoted(response.error ?? "no reason given"))"
        return away(.turnedAway(code: code, retryAfterMs: retry), seen, nil)
    }

    private static func away(
        _ outcome: JoinTrialReport.Outcome,
        _ seen: String,
        _ receipt: JoinTrialReport.Receipt?
    ) -> Found<Answer> {
        var advice = "Look at the server's bridges (causeway status): are they connected, and do they know peers?"
        if case .turnedAway("busy", _) = outcome {
            advice = "Too much is asked at once. Try again later; if it stays so, add bridges or raise their windows."
        }
        return Found(value: Answer(outcome: outcome, receipt: receipt), result: .failed, seen: seen, advice: advice)
    }

    private static func receipt(_ receipt: JoinReceipt) -> JoinTrialReport.Receipt {
        JoinTrialReport.Receipt(
            id: receipt.requestID.map { $0.text.lettersOnly },
            bridge: receipt.bridge?.description,
            attempts: receipt.attempts,
            queueMs: receipt.queueMs,
            totalMs: receipt.totalMs
        )
    }

    // MARK: Parts

    /// What was heard, if it is a message; otherwise the end of the trial.
    static func message(_ heard: TrialSocket.Heard) throws -> BootstrapToPeer {
        switch heard {
        case .message(let message):
            return message
        case .nonsense:
            throw Failure(
                seen: "what came is no message of the network",
                advice: "Something else listens there. Check host, port and path of the address."
            )
        case .closed(let closure):
            let code = closure.code.map { " with \($0.rawValue)" } ?? ""
            let reason = closure.reason.isEmpty ? "" : ": \(Quoted(closure.reason))"
            // Bridges say so to whoever does not begin as peers and bootstrap servers do (protocol.md 3.2).
            let isBridge = closure.reason.contains("handshake")
            throw Failure(
                seen: "the server closed the connection\(code)\(reason)",
                advice: isBridge
                    ? "This is a bridge. Newcomers join through a bootstrap server: use its address."
                    : "Look at the log of the server, or its proxy, for the reason."
            )
        }
    }

    static func prove(_ identity: TrialIdentity, _ challenge: AuthChallenge, on socket: TrialSocket) {
        guard let answer = identity.answer(to: challenge, at: SystemClock.unixMilliseconds()) else { return }
        socket.send(.authResponse(answer))
    }

    private static func refusal(_ failure: AuthFailure) -> Failure {
        Failure(
            seen:
                "the proof of the node id was refused: \(Quoted(failure.reason ?? failure.error ?? "no reason given"))",
            advice: "The proof is right; look at the log of the server for what it makes of it."
        )
    }

    static func short(_ id: ClientID) -> String { "\(id.description.lettersOnly.prefix(8))" }
}

extension String {
    /// For codes and ids, which are words: what is in them besides becomes `_`.
    var lettersOnly: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.prefix(64).map { scalar in
                    switch scalar {
                    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".": scalar
                    default: "_"
                    }
                }
            )
        )
    }
}
