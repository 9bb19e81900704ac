public import Timekeeping

/// The state of the link to one bridge, in the words every report uses (design.md, "The link pool").
public enum LinkStatus: String, Sendable, Equatable, CaseIterable {
    /// A dial or the proof of the secret is under way.
    case connecting
    /// Authenticated. For a bridge in stateless mode: the last connection to it was.
    case connected
    /// Not there; a redial is due.
    case disconnected
    /// The bridge refused the secret. Tried again at the longest wait; an operator must act.
    case failed
}

/// Why the pool closes a connection.
public enum LinkClosing: Sendable, Equatable {
    case connectTimeout
    case authenticationTimeout
    case authenticationRefused
    /// Another link already leads to this bridge.
    case duplicate
    /// The bridge dialled in anew, or it is of what lived at this address before.
    case replaced
    /// Nothing was heard since a ping.
    case silent
    /// A connection for one purpose, in stateless mode, that has served it.
    case done
    /// The bridge was taken out of the configuration, or is reached in another mode now.
    case reconfigured
    /// More bridges dialled in than the pool keeps.
    case tooMany
    /// It sends more that answers nothing than any bridge has reason to.
    case flooding
    case stopping
}

/// Why a connection is not there, as told to people.
public enum LinkError: Sendable, Equatable, CustomStringConvertible {
    case dialFailed(String)
    case connectTimeout
    case authenticationTimeout
    case authenticationRefused(String)
    case silent(Duration)
    case lost(String)

    /// The bridge does not accept our secret.
    var isRefusal: Bool {
        if case .authenticationRefused = self { true } else { false }
    }

    public var description: String {
        switch self {
        case .dialFailed(let reason): "dial failed: \(reason)"
        case .connectTimeout: "no connection within the limit"
        case .authenticationTimeout: "no answer to the authentication within the limit"
        case .authenticationRefused(let reason): "authentication refused: \(reason)"
        case .silent(let duration): "silent for \(duration.wholeMilliseconds) ms"
        case .lost(let reason): "connection lost: \(reason)"
        }
    }
}

/// A change of one endpoint's status word.
public struct StatusChange: Sendable, Equatable {
    public var endpoint: EndpointID
    /// As configured; nil for a bridge that only dialled in.
    public var address: String?
    /// The bridge's own id, once it is known.
    public var bridge: String?
    public var status: LinkStatus
    public var error: LinkError?
    /// Worth telling: a bridge that stays away is news once, not at each redial.
    public var isNews: Bool
}

/// What an operator should hear of, beyond status words.
public enum PoolNotice: Sendable, Equatable {
    /// The bridge is connected but failed several requests in a row; it gets none until then, but for one trial.
    case ejected(EndpointID, bridge: String?, for: Duration)
    case readmitted(EndpointID, bridge: String?)
    /// The bridge would be ejected, were it not the last one.
    case lastBridgeFailing(EndpointID, bridge: String?)
    /// The bridge was taken out of the pool.
    case removed(EndpointID, address: String?)
}

/// What is known of one endpoint, for reports.
public struct EndpointReport: Sendable, Equatable {
    /// Why a bridge is, or is not, in the rotation.
    public enum Rotation: String, Sendable, Equatable {
        /// It takes its turn.
        case active
        /// It said that it is full.
        case busy
        /// Its window is full, or it reads too slowly.
        case full
        /// A request timed out, and nothing was heard since.
        case suspect
        case ejected
        /// Answers on its own connection only, which is not there.
        case unanswering
        /// It was removed from the configuration and finishes what it has.
        case retiring
        /// No link.
        case none
    }

    public var id: EndpointID
    /// As configured; nil for a bridge that only dialled in.
    public var address: String?
    public var mode: LinkMode
    /// The bridge's own id, once a link was authenticated.
    public var bridge: String?
    public var era: BridgeTraits.Era?
    public var status: LinkStatus
    public var since: Instant
    public var rotation: Rotation
    /// Another endpoint that leads to the same bridge, and has the link.
    public var aliasOf: EndpointID?
    /// The bridge has dialled in.
    public var hasDialledIn: Bool
    public var lastError: LinkError?
    /// When the next dial is due, while there is no link.
    public var nextAttempt: Instant?
    public var dials: Int
    /// Links that reached `connected`.
    public var linksOpened: Int
    public var pings: Int
    public var roundTrip: Duration?
    /// When something last came from it, on a link that is there.
    public var lastHeard: Instant?
    public var load: LoadReport?
    public var inFlight: Int
    public var window: Int
    /// Requests sent to this bridge.
    public var requests: Int
    public var answers: Int
    public var timeouts: Int
    public var busyAnswers: Int
    public var consecutiveFailures: Int
}
