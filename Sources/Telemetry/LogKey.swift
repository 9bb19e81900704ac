package import Logging

/// A key of log metadata. All keys stand here, so that one fact has one name in every log line.
package struct LogKey: Sendable {
    package let name: String

    package static let address = LogKey(name: "address")
    package static let bridge = LogKey(name: "bridge")
    package static let bytes = LogKey(name: "bytes")
    package static let closeCode = LogKey(name: "close_code")
    package static let connection = LogKey(name: "connection")
    package static let count = LogKey(name: "count")
    package static let link = LogKey(name: "link")
    package static let node = LogKey(name: "node")
    package static let path = LogKey(name: "path")
    package static let peer = LogKey(name: "peer")
    package static let reason = LogKey(name: "reason")
    package static let request = LogKey(name: "request")
    package static let seconds = LogKey(name: "seconds")
    package static let type = LogKey(name: "type")

    // Resource use.
    package static let answered = LogKey(name: "answered")
    package static let busy = LogKey(name: "busy")
    package static let connections = LogKey(name: "connections")
    package static let dialIns = LogKey(name: "dial_ins")
    package static let expired = LogKey(name: "expired")
    package static let fdLimit = LogKey(name: "fd_limit")
    package static let fdLimitBefore = LogKey(name: "fd_limit_before")
    package static let fds = LogKey(name: "fds")
    package static let inFlight = LogKey(name: "in_flight")
    package static let links = LogKey(name: "links")
    package static let memoryLimit = LogKey(name: "memory_limit_bytes")
    package static let peers = LogKey(name: "peers")
    package static let processed = LogKey(name: "processed")
    package static let processors = LogKey(name: "processors")
    package static let processorTime = LogKey(name: "cpu_ms")
    /// Who was there before.
    package static let previous = LogKey(name: "previous")
    package static let queueCapacity = LogKey(name: "queue_capacity")
    package static let queueDepth = LogKey(name: "queue_depth")
    package static let resident = LogKey(name: "rss_bytes")
    package static let threads = LogKey(name: "threads")
    package static let undecided = LogKey(name: "undecided")
}

extension Dictionary where Key == String, Value == Logger.MetadataValue {
    package subscript(key: LogKey) -> Logger.MetadataValue? {
        get { self[key.name] }
        set { self[key.name] = newValue }
    }

    /// Metadata from a list of facts: `[.peer: "\(id)"]` needs the keys to be strings, this does not.
    package init(_ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        self = [:]
        for (key, value) in facts { self[key.name] = value }
    }
}

extension Logger {
    package func debug(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        debug(message, metadata: Logger.Metadata(facts))
    }

    package func info(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        info(message, metadata: Logger.Metadata(facts))
    }

    package func notice(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        notice(message, metadata: Logger.Metadata(facts))
    }

    package func warning(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        warning(message, metadata: Logger.Metadata(facts))
    }

    package func error(_ message: Logger.Message, _ facts: KeyValuePairs<LogKey, Logger.MetadataValue>) {
        error(message, metadata: Logger.Metadata(facts))
    }
}
