public import NIOHTTP1

/// What one request head asks for (RFC 6455, 4.2.1). Decides only; `UpgradeGate` acts.
public enum UpgradeCheck: Equatable {
    /// No attempt to become a WebSocket.
    case http
    case upgrade(HandshakeKey)
    /// An attempt that must be answered with an error, never with silence.
    case refuse(status: HTTPResponseStatus, body: String)

    public static func classify(_ head: HTTPRequestHead) -> UpgradeCheck {
        let fields = UpgradeFields(head.headers)
        guard fields.isAttempt else { return .http }
        guard head.method == .GET else { return .bad("a WebSocket upgrade must be a GET request") }
        guard head.version == .http1_1 else { return .bad("a WebSocket upgrade needs HTTP/1.1") }
        guard fields.hosts == 1 else { return .bad("exactly one Host header is needed") }
        guard !fields.hasBody else { return .bad("a WebSocket upgrade must have no body") }
        guard fields.listsWebSocket else { return .bad("Upgrade: websocket is missing") }
        guard fields.listsUpgrade else { return .bad("Connection: Upgrade is missing") }
        guard fields.versions == 1, fields.hasVersion13 else {
            return .refuse(status: .upgradeRequired, body: "only Sec-WebSocket-Version 13 is spoken here")
        }
        guard fields.keys == 1, let key = fields.key.flatMap({ HandshakeKey($0) }) else {
            return .bad("exactly one Sec-WebSocket-Key of 16 bytes in Base64 is needed")
        }
        return .upgrade(key)
    }

    private static func bad(_ body: String) -> UpgradeCheck {
        .refuse(status: .badRequest, body: body)
    }
}

/// What the headers of one request say of an upgrade, gathered in one pass: each search of its own compares all names.
private struct UpgradeFields {
    var hosts = 0
    var hasBody = false
    var listsWebSocket = false
    var listsUpgrade = false
    var versions = 0
    var hasVersion13 = false
    var keys = 0
    var key: String?

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers {
            // Few names share a length.
            switch name.utf8.count {
            case 4 where name.isToken("host"):
                hosts += 1
            case 7 where name.isToken("upgrade"):
                listsWebSocket = listsWebSocket || value.lists("websocket")
            case 10 where name.isToken("connection"):
                listsUpgrade = listsUpgrade || value.lists("upgrade")
            case 14 where name.isToken("content-length"):
                hasBody = hasBody || value != "0"
            case 17 where name.isToken("transfer-encoding"):
                hasBody = true
            case 17 where name.isToken("sec-websocket-key"):
                keys += 1
                key = value
            case 21 where name.isToken("sec-websocket-version"):
                versions += 1
                hasVersion13 = value == "13"
            default:
                break
            }
        }
    }

    /// Any of the three marks counts, so that a half-made attempt hears what it lacks instead of getting a web page.
    var isAttempt: Bool { listsWebSocket || keys > 0 || versions > 0 }
}

extension String {
    /// Whether this is `token`, which is in lower case, without regard to case.
    fileprivate func isToken(_ token: StaticString) -> Bool {
        self[...].isToken(token)
    }

    /// Whether this comma-separated list holds `token`, which is in lower case, without regard to case.
    func lists(_ token: StaticString) -> Bool {
        isToken(token)
            || utf8.split(separator: UInt8(ascii: ",")).contains { Substring($0).trimmingOWS().isToken(token) }
    }
}

extension Substring {
    fileprivate func isToken(_ token: StaticString) -> Bool {
        let expected = UnsafeBufferPointer(start: token.utf8Start, count: token.utf8CodeUnitCount)
        return utf8.elementsEqual(expected) { byte, lower in
            byte == lower || (UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte && byte | 0x20 == lower)
        }
    }

    /// Without the optional white space of HTTP lists (RFC 9110, 5.6.3).
    func trimmingOWS() -> Substring {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        let front = self.drop(while: isSpace)
        guard let last = front.lastIndex(where: { !isSpace($0) }) else { return "" }
        return front[...last]
    }
}
