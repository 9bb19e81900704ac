/// A server's answer to the request to become a WebSocket (RFC 6455, 4.1), read from its first bytes.
enum UpgradeReply: Equatable {
    case incomplete
    /// The next frame begins after so many bytes.
    case accepted(length: Int)
    case refused(String)

    /// The example of RFC 6455 (1.3). The key has to differ from connection to connection only where caches stand between.
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let accept = Array("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".utf8)
    private static let status = Array("HTTP/1.1 101 ".utf8)
    private static let acceptName = Array("sec-websocket-accept".utf8)

    static func request(path: String, authority: String) -> String {
        """
        GET \(path) HTTP/1.1\r\nHost: \(authority)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n\r\n
        """
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        guard let end = Self.end(of: bytes) else {
            self = bytes.count > LoadDefaults.maxUpgradeBytes ? .refused("upgrade: endless answer") : .incomplete
            return
        }
        var lines = bytes[..<end].split(separator: UInt8(ascii: "\n")).makeIterator()
        guard let first = lines.next(), first.starts(with: Self.status) else {
            self = .refused("upgrade: \(Self.statusCode(bytes).map { "refused with \($0)" } ?? "no HTTP")")
            return
        }
        while let line = lines.next() {
            guard let value = Self.value(of: Self.acceptName, in: line) else { continue }
            self = value.elementsEqual(Self.accept) ? .accepted(length: end) : .refused("upgrade: wrong accept key")
            return
        }
        self = .refused("upgrade: no accept key")
    }

    /// Where the empty line ends.
    private static func end(of bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 3
        while index < bytes.count {
            // Only a line feed, or what stands up to three places before one, can be part of the end.
            if bytes[index] == UInt8(ascii: "\n"), bytes[index - 1] == UInt8(ascii: "\r"),
                bytes[index - 2] == UInt8(ascii: "\n"), bytes[index - 3] == UInt8(ascii: "\r")
            {
                return index + 1
            }
            index += 1
        }
        return nil
    }

    private static func statusCode(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.starts(with: "HTTP/1.".utf8), bytes.count >= 12 else { return nil }
        let code = bytes[9..<12]
        return code.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            ? String(decoding: code, as: UTF8.self) : nil
    }

    /// - Parameter name: in lower case.
    private static func value(
        of name: [UInt8],
        in line: Slice<UnsafeRawBufferPointer>
    ) -> Slice<UnsafeRawBufferPointer>? {
        guard line.count > name.count, line[line.startIndex + name.count] == UInt8(ascii: ":") else { return nil }
        // Setting the bit makes a letter small; other bytes that it turns into letters or a hyphen do no harm.
        guard zip(line, name).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 }) else { return nil }
        var value = line.dropFirst(name.count + 1)
        func isSpace(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        while isSpace(value.first) { value = value.dropFirst() }
        while isSpace(value.last) { value = value.dropLast() }
        return value
    }
}
