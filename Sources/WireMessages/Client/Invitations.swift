/// A helper invites a peer (protocol.md 2.7). Answered by `Response`; the invitee gets `InvitationReceived` before that.
package struct SendInvitation: WireMessage {
    package static let wireType: StaticString = "send_invitation"

    package var targetPeerID: ClientID
    /// Passed on unchanged.
    package var invitationToken: RawJSON
    /// Claimed; compare with the id bound to the link.
    package var inviterNodeID: ClientID
    package var requestID: WireRequestID
    /// Passed on unchanged. No existing client sends it.
    package var websocketCoordination: RawJSON?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        invitationToken = try fields.requiredObject("invitationToken")
        inviterNodeID = try fields.required("inviterNodeId")
        requestID = try fields.required("requestId")
        websocketCoordination = fields.optional("websocketCoordination")
    }

    package func writeMembers(to writer: inout JSONWriter) {
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
    package var isConsistent: Bool {
        func names(_ key: String, _ id: ClientID) -> Bool {
            guard let named = invitationToken.member(key) else { return true }
            return named.withValue { $0.string.flatMap { ClientID($0) } } == id
        }
        return names("inviter", inviterNodeID) && names("invitee", targetPeerID)
    }
}

/// Hands an invitation to the invitee, which answers `InvitationAccepted`.
package struct InvitationReceived: WireMessage {
    package static let wireType: StaticString = "invitation_received"

    package var fromPeer: ClientID
    package var invitationToken: RawJSON
    package var websocketCoordination: RawJSON?
    package var message: String?

    package init(
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

    package init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        invitationToken = try fields.requiredObject("invitationToken")
        websocketCoordination = fields.optional("websocketCoordination")
        message = fields.optional("message")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("invitationToken", invitationToken)
        writer.member("websocketCoordination", ifPresent: websocketCoordination)
        writer.member("message", ifPresent: message)
    }
}

/// The invitee accepts. No request id and no answer; both sides get `WebSocketPeerMetadata` or the WebRTC pair.
package struct InvitationAccepted: WireMessage {
    package static let wireType: StaticString = "invitation_accepted"

    /// The invitee.
    package var fromPeer: ClientID
    /// The inviter.
    package var toPeer: ClientID
    package var timestamp: Int64?

    package init(fromPeer: ClientID, toPeer: ClientID, timestamp: Int64? = nil) {
        self.fromPeer = fromPeer
        self.toPeer = toPeer
        self.timestamp = timestamp
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        toPeer = try fields.required("toPeer")
        timestamp = fields.optional("timestamp")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("toPeer", toPeer)
        writer.member("timestamp", ifPresent: timestamp)
    }
}

/// A helper has done what `SendInvitationRequest` asked, which normally means that it was linked already.
package struct InvitationSent: WireMessage {
    package static let wireType: StaticString = "invitation_sent"

    package var targetPeerID: ClientID
    /// That of the `SendInvitationRequest`.
    package var requestID: WireRequestID
    package var success: Bool

    package init(targetPeerID: ClientID, requestID: WireRequestID, success: Bool = true) {
        self.targetPeerID = targetPeerID
        self.requestID = requestID
        self.success = success
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        requestID = try fields.required("requestId")
        success = fields.optional("success") ?? true
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("requestId", requestID)
        writer.member("success", success)
    }
}

/// Asks a helper to invite a newcomer (protocol.md 2.7).
package struct SendInvitationRequest: WireMessage {
    package static let wireType: StaticString = "send_invitation_request"

    package var targetPeerID: ClientID
    package var requestID: WireRequestID
    package var message: String?

    package init(targetPeerID: ClientID, requestID: WireRequestID, message: String? = nil) {
        self.targetPeerID = targetPeerID
        self.requestID = requestID
        self.message = message
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeerID = try fields.required("targetPeerId")
        requestID = try fields.required("requestId")
        message = fields.optional("message")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeerId", targetPeerID)
        writer.member("requestId", requestID)
        writer.member("message", ifPresent: message)
    }
}
