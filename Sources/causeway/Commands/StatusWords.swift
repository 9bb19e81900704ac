import JoinTrial

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Numbers and times as people read them, at one moment.
struct StatusWords: Sendable {
    /// The server's time, in Unix milliseconds.
    var now: Int64
    /// How far local time is ahead of UTC, in seconds, at a time in seconds.
    var zone: @Sendable (Int64) -> Int64 = StatusWords.localZone

    static let localZone: @Sendable (Int64) -> Int64 = { seconds in
        var time = time_t(seconds)
        var parts = tm()
        return localtime_r(&time, &parts) == nil ? 0 : Int64(parts.tm_gmtoff)
    }

    static let none = "-"

    // MARK: Numbers

    /// `12,345`.
    func whole(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }

    func whole(_ value: Int?) -> String { value.map { whole($0) } ?? Self.none }

    func plural(_ value: Int, _ one: String) -> String { "\(whole(value)) \(one)\(value == 1 ? "" : "s")" }

    func microseconds(_ value: Int64?) -> String {
        guard let value, value >= 0 else { return Self.none }
        switch value {
        case ..<1_000: return "<1 ms"
        case ..<10_000: return "\(tenths(value / 100)) ms"
        case ..<1_000_000: return "\(value / 1_000) ms"
        default: return "\(tenths(value / 100_000)) s"
        }
    }

    func bytes(_ value: Int64?) -> String {
        guard let value, value >= 0 else { return Self.none }
        switch value {
        case ..<(1 << 20): return "\(tenths((value * 10) >> 10)) KiB"
        case ..<(1 << 30): return "\(value >> 20) MiB"
        default: return "\(tenths(((value >> 20) * 10) >> 10)) GiB"
        }
    }

    /// - Parameter value: tenths.
    func tenths(_ value: Int64) -> String { "\(whole(value / 10)).\(abs(value % 10))" }

    // MARK: Times

    func duration(milliseconds: Int64) -> String {
        let seconds = (max(0, milliseconds) + 500) / 1_000
        if seconds < 90 { return "\(seconds) s" }
        let minutes = seconds / 60
        if minutes < 90 { return "\(minutes) min" }
        let hours = minutes / 60
        if hours < 48 { return "\(hours) h \(minutes % 60) min" }
        return "\(hours / 24) d \(hours % 24) h"
    }

    func ago(_ time: Int64?) -> String {
        time.map { "\(duration(milliseconds: now - $0)) ago" } ?? "at an unknown time"
    }

    func since(_ time: Int64?) -> String {
        time.map { duration(milliseconds: now - $0) } ?? Self.none
    }

    /// `14:03:05`, or with the day in front if that is not today.
    func moment(_ time: Int64?) -> String {
        guard let time else { return Self.none }
        let seconds = time / 1_000
        let local = seconds + zone(seconds)
        let today = (now / 1_000 + zone(now / 1_000)) / 86_400
        let clock = clock(local % 86_400)
        return local / 86_400 == today ? clock : "\(JoinTrialReport.day(of: local)) \(clock)"
    }

    private func clock(_ second: Int64) -> String {
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))"
    }
}
