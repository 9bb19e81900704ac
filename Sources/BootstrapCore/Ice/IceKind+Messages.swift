import Kademlia
import Timekeeping
import WireMessages

/// The messages of both kinds; they differ in their names, and a restart exchanges no candidates.
extension IceKind {
    func pending(_ sessionID: String, target: NodeID) -> BootstrapToPeer {
        switch self {
        case .start:
            .iceCoordinatePending(
                IceCoordinatePending(
                    sessionID: sessionID,
                    target: .node(target),
                    message: "Waiting for the other peer to ask as well"
                )
            )
        case .restart:
            .iceRestartPending(
                IceRestartPending(
                    sessionID: sessionID,
                    target: .node(target),
                    message: "Waiting for the other peer to ask for the restart as well"
                )
            )
        }
    }

    func go(
        _ sessionID: String,
        at timestamp: Int64,
        with peer: NodeID,
        _ side: IceSide,
        _ outlook: IceOutlook
    ) -> BootstrapToPeer {
        switch self {
        case .start:
            .iceStart(
                IceStart(
                    sessionID: sessionID,
                    timestamp: timestamp,
                    peer: .node(peer),
                    peerCandidates: side.candidates,
                    peerProfile: side.profile.json,
                    hardNatPair: outlook.isHardPair,
                    // Fresh mappings may meet where the first ones did not; any other pair needs no such luck.
                    shouldAttemptCoordinatedRestart: outlook.isHardPair,
                    estimatedSuccessRate: outlook.successRate
                )
            )
        case .restart:
            .iceRestartGo(
                IceRestartGo(
                    sessionID: sessionID,
                    timestamp: timestamp,
                    peer: .node(peer),
                    peerProfile: side.profile.json,
                    hardNatPair: outlook.isHardPair,
                    estimatedSuccessRate: outlook.successRate
                )
            )
        }
    }

    func timeout(_ sessionID: String) -> BootstrapToPeer {
        let text = "The other peer did not ask in time"
        return switch self {
        case .start: .iceCoordinateTimeout(IceCoordinateTimeout(sessionID: sessionID, message: text, error: text))
        case .restart: .iceRestartTimeout(IceRestartTimeout(sessionID: sessionID, message: text, error: text))
        }
    }

    func error(_ refusal: IceRefusal, _ sessionID: String, peer: NodeID? = nil) -> BootstrapToPeer {
        let peer = peer.map(ClientID.node)
        return switch self {
        case .start:
            .iceCoordinateError(
                IceCoordinateError(error: refusal.text, message: refusal.text, sessionID: sessionID, peer: peer)
            )
        case .restart:
            .iceRestartError(
                IceRestartError(error: refusal.text, message: refusal.text, sessionID: sessionID, peer: peer)
            )
        }
    }
}
