public import Logging

/// Turns log events into lines, as text or as JSON.
public struct LineLogHandler: LogHandler {
    public var logLevel: Logger.Level = .info
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat
    private let writer: LineWriter
    private let unixMilliseconds: @Sendable () -> Int64

    /// - Parameter unixMilliseconds: reads the wall clock.
    public init(
        label: String,
        format: LogFormat,
        writer: LineWriter,
        unixMilliseconds: @escaping @Sendable () -> Int64 = { SystemClock.unixMilliseconds() }
    ) {
        self.label = label
        self.format = format
        self.writer = writer
        self.unixMilliseconds = unixMilliseconds
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var facts = metadata
        if let provided = metadataProvider?.get() { facts.merge(provided) { $1 } }
        if let own = event.metadata { facts.merge(own) { $1 } }
        if let error = event.error { facts["error"] = "\(error)" }
        let lost = writer.takeDropped()
        if lost > 0 {
            writer.write(
                line(.warning, "log lines dropped: standard error was not read", [LogKey.count.name: "\(lost)"])
            )
        }
        writer.write(line(event.level, event.message.description, facts))
    }

    private func line(_ level: Logger.Level, _ message: String, _ facts: Logger.Metadata) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        switch format {
        case .text: appendText(level, message, facts, to: &line)
        case .json: appendJSON(level, message, facts, to: &line)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private func appendText(_ level: Logger.Level, _ message: String, _ facts: Logger.Metadata, to line: inout [UInt8])
    {
        LogText.append(unixMilliseconds: unixMilliseconds(), to: &line)
        line.append(contentsOf: " \(level.rawValue) ".utf8)
        // Levels differ in length; what follows should not.
        line.append(contentsOf: repeatElement(UInt8(ascii: " "), count: max(0, 8 - level.rawValue.utf8.count)))
        LogText.append(label, limit: LogLimits.value, to: &line)
        line.append(UInt8(ascii: " "))
        LogText.append(message, limit: LogLimits.message, to: &line)
        for (key, value) in facts.sorted(by: { $0.key < $1.key }) {
            line.append(UInt8(ascii: " "))
            LogText.append(key, limit: LogLimits.value, to: &line)
            line.append(UInt8(ascii: "="))
            let text = value.description
            // Quoted when it would run into the next fact otherwise.
            let isQuoted = text.isEmpty || text.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "=") || $0 == 0x22 }
            if isQuoted { line.append(0x22) }
            LogText.append(text, limit: LogLimits.value, to: &line)
            if isQuoted { line.append(0x22) }
        }
    }

    private func appendJSON(_ level: Logger.Level, _ message: String, _ facts: Logger.Metadata, to line: inout [UInt8])
    {
        line.append(contentsOf: #"{"ts":""#.utf8)
        LogText.append(unixMilliseconds: unixMilliseconds(), to: &line)
        line.append(contentsOf: #"","level":"\#(level.rawValue)","label":""#.utf8)
        LogText.append(label, limit: LogLimits.value, to: &line)
        line.append(contentsOf: #"","message":""#.utf8)
        LogText.append(message, limit: LogLimits.message, to: &line)
        line.append(contentsOf: #"","metadata":{"#.utf8)
        var isFirst = true
        for (key, value) in facts.sorted(by: { $0.key < $1.key }) {
            line.append(contentsOf: isFirst ? "\"".utf8 : ",\"".utf8)
            isFirst = false
            LogText.append(key, limit: LogLimits.value, to: &line)
            line.append(contentsOf: "\":\"".utf8)
            LogText.append(value.description, limit: LogLimits.value, to: &line)
            line.append(0x22)
        }
        line.append(contentsOf: "}}".utf8)
    }
}
