import Kademlia
import MembershipTokens
import Timekeeping
import WireMessages

/// How onboarding requests are answered (protocol.md 3.4).
extension Bridge {
    func answer(
        _ request: GetOnboardingPeer,
        helper: NodeID,
        _ introduction: Introduction,
        on connection: ConnectionID,
        at now: Moment
    ) -> UnsignedAnswer {
        UnsignedAnswer(
            requestID: request.requestID,
            token: openNetworkToken(for: request.newNodeID, authorizedBy: helper, at: now),
            content: .onboarding(helperMetadata: introduction.metadata),
            namesBridge: name(on: connection) != nil
        )
    }

    /// A failure as existing bootstraps read it, with what ours read besides.
    func refuse(
        _ request: GetOnboardingPeer,
        _ reason: Refusal,
        on connection: ConnectionID,
        at now: Moment
    ) -> BridgeAction {
        var response = OnboardingPeerResponse(
            requestID: request.requestID,
            success: false,
            timestamp: now.unixMilliseconds,
            from: name(on: connection)
        )
        switch reason {
        case .busy(let depth):
            response.error = "Bridge is busy"
            response.code = "busy"
            response.retryAfterMs = BridgeDefaults.busyRetryAfter.wholeMilliseconds
            response.queueDepth = Int64(depth)
        case .nobodyQualifies:
            let text = "No connected peer can help"
            response.error = text
            response.code = "no_helper"
            response.data = .emergency(
                EmergencyState(reason: text, networkState: networkState(except: request.newNodeID, at: now))
            )
        case .timedOut:
            response.error = "No helper could be told in time"
            response.code = "timeout"
        case .stopping:
            response.error = "Bridge is shutting down"
            response.code = "stopping"
        }
        return .sendToBootstrap(connection, .onboardingPeerResponse(response))
    }

    /// Whom a newcomer could try by itself: connected peers that are neither bridges nor hidden tabs, the longest connected
    /// first.
    private func networkState(except newcomer: NodeID, at now: Moment) -> NetworkState {
        // The few are kept in order; sorting all of them would cost a thousand times as much for each refused newcomer.
        var longest: [HelperCandidate] = []
        for candidate in peers.candidates
        where candidate.kind != .bridge && !candidate.isTabHidden && candidate.id != newcomer {
            func isLonger(than other: HelperCandidate) -> Bool {
                (candidate.connectedSince, candidate.id) < (other.connectedSince, other.id)
            }
            if longest.count == BridgeDefaults.emergencyPeers {
                guard isLonger(than: longest[longest.count - 1]) else { continue }
                longest.removeLast()
            }
            let place = longest.lastIndex { !isLonger(than: $0) }.map { $0 + 1 } ?? 0
            longest.insert(candidate, at: place)
        }
        let available = longest.map {
            AvailablePeer(nodeID: $0.id, metadata: peers[$0.id]?.introduction.metadata, connected: true)
        }
        return NetworkState(
            connectedPeerCount: Int64(peers.count),
            routingTableSize: Int64(routing.count),
            availablePeers: available,
            bridgeNodeID: configuration.nodeID,
            timestamp: now.unixMilliseconds
        )
    }
}
