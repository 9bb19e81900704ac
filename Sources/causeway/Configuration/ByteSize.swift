/// An amount of memory as an operator writes it: `512MiB`, `512M`, `2g`, or a number of bytes. K, M and G are powers of 1,024,
/// as in container runtimes and systemd.
struct ByteSize: Sendable, Equatable {
    let bytes: Int

    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let shift: Int
        switch text[digits.endIndex...].lowercased() {
        case "", "b": shift = 0
        case "k", "ki", "kb", "kib": shift = 10
        case "m", "mi", "mb", "mib": shift = 20
        case "g", "gi", "gb", "gib": shift = 30
        default: return nil
        }
        let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: 1 << shift)
        guard !isTooMuch else { return nil }
        self.bytes = bytes
    }
}
