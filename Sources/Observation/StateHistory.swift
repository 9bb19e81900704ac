public import DequeModule

/// How the link to a bridge is, in one word. The raw values are what HTTP and the page say.
public enum BridgeState: String, Sendable, CaseIterable {
    case connecting
    case connected
    case disconnected
    /// It refuses our secret.
    case failed
    /// Connected, but it does not answer.
    case ejected
    /// Taken out of the configuration.
    case retiring
}

/// The states of one bridge over the last hours.
///
/// Redials of a bridge that is away are no change: it stays `disconnected`, or `failed`, until it is connected.
public struct StateHistory: Sendable, Equatable {
    public struct Change: Sendable, Equatable {
        /// Unix time in milliseconds.
        public var at: Int64
        public var state: BridgeState
    }

    public static let maxChanges = 64
    /// How long a change is kept that another has followed.
    public static let keptFor: Int64 = 3 * 3_600_000

    /// Oldest first, at least one. Begins with the change before the last three hours, so that the state is known for all of them.
    public private(set) var changes: Deque<Change>

    public init(_ state: BridgeState, at unixMilliseconds: Int64) {
        changes = [Change(at: unixMilliseconds, state: state)]
    }

    public var current: Change { changes.last ?? Change(at: 0, state: .connecting) }

    /// Returns whether that is a change.
    @discardableResult
    public mutating func observe(_ state: BridgeState, at unixMilliseconds: Int64) -> Bool {
        defer { forget(before: unixMilliseconds - Self.keptFor) }
        let was = current.state
        guard state != was else { return false }
        switch (was, state) {
        case (.disconnected, .connecting), (.failed, .connecting), (.failed, .disconnected): return false
        default: break
        }
        changes.append(Change(at: unixMilliseconds, state: state))
        if changes.count > Self.maxChanges { changes.removeFirst() }
        return true
    }

    private mutating func forget(before: Int64) {
        while changes.count > 1, changes[1].at <= before { changes.removeFirst() }
    }
}
