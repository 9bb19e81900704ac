import Timekeeping

/// The state of one peer's connection to its bootstrap server.
///
///     closed ──► opening ──► open ──registered──► registered
///       ▲           │          │                      │
///       └───────────┴──────────┴──────────────────────┘   stopped: never opened again
struct ClientLink: Equatable, Sendable {
    enum State: Equatable, Sendable {
        case closed
        case opening
        case open
        case registered
        case stopped
    }

    private(set) var state = State.closed
    /// Whether it was ever open.
    private(set) var wasOpen = false
    /// Attempts in a row that ended before the link was open.
    private(set) var failures = 0

    /// When the server that is about to stop wants to see us again.
    private var comeBackAt: Instant?

    var isOpen: Bool { state == .open || state == .registered }

    /// - Returns: whether a connection has to be made.
    mutating func wantOpen() -> Bool {
        guard state == .closed else { return false }
        state = .opening
        return true
    }

    /// - Returns: false when the opening was not asked for.
    mutating func opened() -> Bool {
        guard state == .opening else { return false }
        state = .open
        wasOpen = true
        failures = 0
        return true
    }

    /// - Returns: false when the link was not open.
    mutating func registered() -> Bool {
        guard state == .open else { return false }
        state = .registered
        return true
    }

    /// - Returns: whether it may be opened again.
    mutating func closed() -> Bool {
        switch state {
        case .stopped, .closed: return false
        case .opening: failures += 1
        case .open, .registered: break
        }
        state = .closed
        return failures < PeerDefaults.reconnectAttempts
    }

    mutating func comeBack(at instant: Instant) { comeBackAt = instant }

    /// It holds for one closing.
    mutating func takeComeBack() -> Instant? {
        defer { comeBackAt = nil }
        return comeBackAt
    }

    /// - Returns: whether there is something to close.
    mutating func stop() -> Bool {
        defer { state = .stopped }
        switch state {
        case .stopped, .closed: return false
        case .opening, .open, .registered: return true
        }
    }
}
