import Crypto
import FoundationEssentials

/// The `Sec-WebSocket-Key` of one handshake and the answer that proves the server understood it (RFC 6455, 4.2.2).
public struct HandshakeKey: Equatable, Sendable {
    /// Sixteen bytes in Base64, as in the header.
    public let text: String

    private static let serverID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Refuses what is not the Base64 form of 16 bytes: 22 digits and two signs of padding.
    public init?(_ text: String) {
        let digits = text.utf8
        guard digits.count == 24, text.hasSuffix("=="), digits.dropLast(2).allSatisfy(Self.isBase64) else { return nil }
        self.text = text
    }

    public init(using generator: inout some RandomNumberGenerator) {
        // Two draws of 8 bytes: the system's generator is a system call each.
        let words = [generator.next(), generator.next()] as [UInt64]
        self.text = words.withUnsafeBytes { Data($0).base64EncodedString() }
    }

    /// The value of `Sec-WebSocket-Accept`.
    public var accept: String {
        var text = self.text + Self.serverID
        let digest = text.withUTF8 { text in
            var hash = Insecure.SHA1()
            hash.update(bufferPointer: UnsafeRawBufferPointer(text))
            return hash.finalize()
        }
        return digest.withUnsafeBytes { Data($0).base64EncodedString() }
    }

    private static func isBase64(_ digit: UInt8) -> Bool {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
        default: false
        }
    }
}
