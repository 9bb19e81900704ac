public import NIOCore

/// One whole message of one WebSocket connection, reassembled from its fragments.
public enum WebSocketMessage: Sendable, Equatable {
    /// Valid UTF-8 (RFC 6455, 8.1); checked while it arrived.
    case text(ByteBuffer)
    case binary(ByteBuffer)

    public var payload: ByteBuffer {
        switch self {
        case .text(let bytes), .binary(let bytes): bytes
        }
    }
}

/// Why a connection ends, as a number on the wire (RFC 6455, 7.4).
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    public static let normal = Self(rawValue: 1000)
    public static let goingAway = Self(rawValue: 1001)
    public static let protocolError = Self(rawValue: 1002)
    public static let unsupportedData = Self(rawValue: 1003)
    public static let invalidPayload = Self(rawValue: 1007)
    public static let policyViolation = Self(rawValue: 1008)
    public static let messageTooBig = Self(rawValue: 1009)
    public static let internalError = Self(rawValue: 1011)
    /// In IANA's registry, since RFC 6455 does not have it.
    public static let serviceRestart = Self(rawValue: 1012)
    public static let tryAgainLater = Self(rawValue: 1013)

    /// Whether this number may stand in a close frame: 1004-1006 and 1015 are for local use only, 1016-2999 belong to
    /// later revisions of the protocol, and nothing is defined from 5000 on (RFC 6455, 7.4.1 and 7.4.2).
    public var mayTravel: Bool {
        switch self.rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// How one connection ended. Every opened connection gets exactly one.
public struct WebSocketClosure: Sendable, Equatable {
    /// Who ended it.
    public enum Initiator: Sendable, Equatable {
        /// Our application called `close` or `abort`.
        case local
        /// The other end sent a close frame.
        case remote
        /// The connection was lost, or this transport ended it because a rule or a limit was broken.
        case transport
    }

    /// The code that travelled; nil when no close frame did, or it carried none.
    public var code: WebSocketCloseCode?
    public var reason: String
    public var initiator: Initiator

    public init(code: WebSocketCloseCode?, reason: String, initiator: Initiator) {
        self.code = code
        self.reason = reason
        self.initiator = initiator
    }
}
