import Crypto
import FoundationEssentials

/// The `Sec-WebSocket-Key` of one handshake and the answer that proves the server understood it (RFC 6455, 4.2.2).
public struct HandshakeKey: Equatable, Sendable {
    /// Sixteen bytes in Base64, as in the header.
    public let text: String

    private static let bytes = 16
    private static let serverID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Refuses what is not the Base64 form of 16 bytes: 22 digits and two signs of padding.
    public init?(_ text: String) {
        guard text.utf8.count == 24, Data(base64Encoded: text)?.count == Self.bytes else { return nil }
        self.text = text
    }

    public init(using generator: inout some RandomNumberGenerator) {
        // Two draws of 8 bytes: the system's generator is a system call each.
        let words = [generator.next(), generator.next()] as [UInt64]
        self.text = words.withUnsafeBytes { Data($0).base64EncodedString() }
    }

    /// The value of `Sec-WebSocket-Accept`.
    public var accept: String {
        Data(Insecure.SHA1.hash(data: Data((self.text + Self.serverID).utf8))).base64EncodedString()
    }
}
