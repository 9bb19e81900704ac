import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The server's address cannot be listened on.
package struct WebSocketListenError: Error, CustomStringConvertible {
    package var host: String
    package var port: Int
    package var reason: String

    init(host: String, port: Int, cause: any Error) {
        self.host = host
        self.port = port
        self.reason = (cause as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(cause)"
    }

    package var description: String { "cannot listen on \(host):\(port): \(reason)" }
}
