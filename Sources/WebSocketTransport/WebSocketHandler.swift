public import Kademlia
public import NIOCore
public import NIOHTTP1

/// What an application hears of one connection. All calls come on the connection's event loop, so they must not block;
/// `opened` comes once and first, `closed` once and last.
public protocol WebSocketHandler: AnyObject, Sendable {
    func opened(_ connection: WebSocketConnection)
    func received(_ message: WebSocketMessage, on connection: WebSocketConnection)
    /// A ping or a pong arrived: no content, but a sign of life.
    func heardControlFrame(on connection: WebSocketConnection)
    /// A pong arrived; `payload` repeats that of the ping it answers. Follows `heardControlFrame`.
    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection)
    /// False: more waits to be sent than NIO's high mark (64 KiB unless the channel says otherwise); a caller with a choice
    /// should send elsewhere. True: below the low mark again. The two alternate, beginning with false; none follows a
    /// close that we asked for.
    func writabilityChanged(_ isWritable: Bool, on connection: WebSocketConnection)
    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection)
}

extension WebSocketHandler {
    public func heardControlFrame(on connection: WebSocketConnection) {}
    public func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {}
    public func writabilityChanged(_ isWritable: Bool, on connection: WebSocketConnection) {}
}

/// A valid request to become a WebSocket, before anything was answered.
public struct UpgradeRequest: Sendable {
    /// The request target as sent, query included.
    public var path: String
    public var headers: HTTPHeaders
    public var remoteAddress: SocketAddress?
    /// Whose request it is, as far as trusted proxies say; otherwise the address in `remoteAddress`.
    public var clientAddress: IPAddress?

    public init(path: String, headers: HTTPHeaders, remoteAddress: SocketAddress?, clientAddress: IPAddress?) {
        self.path = path
        self.headers = headers
        self.remoteAddress = remoteAddress
        self.clientAddress = clientAddress
    }
}

public enum UpgradeDecision: Sendable {
    /// Answer 101; the handler hears this connection from now on.
    case accept(any WebSocketHandler)
    /// Answer with this status and text, and close.
    case refuse(status: HTTPResponseStatus, body: String)

    /// For a port that has no WebSockets.
    public static func notFound(_ body: String) -> UpgradeDecision { .refuse(status: .notFound, body: body) }
}
