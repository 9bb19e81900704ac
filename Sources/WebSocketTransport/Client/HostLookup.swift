package import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Asks the system for the addresses of a host, all of them.
package enum HostLookup {
    /// Why there are none, in the system's words.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package var reason: String
        /// The name may well exist: the name server could not be asked.
        package var isTemporary: Bool

        package var description: String { reason }
    }

    /// In the order in which they should be tried (RFC 6724). An address is its own, and nobody is asked.
    ///
    /// The system's call cannot be called off: whoever waits no longer leaves a thread behind until it returns.
    ///
    /// - Returns: nil after `limit`.
    /// - Throws: ``Failure``, or `CancellationError`.
    package static func addresses(
        of host: String,
        port: Int,
        on eventLoop: any EventLoop,
        within limit: Duration
    ) async throws -> [SocketAddress]? {
        if let address = try? SocketAddress(ipAddress: host, port: port) { return [address] }
        return try await NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
            try Self.ask(host, port: port)
        }.value(within: limit)
    }

    private static func ask(_ host: String, port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &first)
        defer { if let first { freeaddrinfo(first) } }
        guard code == 0 else {
            throw Failure(reason: String(cString: gai_strerror(code)), isTemporary: code == EAI_AGAIN)
        }
        var addresses: [SocketAddress] = []
        var next = first
        while let entry = next?.pointee {
            if let address = address(of: entry, host: host) { addresses.append(address) }
            next = entry.ai_next
        }
        guard !addresses.isEmpty else { throw Failure(reason: "it has no address", isTemporary: false) }
        return addresses
    }

    private static func address(of entry: addrinfo, host: String) -> SocketAddress? {
        guard let raw = entry.ai_addr else { return nil }
        switch entry.ai_family {
        case AF_INET:
            return raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee, host: host) }
        case AF_INET6:
            return raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee, host: host) }
        default:
            return nil
        }
    }
}
