import Crypto
import FoundationEssentials

/// The `Sec-WebSocket-Key` of one handshake and the answer that proves the server understood it (RFC 6455, 4.2.2).
package struct HandshakeKey: Equatable, Sendable {
    /// Sixteen bytes in Base64, as in the header.
    package let text: String

    private static let bytes = 16
    private static let serverID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Refuses what is not the Base64 form of 16 bytes: 22 digits and two signs of padding.
    package init?(_ text: String) {
        guard text.utf8.count == 24, Data(base64Encoded: text)?.count == Self.bytes else { return nil }
        self.text = text
    }

    package init(using generator: inout some RandomNumberGenerator) {
        self.text = Data((0..<Self.bytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
            .base64EncodedString()
    }

    /// The value of `Sec-WebSocket-Accept`.
    package var accept: String {
        Data(Insecure.SHA1.hash(data: Data((self.text + Self.serverID).utf8))).base64EncodedString()
    }
}
