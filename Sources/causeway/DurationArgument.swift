import ArgumentParser

/// A length of time on the command line: `500ms`, `20s`, `1.5m`, `2h`; a bare number means seconds.
struct DurationArgument: ExpressibleByArgument, Sendable, Equatable {
    let duration: Duration

    init(_ duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        let number = argument.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard let value = Double(number), value.isFinite else { return nil }
        let seconds: Double
        switch argument[number.endIndex...] {
        case "ms": seconds = value / 1000
        case "s", "": seconds = value
        case "m": seconds = value * 60
        case "h": seconds = value * 3600
        default: return nil
        }
        // A year is for ever, and far from what a Duration could not hold.
        guard seconds <= 365 * 86_400 else { return nil }
        duration = .seconds(seconds)
    }

    var defaultValueDescription: String { "\(duration)" }
}
