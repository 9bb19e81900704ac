/// An amount of memory as an operator writes it: `512MiB`, `512M`, `2g`, or a number of bytes. K, M, G and T are powers of
/// 1,024, as in container runtimes and systemd.
struct ByteSize: Sendable, Equatable {
    enum Problem: Error, Equatable {
        case notASize
        /// No `Int` holds it, and no machine has it.
        case tooMuch
    }

    let bytes: Int

    init(_ text: String) throws(Problem) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { throw .notASize }
        let shift: Int
        switch text[digits.endIndex...].lowercased() {
        case "", "b": shift = 0
        case "k", "ki", "kb", "kib": shift = 10
        case "m", "mi", "mb", "mib": shift = 20
        case "g", "gi", "gb", "gib": shift = 30
        case "t", "ti", "tb", "tib": shift = 40
        default: throw .notASize
        }
        guard let number = Int(digits) else { throw .tooMuch }
        let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: 1 << shift)
        guard !isTooMuch else { throw .tooMuch }
        self.bytes = bytes
    }
}
