public import DequeModule

/// The newest events, and those that are not yet written to where they outlive the process.
///
/// Bounded twice: so many are kept, and so many of a kind are taken a minute, since a bridge that comes and goes ten times a
/// second must not push everything else out.
public struct EventBook: Sendable {
    public static let maxEvents = 256
    public static let maxPerKindAndMinute = 30

    public private(set) var events: Deque<OperatorEvent>
    /// Those that were not taken since the start.
    public private(set) var suppressed = 0
    private var unwritten: [OperatorEvent] = []
    private var nextID: Int64
    private var minute: Int64 = 0
    private var inMinute: [OperatorEvent.Kind: Int] = [:]

    /// - Parameter earlier: of the process before, oldest first.
    public init(earlier: [OperatorEvent] = [], lastID: Int64 = 0) {
        events = Deque(earlier.suffix(Self.maxEvents))
        nextID = max(lastID, events.last?.id ?? 0) + 1
    }

    /// Returns the event with its id, or nil if there were too many of its kind.
    @discardableResult
    public mutating func append(_ event: OperatorEvent) -> OperatorEvent? {
        let minute = event.at / 60_000
        if minute != self.minute {
            self.minute = minute
            inMinute = [:]
        }
        guard inMinute[event.kind, default: 0] < Self.maxPerKindAndMinute else {
            suppressed += 1
            return nil
        }
        inMinute[event.kind, default: 0] += 1
        var event = event
        event.id = nextID
        nextID += 1
        events.append(event)
        if events.count > Self.maxEvents { events.removeFirst() }
        unwritten.append(event)
        // Where there is nothing to write to, nobody takes them.
        if unwritten.count > Self.maxEvents { unwritten.removeFirst() }
        return event
    }

    /// Those to be written now; they are the caller's from then on.
    public mutating func takeUnwritten() -> [OperatorEvent] {
        defer { unwritten = [] }
        return unwritten
    }
}
