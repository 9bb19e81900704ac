import LinkCore
import NIOCore
import WebSocketTransport
import WireMessages

/// Translates the callbacks of one connection that the pool dialled into its events.
final class LinkHandler: WebSocketHandler {
    private let pool: BridgePool
    private let link: LinkID

    init(pool: BridgePool, link: LinkID) {
        self.pool = pool
        self.link = link
    }

    func opened(_ connection: WebSocketConnection) {
        pool.opened(link, connection)
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        do {
            let decoded = try message.payload.withUnsafeReadableBytes { (bytes) throws(WireError) in
                try BridgeToBootstrap.decode(bytes)
            }
            pool.received(decoded, on: link)
        } catch {
            pool.unreadable(error, on: link)
        }
    }

    func heardControlFrame(on connection: WebSocketConnection) {
        pool.heard(link)
    }

    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {
        pool.pongReceived(link)
    }

    func writabilityChanged(_ isWritable: Bool, on connection: WebSocketConnection) {
        pool.writabilityChanged(link, isWritable: isWritable)
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        // Bridges of the existing network refuse a wrong secret by this reason alone (protocol.md 3.2.1).
        if closure.initiator == .remote, closure.reason.hasPrefix("Unauthorized") {
            pool.refused(closure.reason, on: link)
        }
        let code = closure.code.map { "\($0.rawValue) " } ?? ""
        pool.closed(link, "\(code)\(closure.reason)")
        pool.ended(connection)
    }
}
