package import Kademlia
package import WireMessages

/// What the owner of the sockets has to do, in this order.
package enum BridgeAction: Equatable, Sendable {
    /// The socket is a bootstrap link from now on: read `BootstrapToBridge` on it, with the limits of a link.
    case becomeLink(ConnectionID)
    /// The socket is a DHT link from now on: read `DHTMessage` on it, with the limits of a peer.
    case becomePeer(ConnectionID)
    /// Add key and secret to the registration and send it.
    case register(ConnectionID, Registration)
    case sendToBootstrap(ConnectionID, BridgeToBootstrap)
    case sendToPeer(ConnectionID, DHTMessage)
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
    /// Onboarding requests wait: call `work` once the sockets had their turn.
    case scheduleWork
    /// The shutdown that was asked for is complete, but for the sockets that are closing.
    case stopped
}

/// Why the bridge closes a socket: the close codes and reasons that existing endpoints know (protocol.md 3.2, 4.7), and ours.
package enum BridgeClosing: Equatable, Sendable {
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
    /// The dialled bootstrap did not register us, or would not.
    case registrationTimeout
    case versionMismatch
    case stopping

    /// The RFC 6455 close code.
    package var code: UInt16 {
        switch self {
        case .handshakeTimeout, .invalidHandshakeFormat, .invalidHandshake, .unauthorized, .helloTimeout, .wrongPeer,
            .alreadyConnected, .tooManySockets, .silent, .registrationTimeout:
            1000
        case .versionMismatch: 4001
        case .full: 1013
        case .stopping: 1001
        }
    }

    package var reason: String {
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
        case .registrationTimeout: "No answer to registration"
        case .versionMismatch: "Version mismatch"
        case .stopping: "Bridge shutting down"
        }
    }
}

/// A successful answer to `get_onboarding_peer` whose token is not signed yet. Signing costs more than deciding, so it happens
/// outside the core.
package struct UnsignedAnswer: Equatable, Sendable {
    package var requestID: WireRequestID
    package var token: OpenNetworkToken
    package var helperMetadata: RawJSON
    /// Whether the answer says which bridge it is of.
    package var namesBridge: Bool

    package init(
        requestID: WireRequestID,
        token: OpenNetworkToken,
        helperMetadata: RawJSON,
        namesBridge: Bool = true
    ) {
        self.requestID = requestID
        self.token = token
        self.helperMetadata = helperMetadata
        self.namesBridge = namesBridge
    }

    /// The answer as it goes out.
    /// - Parameter signature: 128 lowercase hex digits over `token.unsigned`.
    package func signed(_ signature: String) -> OnboardingPeerResponse {
        OnboardingPeerResponse(
            requestID: requestID,
            success: true,
            data: .answer(
                OnboardingAnswer(
                    inviterPeerID: token.authorizedBy,
                    inviterMetadata: helperMetadata,
                    membershipToken: token.unsigned.adding("signature", signature),
                    status: OnboardingAnswer.invitationRequested,
                    message: "A connected peer was asked to invite the newcomer"
                )
            ),
            timestamp: token.timestamp,
            from: namesBridge ? token.issuer : nil
        )
    }
}

/// The membership token a bridge issues in an open network (protocol.md 1.5). Existing bridges put a constant where we put an
/// Ed25519 signature over the compact JSON text of the other members, in this order.
package struct OpenNetworkToken: Equatable, Sendable {
    package var holder: NodeID
    package var issuer: NodeID
    /// Milliseconds since 1970.
    package var timestamp: Int64
    package var authorizedBy: NodeID

    package init(holder: NodeID, issuer: NodeID, timestamp: Int64, authorizedBy: NodeID) {
        self.holder = holder
        self.issuer = issuer
        self.timestamp = timestamp
        self.authorizedBy = authorizedBy
    }

    /// The text that is signed.
    package var unsigned: RawJSON {
        .object { writer in
            writer.member("nodeId", holder)
            writer.member("issuer", issuer)
            writer.member("timestamp", timestamp)
            writer.member("isOpenNetwork", true)
            writer.member("authorizedBy", authorizedBy)
        }
    }
}
