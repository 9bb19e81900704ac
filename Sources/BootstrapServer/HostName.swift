import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What this machine calls itself.
package enum HostName {
    package static func current() -> String {
        var name = [UInt8](repeating: 0, count: 256)
        let isKnown = name.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            return gethostname(start.assumingMemoryBound(to: CChar.self), bytes.count - 1) == 0
        }
        let text = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
        return isKnown && !text.isEmpty ? text : "unnamed"
    }
}

extension SocketAddress {
    /// As people write it.
    var hostAndPort: String {
        guard let host = ipAddress, let port else { return description }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
