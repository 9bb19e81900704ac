public import Kademlia

/// How far an introduction came, as the bootstrap saw it. Ours.
public enum IntroductionResult: String, Hashable, Sendable, CaseIterable, WireField {
    /// The newcomer took up the helper's invitation.
    case accepted
    /// One of the two reported that they are connected.
    case connected
    /// The helper sent no invitation in time.
    case silent
    /// The helper invited, and still the newcomer did not get in: it had to ask again, or reported a failed connection.
    case failed

    public init?(json: JSONValue) {
        guard let text = json.string(maxBytes: WireLimits.messageType) else { return nil }
        self.init(rawValue: text)
    }

    public func write(to writer: inout JSONWriter) { writer.string(rawValue) }
}

/// Tells the bridge that named a helper what became of it, so that it names better ones. Ours: only where both ends announced
/// `LinkFeatures.outcome`. It has no answer. Of one request there may be two: accepted first, how it ended later.
public struct IntroductionOutcome: WireMessage {
    public static let wireType: StaticString = "introduction_outcome"

    /// Of the onboarding request, as this link carried it.
    public var requestID: WireRequestID
    public var newNodeID: NodeID
    /// The helper.
    public var inviterPeerID: NodeID
    public var outcome: IntroductionResult

    public init(
        requestID: WireRequestID,
        newNodeID: NodeID,
        inviterPeerID: NodeID,
        outcome: IntroductionResult
    ) {
        self.requestID = requestID
        self.newNodeID = newNodeID
        self.inviterPeerID = inviterPeerID
        self.outcome = outcome
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        requestID = try fields.required("requestId")
        newNodeID = try fields.required("newNodeId")
        inviterPeerID = try fields.required("inviterPeerId")
        outcome = try fields.required("outcome")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("requestId", requestID)
        writer.member("newNodeId", newNodeID)
        writer.member("inviterPeerId", inviterPeerID)
        writer.member("outcome", outcome)
    }
}

/// The keys with which this network's bridges sign membership tokens. Ours: only where both ends announced
/// `LinkFeatures.keys`; it replaces what was sent before. It has no answer.
public struct BridgeKeys: WireMessage {
    public static let wireType: StaticString = "bridge_keys"

    /// One bridge's key.
    public struct Key: WireObject {
        public var bridgeNodeID: NodeID
        /// Ed25519, 64 lowercase hex digits. The key id in a token follows from it.
        public var publicKey: String

        public init(bridgeNodeID: NodeID, publicKey: String) {
            self.bridgeNodeID = bridgeNodeID
            self.publicKey = publicKey
        }

        public init(reading fields: WireFields) throws(WireError.Reason) {
            bridgeNodeID = try fields.required("bridgeNodeId")
            publicKey = try fields.required("publicKey")
        }

        public func writeMembers(to writer: inout JSONWriter) {
            writer.member("bridgeNodeId", bridgeNodeID)
            writer.member("publicKey", publicKey)
        }
    }

    public var keys: [Key]

    public init(keys: [Key]) {
        self.keys = keys
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        keys = try fields.required("keys")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("keys", keys)
    }
}
