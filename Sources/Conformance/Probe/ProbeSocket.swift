import NIOCore
import Synchronization
import WebSocketTransport
import WireMessages

/// One WebSocket to the target. It says any text, wrong ones too, and keeps what it hears until somebody asks for it.
final class ProbeSocket: WebSocketHandler {
    struct Heard: Sendable {
        var isText: Bool
        var bytes: [UInt8]
        /// nil if it is not JSON.
        var json: RawJSON?
        var type: String
    }

    struct Inbox: Sendable {
        /// What nobody has asked for yet.
        var waiting: [Heard] = []
        /// Everything, for cases that look at all of it.
        var all: [Heard] = []
        var pongs: [[UInt8]] = []
        var closure: WebSocketClosure?
    }

    let inbox: Watched<Inbox>
    private let connection = Mutex<WebSocketConnection?>(nil)
    /// Answers at once, for sockets that nobody watches.
    private let responder: (@Sendable (RawJSON, ProbeSocket) -> Void)?

    init(on eventLoop: any EventLoop, responder: (@Sendable (RawJSON, ProbeSocket) -> Void)? = nil) {
        inbox = Watched(Inbox(), on: eventLoop)
        self.responder = responder
    }

    // MARK: Saying

    func send(_ text: String) {
        connection.withLock { $0 }?.send(Array(text.utf8))
    }

    func sendBinary(_ text: String) {
        connection.withLock { $0 }?.send(.binary(ByteBuffer(string: text)))
    }

    func ping(_ payload: String) {
        connection.withLock { $0 }?.ping(ByteBuffer(string: payload))
    }

    func close() {
        connection.withLock { $0 }?.close(.normal, reason: "")
    }

    // MARK: Hearing

    func opened(_ connection: WebSocketConnection) {
        self.connection.withLock { $0 = connection }
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        let bytes = Array(message.payload.readableBytesView)
        let limits = JSONLimits(depth: .max, values: .max, bytes: .max)
        let json = try? RawJSON(checking: bytes, limits: limits)
        let isText =
            switch message {
            case .text: true
            case .binary: false
            }
        let heard = Heard(isText: isText, bytes: bytes, json: json, type: json?.string("type") ?? "no type")
        inbox.update { inbox in
            inbox.waiting.append(heard)
            inbox.all.append(heard)
        }
        if let responder, let json { responder(json, self) }
    }

    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {
        inbox.update { $0.pongs.append(Array(payload.readableBytesView)) }
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        inbox.update { $0.closure = closure }
    }

    // MARK: Waiting

    private enum Answer: Sendable {
        case message(RawJSON)
        case binary(String)
        case closed(WebSocketClosure)
    }

    /// The next message of one of those types that fits; others stay.
    func next(
        _ types: String...,
        within limit: Duration = ConformanceDefaults.answer,
        where fits: @escaping @Sendable (RawJSON) -> Bool = { _ in true }
    ) async throws -> RawJSON {
        let answer: Answer? = try await inbox.first(within: limit) { inbox in
            let index = inbox.waiting.firstIndex { heard in
                types.contains(heard.type) && heard.json.map(fits) == true
            }
            if let index {
                let heard = inbox.waiting.remove(at: index)
                // Browsers cannot read binary frames (protocol.md 0.4).
                guard heard.isText, let json = heard.json else { return .binary(heard.type) }
                return .message(json)
            }
            return inbox.closure.map { .closed($0) }
        }
        let wanted = types.joined(separator: " or ")
        switch answer {
        case .message(let message): return message
        case .binary(let type): throw Deviation("\(type) in a binary frame")
        case .closed(let closure): throw Deviation("no \(wanted), but \(Self.describe(closure))\(others)")
        case nil: throw Deviation("no \(wanted) within \(Self.describe(limit))\(others)")
        }
    }

    /// The answer to the request with that id.
    func response(to requestID: String, within limit: Duration = ConformanceDefaults.request) async throws -> RawJSON {
        try await next("response", within: limit) { $0.string("requestId") == requestID }
    }

    /// How the socket ends.
    func end(within limit: Duration = ConformanceDefaults.answer) async throws -> WebSocketClosure {
        guard let closure = try await inbox.first(within: limit, { $0.closure }) else {
            throw Deviation("still open after \(Self.describe(limit))\(others)")
        }
        return closure
    }

    /// Nothing of those types comes for that long.
    func hearsNo(
        _ types: String...,
        for time: Duration = ConformanceDefaults.quiet,
        where fits: @escaping @Sendable (RawJSON) -> Bool = { _ in true }
    ) async throws {
        let unwanted = try await inbox.first(within: time) { inbox in
            inbox.waiting.first { heard in types.contains(heard.type) && heard.json.map(fits) == true }
        }
        if let unwanted { throw Deviation("got \(Self.show(unwanted))") }
    }

    /// A pong with that payload.
    func pong(_ payload: String, within limit: Duration = ConformanceDefaults.answer) async throws {
        let wanted = Array(payload.utf8)
        let isThere: Bool? = try await inbox.first(within: limit) { inbox in
            inbox.pongs.contains(wanted) ? true : inbox.closure.map { _ in false }
        }
        if isThere != true { throw Deviation("no pong with the payload of the ping") }
    }

    var all: [Heard] { inbox.read { $0.all } }
    var closure: WebSocketClosure? { inbox.read { $0.closure } }

    /// What came instead.
    private var others: String {
        let waiting = inbox.read { $0.waiting }
        return waiting.isEmpty ? "" : " (heard: \(waiting.suffix(4).map(Self.show).joined(separator: ", ")))"
    }

    private static func show(_ heard: Heard) -> String {
        guard let json = heard.json else { return "\(heard.bytes.count) bytes that are not JSON" }
        let text = json.string("error") ?? json.string("reason") ?? json.string("message")
        return text.map { "\(heard.type) \"\($0.prefix(60))\"" } ?? heard.type
    }

    static func describe(_ closure: WebSocketClosure) -> String {
        switch (closure.code, closure.initiator) {
        case (let code?, _): "closed \(code.rawValue)\(closure.reason.isEmpty ? "" : " \"\(closure.reason)\"")"
        case (nil, .transport): "the connection was lost"
        case (nil, .local), (nil, .remote): "closed without a code"
        }
    }

    static func describe(_ time: Duration) -> String {
        let milliseconds = time.components.seconds * 1_000 + time.components.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
    }
}
