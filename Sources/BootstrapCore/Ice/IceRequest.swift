import Kademlia
public import WireMessages

/// The two things that a pair of peers can be brought to do at one moment.
enum IceKind: Int, Sendable, Comparable {
    case start, restart

    static func < (left: IceKind, right: IceKind) -> Bool { left.rawValue < right.rawValue }
}

/// What one side asks for.
public struct IceRequest: Sendable {
    var kind: IceKind
    var target: ClientID
    var sessionID: String
    /// Nil if they are too many, too large or no candidates at all.
    var candidates: RawJSON?
    var profile: IceProfile

    public init(_ message: IceCoordinate) {
        kind = .start
        target = message.target
        sessionID = message.sessionID
        candidates = Self.checked(message.candidates)
        profile = IceProfile(message.profile)
    }

    /// Existing servers read another member than clients write.
    public init(_ message: IceRestartCoordinate) {
        kind = .restart
        target = message.target
        sessionID = message.sessionID
        candidates = Self.none
        profile = IceProfile(message.profile ?? message.myProfile)
    }

    /// The answer to whoever asks without being registered as a node.
    public var refusalOfStrangers: BootstrapToPeer {
        kind.error(.notRegistered, sessionID)
    }

    private static let none: RawJSON = "[]"

    /// Clients go through the other side's candidates without asking what they are, and stumble over anything else.
    private static func checked(_ candidates: RawJSON?) -> RawJSON? {
        guard let candidates else { return none }
        guard candidates.bytes.count <= IceDefaults.candidatesBytes else { return nil }
        var count = 0
        let isList = candidates.withValue { value in
            guard value.isArray else { return false }
            var isSound = true
            value.forEachElement { element in
                count += 1
                isSound = element.isString || element.isObject
                return isSound
            }
            return isSound
        }
        return isList == true && count <= IceDefaults.candidates ? candidates : nil
    }
}

/// Why a request is refused, or a wait is over before it led to anything.
enum IceRefusal {
    /// The connection has not registered as a node.
    case notRegistered
    case targetIsSelf
    case targetNotHere
    case invalidSession
    case invalidCandidates
    case tooManyWaits
    case busy
    case partnerLeft

    /// What the peer reads.
    var text: String {
        switch self {
        case .notRegistered: "Register as a node first"
        case .targetIsSelf: "A peer cannot coordinate with itself"
        case .targetNotHere: "Target peer not connected"
        case .invalidSession: "sessionId must have 1 to \(IceDefaults.sessionIDBytes) bytes"
        case .invalidCandidates: "candidates must be a list of at most \(IceDefaults.candidates) candidates"
        case .tooManyWaits: "Too many coordinations are waiting for their partners"
        case .busy: "Too many coordinations at this server"
        case .partnerLeft: "The other peer disconnected"
        }
    }
}
