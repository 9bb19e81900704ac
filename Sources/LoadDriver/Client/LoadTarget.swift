import NIOCore
import WebSocketTransport

/// A server to put load on, ready to be dialled: its address is looked up, and the request to become a WebSocket written.
struct LoadTarget: Sendable {
    let address: SocketAddress
    let upgradeRequest: ByteBuffer

    /// Looks the host up, which may block.
    init(_ url: WebSocketURL) throws(LoadError) {
        // TLS would measure the cipher, and twice over: on both sides of this machine.
        guard url.scheme == .ws else { throw .target("\(url) cannot be measured: the load speaks ws:// only") }
        do {
            address = try SocketAddress.makeAddressResolvingHost(url.host, port: url.port)
        } catch {
            throw .target("\(url) was not found: \(error)")
        }
        let host = url.host.contains(":") ? "[\(url.host)]" : url.host
        upgradeRequest = ByteBuffer(string: UpgradeReply.request(path: url.path, authority: "\(host):\(url.port)"))
    }
}
