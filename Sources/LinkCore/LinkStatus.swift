package import Timekeeping

/// The state of the link to one bridge, in the words every report uses (design.md, "The link pool").
package enum LinkStatus: String, Sendable, Equatable, CaseIterable {
    /// A dial or the proof of the secret is under way.
    case connecting
    /// Authenticated and in the rotation.
    case connected
    /// Not there; a redial is due.
    case disconnected
    /// The bridge refused the secret. Tried again at the longest wait; an operator must act.
    case failed
}

/// Why the pool closes a connection.
package enum LinkClosing: Sendable, Equatable {
    case connectTimeout
    case authenticationTimeout
    case authenticationRefused
    /// Another link already leads to this bridge.
    case duplicate
    /// Nothing was heard since a ping.
    case silent
    case stopping
}

/// Why a connection is not there, as told to people.
package enum LinkError: Sendable, Equatable, CustomStringConvertible {
    case dialFailed(String)
    case connectTimeout
    case authenticationTimeout
    case authenticationRefused(String)
    case duplicate(of: EndpointID)
    case silent(Duration)
    case lost(String)

    package var description: String {
        switch self {
        case .dialFailed(let reason): "dial failed: \(reason)"
        case .connectTimeout: "no connection within the limit"
        case .authenticationTimeout: "no answer to the authentication within the limit"
        case .authenticationRefused(let reason): "authentication refused: \(reason)"
        case .duplicate: "another address already leads to this bridge"
        case .silent(let duration): "silent for \(duration.wholeMilliseconds) ms"
        case .lost(let reason): "connection lost: \(reason)"
        }
    }
}

/// What is known of one endpoint, for reports.
package struct EndpointReport: Sendable, Equatable {
    package var id: EndpointID
    /// As configured.
    package var address: String
    /// The bridge's own id, once a link was authenticated.
    package var bridge: String?
    package var status: LinkStatus
    package var since: Instant
    package var lastError: LinkError?
    /// When the next dial is due, while there is no link.
    package var nextAttempt: Instant?
    package var dials: Int
    /// Links that reached `connected`.
    package var linksOpened: Int
    package var pings: Int
    package var roundTrip: Duration?
    package var inFlight: Int
    /// Requests sent to this bridge.
    package var requests: Int
}
