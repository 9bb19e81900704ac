import Kademlia
import NIOCore
import NIOHTTP1
import Synchronization
import WebSocketTransport
import WireMessages

/// What one case works with: it opens sockets to the target, and all of them are closed when the case is over.
final class Probe: Sendable {
    let address: TargetAddress
    /// The first peer of the network, if the kit is it.
    let standing: StandingPeer?
    private let client: WebSocketClient
    private let group: any EventLoopGroup
    let spacing: DialSpacing
    private struct Opened: Sendable {
        var sockets: [ProbeSocket] = []
        var bare: [BareSocket] = []
    }
    private let opened = Mutex(Opened())

    init(
        address: TargetAddress,
        standing: StandingPeer?,
        client: WebSocketClient,
        group: any EventLoopGroup,
        spacing: DialSpacing
    ) {
        self.address = address
        self.standing = standing
        self.client = client
        self.group = group
        self.spacing = spacing
    }

    // MARK: Names

    func newID() -> String { randomHex(20) }

    func randomHex(_ bytes: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return String(hexadecimal: (0..<bytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    func newRequestID() -> String { "req_1700000000000_\(randomHex(5))" }

    // MARK: Sockets

    /// - Parameter responder: hears every message first, on the event loop.
    func open(
        path: String? = nil,
        responder: (@Sendable (RawJSON, ProbeSocket) -> Void)? = nil
    ) async throws -> ProbeSocket {
        var url = address.url
        if let path { url.path = address.path(path) }
        return try await open(url, responder: responder)
    }

    func open(
        _ url: WebSocketURL,
        responder: (@Sendable (RawJSON, ProbeSocket) -> Void)? = nil
    ) async throws -> ProbeSocket {
        let socket = ProbeSocket(on: group.next(), responder: responder)
        opened.withLock { $0.sockets.append(socket) }
        _ = try await client.connect(to: url, handler: socket)
        return socket
    }

    func openBare(headers: [String] = []) async throws -> (socket: BareSocket, answer: String) {
        let (socket, answer) = try await BareSocket.open(address, on: group.next(), headers: headers)
        opened.withLock { $0.bare.append(socket) }
        return (socket, answer)
    }

    func http(
        _ method: HTTPMethod = .GET,
        _ path: String,
        headers: [(String, String)] = [],
        within limit: Duration = ConformanceDefaults.http
    ) async throws -> HTTPAnswer {
        try await address.request(method, path, headers: headers, on: group.next(), within: limit)
    }

    /// One request to the port for monitors.
    func monitor(_ method: HTTPMethod = .GET, _ path: String) async throws -> HTTPAnswer {
        guard let monitor = address.monitor else { throw Skipped("needs --monitor") }
        var address = address
        address.url = monitor
        return try await address.request(method, path, on: group.next())
    }

    func closeAll() {
        let opened = self.opened.withLock { opened in
            defer { opened = Opened() }
            return opened
        }
        for socket in opened.sockets { socket.close() }
        for socket in opened.bare { socket.close() }
    }
}
