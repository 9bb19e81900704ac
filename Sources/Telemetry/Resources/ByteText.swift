/// Writes amounts of memory the way an operator would: `64MiB`.
enum ByteText {
    private static let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]

    /// In the largest unit that leaves nothing out.
    static func exact(_ bytes: Int) -> String {
        let unit = bytes == 0 ? nil : units.first { bytes % (1 << $0.1) == 0 }
        return unit.map { "\(bytes >> $0.1)\($0.0)" } ?? "\(bytes) bytes"
    }

    /// To whole MiB, so that what is allowed is not below what is written.
    static func roundedDown(_ bytes: Int) -> String {
        exact(bytes < 1 << 20 ? bytes : (bytes >> 20) << 20)
    }

    /// To whole MiB, so that what is needed is not above what is written.
    static func roundedUp(_ bytes: Int) -> String {
        let (sum, isTooMuch) = bytes.addingReportingOverflow((1 << 20) - 1)
        return exact(isTooMuch ? bytes : (sum >> 20) << 20)
    }
}
