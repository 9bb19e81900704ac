/// A helper invites a peer (protocol.md 2.7). Answered by `Response`; the invitee gets `InvitationReceived` before that.
public struct SendInvitation: WireMessage {
    public static let wireType: StaticString = "send_invitation"

    public var targetPeerID: ClientID
    /// Passed on unchanged.
    public var invitationToken: RawJSON
    /// Claimed; compare with the id bound to the link.
    public var inviterNodeID: ClientID
    public var requestID: WireRequestID
    /// Passed on unchanged. No existing client sends it.
    public var websocketCoordination: RawJSON?

    public init(
        targetPeerID: ClientID,
        invitationToken: RawJSON,
        inviterNodeID: ClientID,
        requestID: WireRequestID,
        websocketCoordination: RawJSON? = nil
    ) {
        self.targetPeerID = targetPeerID
        self.invitationToken = invitationToken
        self.inviterNodeID = inviterNodeID
        self.requestID = requestID
        self.websocketCoordination = websocketCoordination
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        invitationToken = try fields.requiredObject("invitationToken")
        inviterNodeID = try fields.required("inviterNodeId")
        requestID = try fields.required("requestId")
        websocketCoordination = fields.optional("websocketCoordination")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("invitationToken", invitationToken)
        writer.member("inviterNodeId", inviterNodeID)
        writer.member("requestId", requestID)
        writer.member("websocketCoordination", ifPresent: websocketCoordination)
    }
}

extension SendInvitation {
    /// False if the token names another inviter or invitee than the message does (protocol.md 1.5). Nobody verifies its
    /// signature; whether it is in force is for the invitee to say, by its own clock.
    public var isConsistent: Bool {
        func names(_ key: String, _ id: ClientID) -> Bool {
            guard let named = invitationToken.member(key) else { return true }
            return named.withValue { $0.string.flatMap { ClientID($0) } } == id
        }
        return names("inviter", inviterNodeID) && names("invitee", targetPeerID)
    }
}

/// Hands an invitation to the invitee, which answers `InvitationAccepted`.
public struct InvitationReceived: WireMessage {
    public static let wireType: StaticString = "invitation_received"

    public var fromPeer: ClientID
    public var invitationToken: RawJSON
    public var websocketCoordination: RawJSON?
    public var message: String?

    public init(
        fromPeer: ClientID,
        invitationToken: RawJSON,
        websocketCoordination: RawJSON? = nil,
        message: String? = nil
    ) {
        self.fromPeer = fromPeer
        self.invitationToken = invitationToken
        self.websocketCoordination = websocketCoordination
        self.message = message
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        invitationToken = try fields.requiredObject("invitationToken")
        websocketCoordination = fields.optional("websocketCoordination")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("invitationToken", invitationToken)
        writer.member("websocketCoordination", ifPresent: websocketCoordination)
        writer.member("message", ifPresent: message)
    }
}

/// The invitee accepts. No request id and no answer; both sides get `WebSocketPeerMetadata` or the WebRTC pair.
public struct InvitationAccepted: WireMessage {
    public static let wireType: StaticString = "invitation_accepted"

    /// The invitee.
    public var fromPeer: ClientID
    /// The inviter.
    public var toPeer: ClientID
    public var timestamp: Int64?

    public init(fromPeer: ClientID, toPeer: ClientID, timestamp: Int64? = nil) {
        self.fromPeer = fromPeer
        self.toPeer = toPeer
        self.timestamp = timestamp
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        toPeer = try fields.required("toPeer")
        timestamp = fields.optional("timestamp")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("toPeer", toPeer)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// A helper has done what `SendInvitationRequest` asked, which normally means that it was linked already.
public struct InvitationSent: WireMessage {
    public static let wireType: StaticString = "invitation_sent"

    public var targetPeerID: ClientID
    /// That of the `SendInvitationRequest`.
    public var requestID: WireRequestID
    public var success: Bool

    public init(targetPeerID: ClientID, requestID: WireRequestID, success: Bool = true) {
        self.targetPeerID = targetPeerID
        self.requestID = requestID
        self.success = success
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        requestID = try fields.required("requestId")
        success = fields.optional("success") ?? true
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("requestId", requestID)
        writer.member("success", success)
    }
}

/// Asks a helper to invite a newcomer (protocol.md 2.7).
public struct SendInvitationRequest: WireMessage {
    public static let wireType: StaticString = "send_invitation_request"

    public var targetPeerID: ClientID
    public var requestID: WireRequestID
    public var message: String?

    public init(targetPeerID: ClientID, requestID: WireRequestID, message: String? = nil) {
        self.targetPeerID = targetPeerID
        self.requestID = requestID
        self.message = message
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        requestID = try fields.required("requestId")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("requestId", requestID)
        writer.member("message", ifPresent: message)
    }
}
