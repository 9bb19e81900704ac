import ArgumentParser
import Logging

/// Reads `--log-level warning` and so on.
func parseLogLevel(_ text: String) throws -> Logger.Level {
    guard let level = Logger.Level(rawValue: text) else {
        throw ValidationError("\(text) is none of error, warning, info, debug, trace")
    }
    return level
}
