/// Tells one side of an accepted invitation where the other is: `target...` to the inviter, `from...` to the invitee.
public struct WebSocketPeerMetadata: WireMessage {
    public static let wireType: StaticString = "websocket_peer_metadata"

    public var targetPeer: ClientID?
    public var targetPeerMetadata: RawJSON?
    public var fromPeer: ClientID?
    public var fromPeerMetadata: RawJSON?
    public var invitationID: String
    public var message: String?

    public init(
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

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeer = fields.optional("targetPeer")
        targetPeerMetadata = fields.optionalObject("targetPeerMetadata")
        fromPeer = fields.optional("fromPeer")
        fromPeerMetadata = fields.optionalObject("fromPeerMetadata")
        invitationID = try fields.required("invitationId")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeer", ifPresent: targetPeer)
        writer.member("targetPeerMetadata", ifPresent: targetPeerMetadata)
        writer.member("fromPeer", ifPresent: fromPeer)
        writer.member("fromPeerMetadata", ifPresent: fromPeerMetadata)
        writer.member("invitationId", invitationID)
        writer.member("message", ifPresent: message)
    }
}

extension WebSocketPeerMetadata {
    public static func inviter(
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

    public static func invitee(
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
public struct WebRTCStartOffer: WireMessage {
    public static let wireType: StaticString = "webrtc_start_offer"

    public var targetPeer: ClientID
    public var invitationID: String
    public var message: String?

    public init(targetPeer: ClientID, invitationID: String, message: String? = nil) {
        self.targetPeer = targetPeer
        self.invitationID = invitationID
        self.message = message
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        targetPeer = try fields.required("targetPeer")
        invitationID = try fields.required("invitationId")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("targetPeer", targetPeer)
        writer.member("invitationId", invitationID)
        writer.member("message", ifPresent: message)
    }
}

/// To the invitee, when both are browsers: an offer will come.
public struct WebRTCExpectOffer: WireMessage {
    public static let wireType: StaticString = "webrtc_expect_offer"

    public var fromPeer: ClientID
    public var invitationID: String
    public var message: String?

    public init(fromPeer: ClientID, invitationID: String, message: String? = nil) {
        self.fromPeer = fromPeer
        self.invitationID = invitationID
        self.message = message
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        fromPeer = try fields.required("fromPeer")
        invitationID = try fields.required("invitationId")
        message = fields.optional("message")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("fromPeer", fromPeer)
        writer.member("invitationId", invitationID)
        writer.member("message", ifPresent: message)
    }
}
