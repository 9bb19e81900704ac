import NIOCore
import NIOHTTP1

/// Our request to become a WebSocket, and the rules for its answer (RFC 6455, 4.1).
struct ClientHandshake: Equatable {
    let request: HTTPRequestHead
    private let key: HandshakeKey

    init(
        url: WebSocketURL,
        headers extra: [(String, String)],
        using generator: inout some RandomNumberGenerator
    ) throws(WebSocketConnectError) {
        self.key = HandshakeKey(using: &generator)
        var headers: HTTPHeaders = [
            "Host": url.authority,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": self.key.text,
            "Sec-WebSocket-Version": "13",
        ]
        for (name, value) in extra {
            guard Self.isToken(name), value.utf8.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else {
                throw .invalidHeader(name)
            }
            headers.add(name: name, value: value)
        }
        self.request = HTTPRequestHead(version: .http1_1, method: .GET, uri: url.path, headers: headers)
    }

    /// Checks the head of the answer. We offered no extension and no subprotocol, so none may be chosen.
    func check(_ response: HTTPResponseHead) throws(WebSocketConnectError) {
        guard response.status == .switchingProtocols else { throw .rejected(status: Int(response.status.code)) }
        guard response.headers["Upgrade"].contains(where: { $0.lists("websocket") }) else {
            throw .invalidHandshake("Upgrade: websocket is missing")
        }
        guard response.headers["Connection"].contains(where: { $0.lists("upgrade") }) else {
            throw .invalidHandshake("Connection: Upgrade is missing")
        }
        guard response.headers["Sec-WebSocket-Accept"] == [self.key.accept] else {
            throw .invalidHandshake("wrong Sec-WebSocket-Accept")
        }
        guard !response.headers.contains(name: "Sec-WebSocket-Extensions") else {
            throw .invalidHandshake("an extension that was not offered")
        }
        guard !response.headers.contains(name: "Sec-WebSocket-Protocol") else {
            throw .invalidHandshake("a subprotocol that was not offered")
        }
    }

    /// RFC 9110, 5.6.2.
    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x21...0x7E).contains(byte) && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
            }
    }
}
