package import NIOHTTP1

/// What one request head asks for (RFC 6455, 4.2.1). Decides only; ``UpgradeGate`` acts.
package enum UpgradeCheck: Equatable {
    /// No attempt to become a WebSocket.
    case http
    case upgrade(HandshakeKey)
    /// An attempt that must be answered with an error, never with silence.
    case refuse(status: HTTPResponseStatus, body: String)

    package static func classify(_ head: HTTPRequestHead) -> UpgradeCheck {
        guard self.isAttempt(head) else { return .http }
        guard head.method == .GET else { return .bad("a WebSocket upgrade must be a GET request") }
        guard head.version == .http1_1 else { return .bad("a WebSocket upgrade needs HTTP/1.1") }
        guard head.headers["Host"].count == 1 else { return .bad("exactly one Host header is needed") }
        guard !self.hasBody(head) else { return .bad("a WebSocket upgrade must have no body") }
        guard head.headers.lists("Upgrade", token: "websocket") else { return .bad("Upgrade: websocket is missing") }
        guard head.headers.lists("Connection", token: "upgrade") else { return .bad("Connection: Upgrade is missing") }
        guard head.headers["Sec-WebSocket-Version"] == ["13"] else {
            return .refuse(status: .upgradeRequired, body: "only Sec-WebSocket-Version 13 is spoken here")
        }
        let keys = head.headers["Sec-WebSocket-Key"]
        guard keys.count == 1, let key = HandshakeKey(keys[0]) else {
            return .bad("exactly one Sec-WebSocket-Key of 16 bytes in Base64 is needed")
        }
        return .upgrade(key)
    }

    /// Any of the three marks counts, so that a half-made attempt hears what it lacks instead of getting a web page.
    private static func isAttempt(_ head: HTTPRequestHead) -> Bool {
        head.headers.lists("Upgrade", token: "websocket")
            || head.headers.contains(name: "Sec-WebSocket-Key")
            || head.headers.contains(name: "Sec-WebSocket-Version")
    }

    private static func hasBody(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains(name: "Transfer-Encoding")
            || head.headers["Content-Length"].contains { $0 != "0" }
    }

    private static func bad(_ body: String) -> UpgradeCheck {
        .refuse(status: .badRequest, body: body)
    }
}

extension HTTPHeaders {
    /// Whether a comma-separated header holds this token; both are compared without regard to case.
    func lists(_ name: String, token: String) -> Bool {
        self[name].contains { value in
            value.split(separator: ",").contains { item in
                item.trimmingOWS().lowercased() == token
            }
        }
    }
}

extension Substring {
    /// Without the optional white space of HTTP lists (RFC 9110, 5.6.3).
    func trimmingOWS() -> Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let front = self.drop(while: isSpace)
        guard let last = front.lastIndex(where: { !isSpace($0) }) else { return "" }
        return front[...last]
    }
}
