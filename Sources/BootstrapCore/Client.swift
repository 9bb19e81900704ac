package import Kademlia
import WireMessages

/// One connection, as the server that holds the socket numbers it.
package struct ConnectionID: Sendable, Hashable {
    package let value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }
}

/// One newcomer's question to the bridges.
package struct JoinID: Sendable, Hashable {
    package let value: UInt64

    package init(_ value: UInt64) {
        self.value = value
    }
}

/// A bridge with a ready link, in the terms in which a peer is told of it (protocol.md 2.6.4).
package struct BridgeContact: Sendable, Equatable {
    package var nodeID: NodeID
    package var listeningAddress: String
    package var publicWssAddress: String

    package init(nodeID: NodeID, listeningAddress: String, publicWssAddress: String) {
        self.nodeID = nodeID
        self.listeningAddress = listeningAddress
        self.publicWssAddress = publicWssAddress
    }
}

/// Why the server closes a connection: code and text (protocol.md 2.3; ours where it has none).
package enum ClientClosing: Sendable, Equatable {
    case invalidJSON
    case missingNodeID
    case versionMismatch
    case serverFull
    case neverRegistered
    /// The same id registered on a newer socket.
    case replaced

    package var code: UInt16 {
        switch self {
        case .invalidJSON, .missingNodeID: 1002
        case .versionMismatch: 4001
        case .serverFull, .replaced: 1000
        case .neverRegistered: 1008
        }
    }

    package var text: String {
        switch self {
        case .invalidJSON: "Invalid JSON"
        case .missingNodeID: "Missing nodeId"
        case .versionMismatch: "Version mismatch"
        case .serverFull: "Server full"
        case .neverRegistered: "Not registered in time"
        case .replaced: "Replaced by a newer connection"
        }
    }
}

extension Bootstrap {
    /// One open connection.
    struct Client: Sendable {
        let connection: ConnectionID
        /// As named by the first message that names one; it never changes afterwards.
        var id: ClientID?
        var isRegistered = false
        /// What others may be shown of it; the rest is not kept.
        var metadata = RawJSON.emptyObject
        var kind = PeerMetadata.NodeType.browser
        /// Says of itself that it is a bridge. That proves nothing, so it is neither asked nor listed as one, and never
        /// made genesis.
        var claimsBridge = false
        var isHiddenTab = false
        var join: Join?
        var answered: [WireRequestID] = []
        /// Came before the registration, or before the answer that names the helper; delivered after it, so that a client
        /// knows its helper, and holds its token, when the helper invites it.
        var heldInvitations: [InvitationReceived] = []

        init(connection: ConnectionID) {
            self.connection = connection
        }

        mutating func adopt(_ metadata: RawJSON) {
            let view = PeerMetadata(metadata)
            self.metadata = PeerListing.shown(metadata)
            kind = view.nodeType
            claimsBridge = view.claimsToBeBridge
            isHiddenTab = view.isHiddenTab
        }

        /// Whether its answer is on its way: a helper is often faster than the bridge that named it.
        var awaitsHelper: Bool {
            switch join?.progress {
            case .asking, .ended: true
            case nil, .asked, .awaitingGenesis, .holding: false
            }
        }

        /// Whether other peers may be led to it.
        var isListable: Bool { isRegistered && !claimsBridge && !isHiddenTab && id?.node != nil }
    }

    /// A newcomer's question, from its first request to its answer.
    struct Join: Sendable {
        enum Progress: Sendable {
            /// Nothing has been done about it yet; some answers wait for the registration.
            case asked
            /// Waits for the genesis decision, its own or somebody else's, to be written.
            case awaitingGenesis
            case asking(JoinID)
            /// The bridges know nobody yet; they are asked again in a moment.
            case holding
            /// The answer is known and waits for the registration.
            case ended(OnboardingOutcome, JoinReceipt?)
        }

        var waiters: [WireRequestID]
        var listLimit: Int
        /// A bridge that has lost all its peers asks.
        var isRecovery: Bool
        var progress: Progress
        /// How often the bridges were asked again because they knew nobody.
        var retries = 0
    }
}
