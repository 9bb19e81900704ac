import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The server's address cannot be listened on.
public struct WebSocketListenError: Error, CustomStringConvertible {
    public var host: String
    public var port: Int
    public var reason: String

    init(host: String, port: Int, cause: any Error) {
        self.host = host
        self.port = port
        self.reason = (cause as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(cause)"
    }

    public var description: String { "cannot listen on \(host):\(port): \(reason)" }
}
