public import Kademlia
public import WireMessages

/// What the owner of the sockets has to do, in this order.
public enum BridgeAction: Equatable, Sendable {
    /// The socket is a bootstrap link from now on: read `BootstrapToBridge` on it, with the limits of a link.
    case becomeLink(ConnectionID)
    /// The socket is a DHT link from now on: read `DHTMessage` on it, with the limits of a peer.
    case becomePeer(ConnectionID)
    /// Add key and secret to the registration and send it.
    case register(ConnectionID, Registration)
    case sendToBootstrap(ConnectionID, BridgeToBootstrap)
    case sendToPeer(ConnectionID, DHTMessage)
    /// Tell a helper on its socket, if that takes it at once, and report with `instructed`.
    case instruct(AssignmentID, ConnectionID, CreateInvitationForPeer)
    /// Sign the token and send the answer.
    case answer(ConnectionID, UnsignedAnswer)
    /// Close with a close frame, then end the socket.
    case close(ConnectionID, BridgeClosing)
    /// Open a WebSocket to `address` and report `dialled` or `dialFailed`.
    case dial(NodeID, address: String)
    /// Open a WebSocket to this bootstrap and report `reached` or `notReached`.
    case dialBootstrap(BootstrapID)
    /// How it stands with a bootstrap that we dial has changed. An operator wants to hear of news; the rest repeats itself.
    case dialInChanged(BootstrapID, DialInStatus, isNews: Bool)
    /// Keep these for after a restart, in place of those kept before.
    case remember([RememberedPeer])
    /// Onboarding requests wait: call `work` once the sockets had their turn.
    case scheduleWork
    /// The shutdown that was asked for is complete, but for the sockets that are closing.
    case stopped
}

/// Why the bridge closes a socket: the close codes and reasons that existing endpoints know (protocol.md 3.2, 4.7), and ours.
public enum BridgeClosing: Equatable, Sendable {
    case handshakeTimeout
    case invalidHandshakeFormat
    case invalidHandshake
    case unauthorized
    case full
    /// The dialled peer did not answer the hello, or is not the one that was meant.
    case helloTimeout
    case wrongPeer
    /// The peer came in by itself while we dialled it.
    case alreadyConnected
    case tooManySockets
    case silent
    /// It kept sending more than it may.
    case flooding
    /// The dialled bootstrap did not register us, or would not.
    case registrationTimeout
    case versionMismatch
    case stopping

    /// The RFC 6455 close code.
    public var code: UInt16 {
        switch self {
        case .handshakeTimeout, .invalidHandshakeFormat, .invalidHandshake, .unauthorized, .helloTimeout, .wrongPeer,
            .alreadyConnected, .tooManySockets, .silent, .registrationTimeout:
            1000
        case .versionMismatch: 4001
        case .flooding: 1008
        case .full: 1013
        case .stopping: 1001
        }
    }

    public var reason: String {
        switch self {
        case .handshakeTimeout: "Handshake timeout"
        case .invalidHandshakeFormat: "Invalid handshake format"
        case .invalidHandshake: "Invalid handshake"
        case .unauthorized: "Unauthorized - invalid bridge auth token"
        case .full: "Too many connections"
        case .helloTimeout: "No answer to hello"
        case .wrongPeer: "Not the expected peer"
        case .alreadyConnected: "Already connected"
        case .tooManySockets: "Too many sockets for this peer"
        case .silent: "Silent for too long"
        case .flooding: "Too many messages"
        case .registrationTimeout: "No answer to registration"
        case .versionMismatch: "Version mismatch"
        case .stopping: "Bridge shutting down"
        }
    }
}
