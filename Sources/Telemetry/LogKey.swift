public import Logging

/// A key of log metadata. All keys stand here, so that one fact has one name in every log line.
public struct LogKey: Sendable {
    public let name: String

    public static let address = LogKey(name: "address")
    public static let bridge = LogKey(name: "bridge")
    public static let bytes = LogKey(name: "bytes")
    public static let closeCode = LogKey(name: "close_code")
    public static let connection = LogKey(name: "connection")
    public static let count = LogKey(name: "count")
    /// The id of a join: of its request to the bridges, and of the receipt in its answer.
    public static let join = LogKey(name: "join")
    public static let link = LogKey(name: "link")
    public static let node = LogKey(name: "node")
    public static let path = LogKey(name: "path")
    public static let peer = LogKey(name: "peer")
    public static let reason = LogKey(name: "reason")
    public static let request = LogKey(name: "request")
    public static let seconds = LogKey(name: "seconds")
    public static let type = LogKey(name: "type")

    // Resource use.
    public static let answered = LogKey(name: "answered")
    public static let busy = LogKey(name: "busy")
    public static let connections = LogKey(name: "connections")
    public static let dialIns = LogKey(name: "dial_ins")
    public static let expired = LogKey(name: "expired")
    public static let fdLimit = LogKey(name: "fd_limit")
    public static let fdLimitBefore = LogKey(name: "fd_limit_before")
    public static let fds = LogKey(name: "fds")
    public static let inFlight = LogKey(name: "in_flight")
    public static let links = LogKey(name: "links")
    public static let memoryLimit = LogKey(name: "memory_limit_bytes")
    public static let peers = LogKey(name: "peers")
    public static let processed = LogKey(name: "processed")
    public static let processors = LogKey(name: "processors")
    public static let processorTime = LogKey(name: "cpu_ms")
    /// Who was there before.
    public static let previous = LogKey(name: "previous")
    public static let queueCapacity = LogKey(name: "queue_capacity")
    public static let queueDepth = LogKey(name: "queue_depth")
    public static let resident = LogKey(name: "rss_bytes")
    public static let threads = LogKey(name: "threads")
    public static let needingRestart = LogKey(name: "needing_restart")
    /// What becomes of a change: `applied`, or `needs a restart`.
    public static let effect = LogKey(name: "effect")
    public static let setting = LogKey(name: "setting")
    public static let value = LogKey(name: "value")
    public static let undecided = LogKey(name: "undecided")
}

extension Dictionary where Key == String, Value == Logger.MetadataValue {
    public subscript(key: LogKey) -> Logger.MetadataValue? {
        get { self[key.name] }
        set { self[key.name] = newValue }
    }

    /// Metadata from a list of facts: `[.peer: "\(id)"]` needs the keys to be strings, this does not.
    public init(_ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        self = [:]
        for (key, value) in facts { self[key.name] = value }
    }
}

extension Logger {
    public func debug(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        debug(message, metadata: Logger.Metadata(facts))
    }

    public func info(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        info(message, metadata: Logger.Metadata(facts))
    }

    public func notice(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        notice(message, metadata: Logger.Metadata(facts))
    }

    public func warning(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        warning(message, metadata: Logger.Metadata(facts))
    }

    public func error(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        error(message, metadata: Logger.Metadata(facts))
    }
}
