/// Why a relay session is refused: the words that existing browsers know (protocol.md 4.8).
public enum RelayRefusal: String {
    case notRelayCapable = "not_relay_capable"
    case capacityReached = "capacity_reached"
    case targetNotFound = "target_not_found"
    case targetNotConnected = "target_not_connected"
    case invalidSession = "invalid_session"
    case unauthorized
}

/// Why a relay session ended: the words that existing browsers know.
enum RelayEnding: String {
    case manual
    case timeout
    case peerDisconnected = "peer_disconnected"
    case error
}
