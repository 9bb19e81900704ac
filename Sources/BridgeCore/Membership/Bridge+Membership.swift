import Kademlia
import MembershipTokens
public import Timekeeping
import WireMessages

/// Who may come back, who may be first, and with what token (protocol.md 1.5, 3.6).
extension Bridge {
    /// A token for a newcomer, on the word of its helper.
    func openNetworkToken(for holder: NodeID, authorizedBy helper: NodeID, at now: Moment) -> MembershipToken {
        token(for: holder, .openNetwork(authorizedBy: helper), at: now)
    }

    private func token(for holder: NodeID, _ kind: MembershipToken.Kind, at now: Moment) -> MembershipToken {
        MembershipToken(
            holder: holder,
            issuer: configuration.nodeID,
            timestamp: now.unixMilliseconds,
            kind: kind,
            keyID: tokenKey.id
        )
    }

    /// Looks over all connected peers, one pass without sorting.
    func survey(asker: NodeID?, at now: Moment) -> NetworkSurvey {
        var survey = NetworkSurvey(observer: configuration.nodeID, asker: asker, at: now)
        for candidate in peers.candidates {
            let introduction = peers[candidate.id]?.introduction
            survey.add(
                ObservedPeer(
                    id: candidate.id,
                    isBridge: candidate.kind == .bridge,
                    lastHeard: candidate.lastHeard,
                    connectedSince: candidate.connectedSince,
                    isLeaving: candidate.isTabHidden || candidate.isUnresponsive,
                    showsToken: introduction?.showsToken == true,
                    tokenNodeID: introduction?.tokenNodeID
                )
            )
        }
        return survey
    }

    /// The network's fingerprint as existing bridges report it: 64 hex digits.
    public func networkFingerprint(at now: Moment) -> String {
        digest(of: survey(asker: nil, at: now).fingerprint)
    }

    /// SHA-256 as 64 lowercase hex digits.
    private func digest(of fingerprint: NetworkFingerprint) -> String {
        String(hexadecimal: configuration.cryptography.sha256(fingerprint.text))
    }

    /// Whether a peer that was a member before may come back.
    mutating func validate(
        _ request: ValidateReconnection,
        on connection: ConnectionID,
        at now: Moment
    ) -> [BridgeAction] {
        let survey = survey(asker: request.nodeID, at: now)
        let verdict = tokenKeys.judge(
            request.membershipToken,
            of: request.nodeID,
            at: now.unixMilliseconds,
            isStrict: configuration.strictTokens
        )
        let refusal = verdict.isAccepted ? survey.ailment : "Invalid membership token: \(verdict.explanation)"
        var result = ReconnectionResult(
            nodeID: request.nodeID,
            requestID: request.requestID,
            success: refusal == nil,
            reason: refusal ?? "Reconnection validation passed",
            timestamp: now.unixMilliseconds,
            from: name(on: connection)
        )
        if refusal == nil {
            counters.reconnectionsGranted += 1
            result.networkFingerprint = digest(of: survey.fingerprint)
            result.activePeerCount = Int64(survey.activePeers)
            result.validAnnouncementCount = Int64(survey.announcements)
            result.selectedActiveMember = survey.activeMember
        } else {
            counters.reconnectionsRefused += 1
        }
        return [.sendToBootstrap(connection, .reconnectionResult(result))]
    }

    /// Lets the first peer of a network in. Existing bridges only answer; we dial it, too, if it is not here and said where.
    mutating func connectGenesis(
        _ request: ConnectGenesisPeer,
        on connection: ConnectionID,
        at now: Moment
    ) -> [BridgeAction] {
        let survey = survey(asker: request.nodeID, at: now)
        let introduction = Introduction(metadata: request.metadata)
        let isConnected = peers.contains(request.nodeID)
        let refusal: GenesisDesk.Refusal? =
            if isStopping {
                .stopping
            } else if request.nodeID == configuration.nodeID {
                .isThisBridge
            } else {
                genesis.admit(
                    request.nodeID,
                    isBridge: introduction.kind == .bridge || peers.candidate(request.nodeID)?.kind == .bridge,
                    members: survey.members,
                    hasRoom: isConnected || peers.count < configuration.maximumPeers,
                    at: now.instant
                )
            }
        if let refusal {
            let result = GenesisConnectionResult(
                nodeID: request.nodeID,
                requestID: request.requestID,
                success: false,
                reason: refusal.rawValue,
                timestamp: now.unixMilliseconds,
                from: name(on: connection)
            )
            return [.sendToBootstrap(connection, .genesisConnectionResult(result))]
        }
        // It will hold the token that we are about to issue, and can then help others.
        peers.update(request.nodeID) { _, candidate in candidate.holdsToken = true }
        if let address = introduction.address {
            scheduleDial(of: request.nodeID, to: address, attempts: 1, at: now.instant)
        }
        let answer = UnsignedAnswer(
            requestID: request.requestID,
            token: token(for: request.nodeID, .genesis, at: now),
            content: .genesis(networkFingerprint: digest(of: survey.fingerprint)),
            namesBridge: name(on: connection) != nil
        )
        return [.answer(connection, answer)]
    }
}
