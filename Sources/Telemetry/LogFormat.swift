public import Logging

/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// For people: time, level, label, sentence, facts.
    case text
    /// For programs: one JSON object a line.
    case json

    /// A logger that writes to standard error.
    public func logger(label: String, level: Logger.Level) -> Logger {
        var logger = Logger(label: label) { label in
            LineLogHandler(label: label, format: self, writer: .standardError)
        }
        logger.logLevel = level
        return logger
    }
}
