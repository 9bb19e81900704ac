/// Why no WebSocket came about. The handler of such an attempt hears nothing.
public enum WebSocketConnectError: Error, Equatable, CustomStringConvertible {
    /// The host name has no address.
    case resolution(String)
    /// No TCP connection: nobody listens there, or no way leads there.
    case refused(String)
    /// No open WebSocket within `handshakeTimeout`, wherever it got stuck.
    case timedOut
    /// The server answered, but with another HTTP status than 101. Redirects are not followed.
    case rejected(status: Int)
    /// The answer is not that of a WebSocket server, or breaks off.
    case invalidHandshake(String)
    /// The certificate or the TLS handshake failed.
    case tls(String)
    /// A header that can't be sent: its name or value has characters that would change the request.
    case invalidHeader(String)

    public var description: String {
        switch self {
        case .resolution(let host): "no address found for '\(host)'"
        case .refused(let reason): "no connection: \(reason)"
        case .timedOut: "timed out"
        case .rejected(let status): "refused by the server with HTTP status \(status)"
        case .invalidHandshake(let reason): "not a WebSocket answer: \(reason)"
        case .tls(let reason): "TLS failed: \(reason)"
        case .invalidHeader(let name): "header '\(name)' can't be sent"
        }
    }
}
