#if canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How one bootstrap server calls itself to bridges. The host tells people which it is; the random end keeps two servers apart
/// that have the same host name and port, in containers for instance.
enum ServerName {
    /// Leaves room for a port and the end within 64 bytes.
    private static let longestHost = 40

    static func make(port: Int, host: String = hostName(), using generator: inout some RandomNumberGenerator) -> String
    {
        let printable = host.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 && $0.value < 0x7f }
        let name = String(String.UnicodeScalarView(printable.prefix(longestHost)))
        let end = String(UInt32.random(in: 0 ... .max, using: &generator), radix: 16)
        return "\(name.isEmpty ? "bootstrap" : name):\(port)-\(String(repeating: "0", count: 8 - end.count))\(end)"
    }

    /// Without asking any name service.
    private static func hostName() -> String {
        // POSIX: host names have at most 255 bytes. One more keeps it terminated where it is cut.
        var buffer = [CChar](repeating: 0, count: 257)
        guard gethostname(&buffer, 256) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
