import Testing
import WireMessages

/// One fixture line with the conversation that it belongs to, seen only through closures so that all can be in one list.
struct Fixture: Sendable, CustomTestStringConvertible {
    var conversation: String
    var text: String
    /// Decodes and encodes again.
    var transcode: @Sendable ([UInt8]) throws(WireError) -> [UInt8]
    /// True if decoding gives `.unknown`.
    var isUnknown: @Sendable ([UInt8]) throws(WireError) -> Bool
    /// True if encoding and decoding again what `bytes` mean gives the same message.
    var survives: @Sendable ([UInt8]) throws(WireError) -> Bool

    var testDescription: String { "\(conversation) \(text.prefix(60))" }
    var bytes: [UInt8] { Array(text.utf8) }

    static func all<Conversation: WireConversation>(_ type: Conversation.Type, _ lines: String) -> [Fixture] {
        lines.split(separator: "\n").map { line in
            Fixture(
                conversation: "\(type)",
                text: String(line),
                transcode: { (bytes) throws(WireError) in try type.decode(bytes).encode() },
                isUnknown: { (bytes) throws(WireError) in "\(try type.decode(bytes))".hasPrefix("unknown") },
                survives: { (bytes) throws(WireError) in
                    let message = try type.decode(bytes)
                    return try type.decode(message.encode()) == message
                }
            )
        }
    }

    static let all: [Fixture] =
        all(PeerToBootstrap.self, ClientFixtures.peerToBootstrap)
        + all(BootstrapToPeer.self, ClientFixtures.bootstrapToPeer)
        + all(BootstrapToBridge.self, LinkFixtures.bootstrapToBridge)
        + all(BridgeToBootstrap.self, LinkFixtures.bridgeToBootstrap)
        + all(BootstrapToDialInBridge.self, LinkFixtures.bootstrapToDialInBridge)
        + all(FirstMessage.self, LinkFixtures.firstMessage)
        + all(DHTMessage.self, DHTFixtures.messages)
}
