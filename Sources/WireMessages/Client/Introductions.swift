/// Tells one side of an accepted invitation where the other is: `target...` to the inviter, `from...` to the invitee.
package struct WebSocketPeerMetadata: WireMessage {
    package static let wireType: StaticString = "websocket_peer_metadata"

    package var targetPeer: ClientID?
    package var targetPeerMetadata: RawJSON?
    package var fromPeer: ClientID?
    package var fromPeerMetadata: RawJSON?
    package var invitationID: String
    package var message: String?

    package init(
        targetPeer: ClientID? = nil,
        targetPeerMetadata: RawJSON? = nil,
        fromPeer: ClientID? = nil,
        fromPeerMetadata: RawJSON? = nil,
        invitationID: String,
        message: String? = nil
    ) {
        self.targetPeer = targetPeer
        self.targetPeerMetadata = targetPeerMetadata
        self.fromPeer = fromPeer
        self.fromPeerMetadata = fromPeerMetadata
        self.invitationID = invitationID
        self.message = message
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeer = fields.optional("targetPeer")
        targetPeerMetadata = fields.optionalObject("targetPeerMetadata")
        fromPeer = fields.optional("fromPeer")
        fromPeerMetadata = fields.optionalObject("fromPeerMetadata")
        invitationID = try fields.required("invitationId")
        message = fields.optional("message")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeer", ifPresent: targetPeer)
        writer.member("targetPeerMetadata", ifPresent: targetPeerMetadata)
        writer.member("fromPeer", ifPresent: fromPeer)
        writer.member("fromPeerMetadata", ifPresent: fromPeerMetadata)
        writer.member("invitationId", invitationID)
        writer.member("message", ifPresent: message)
    }
}

extension WebSocketPeerMetadata {
    package static func inviter(
        targetPeer: ClientID,
        metadata: RawJSON,
        invitationID: String,
        message: String? = nil
    ) -> WebSocketPeerMetadata {
        WebSocketPeerMetadata(
            targetPeer: targetPeer,
            targetPeerMetadata: metadata,
            invitationID: invitationID,
            message: message
        )
    }

    package static func invitee(
        fromPeer: ClientID,
        metadata: RawJSON,
        invitationID: String,
        message: String? = nil
    ) -> WebSocketPeerMetadata {
        WebSocketPeerMetadata(
            fromPeer: fromPeer,
            fromPeerMetadata: metadata,
            invitationID: invitationID,
            message: message
        )
    }
}

/// To the inviter, when both are browsers: send an offer.
package struct WebRTCStartOffer: WireMessage {
    package static let wireType: StaticString = "webrtc_start_offer"

    package var targetPeer: ClientID
    package var invitationID: String
    package var message: String?

    package init(targetPeer: ClientID, invitationID: String, message: String? = nil) {
        self.targetPeer = targetPeer
        self.invitationID = invitationID
        self.message = message
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeer = try fields.required("targetPeer")
        invitationID = try fields.required("invitationId")
        message = fields.optional("message")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeer", targetPeer)
        writer.member("invitationId", invitationID)
        writer.member("message", ifPresent: message)
    }
}

/// To the invitee, when both are browsers: an offer will come.
package struct WebRTCExpectOffer: WireMessage {
    package static let wireType: StaticString = "webrtc_expect_offer"

    package var fromPeer: ClientID
    package var invitationID: String
    package var message: String?

    package init(fromPeer: ClientID, invitationID: String, message: String? = nil) {
        self.fromPeer = fromPeer
        self.invitationID = invitationID
        self.message = message
    }

    package init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        invitationID = try fields.required("invitationId")
        message = fields.optional("message")
    }

    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("invitationId", invitationID)
        writer.member("message", ifPresent: message)
    }
}
