/// Something that an operator would tell a colleague: it is logged once, kept, and shown.
public struct OperatorEvent: Sendable, Equatable {
    public enum Level: String, Sendable, CaseIterable {
        case info
        case warning
        case error
    }

    /// What happened, in words that programs may rely on. The raw values are what HTTP and the store say.
    public enum Kind: String, Sendable, CaseIterable {
        case serverStarted = "server_started"
        case draining
        case configurationReloaded = "configuration_reloaded"
        case configurationRefused = "configuration_refused"
        case ready
        case notReady = "not_ready"
        case networkStarted = "network_started"
        case networkRenewed = "network_renewed"
        case bridgeConnected = "bridge_connected"
        case bridgeLost = "bridge_lost"
        case bridgeRefused = "bridge_refused"
        case bridgeEjected = "bridge_ejected"
        case bridgeReadmitted = "bridge_readmitted"
        case bridgeRemoved = "bridge_removed"
        case lastBridgeFailing = "last_bridge_failing"
        case probeFailed = "probe_failed"
        case probeRecovered = "probe_recovered"
        case stateUnusable = "state_unusable"
        case stateUsable = "state_usable"
        case peersFull = "peers_full"
    }

    /// One more than that of the event before it. 0 until it is in a book.
    public var id: Int64
    /// Unix time in milliseconds.
    public var at: Int64
    public var level: Level
    public var kind: Kind
    /// The bridge that it is about, if any: its address or its id.
    public var subject: String?
    /// A sentence without its full stop. It may name a cause that came from outside.
    public var text: String

    public init(id: Int64 = 0, at: Int64, level: Level, kind: Kind, subject: String? = nil, text: String) {
        self.id = id
        self.at = at
        self.level = level
        self.kind = kind
        self.subject = subject.map { BoundedText.clean($0, maxBytes: Self.maxSubjectBytes) }
        self.text = BoundedText.clean(text, maxBytes: Self.maxTextBytes)
    }

    public static let maxSubjectBytes = 96
    public static let maxTextBytes = 300
}
