import Foundation
import Testing
import WireMessages

/// Recorded conversations of the existing network. They are not part of this repository; without them the suite is skipped.
@Suite(.enabled(if: Recordings.arePresent)) struct RecordingTests {
    @Test(arguments: Recordings.files)
    func everyRecordedMessageDecodesAndEncodesToTheSameValue(file: String) throws {
        var dialLinks: Set<String> = []
        var count = 0
        for line in try Recordings.lines(of: file) {
            guard line.message["type"] != nil else { continue }  // the closing of a connection
            let bytes = line.bytes
            let encoded: [UInt8]
            if line.message["type"] as? String == "bootstrap_auth" { dialLinks.insert(line.link) }
            let isFromClient = line.direction == "c>s"
            if file.hasSuffix("-bootstrap.jsonl") {
                encoded =
                    try isFromClient ? transcode(PeerToBootstrap.self, bytes) : transcode(BootstrapToPeer.self, bytes)
            } else if dialLinks.contains(line.link) {
                encoded =
                    try isFromClient
                    ? transcode(BootstrapToBridge.self, bytes) : transcode(BridgeToBootstrap.self, bytes)
            } else {
                encoded = try transcode(DHTMessage.self, bytes)
            }
            #expect(try sameValue(encoded, bytes), "\(String(decoding: bytes, as: UTF8.self))")
            count += 1
        }
        #expect(count > 0)
    }

    /// The opaque parts and the members' order are those of the current era, so most of its messages keep every byte.
    @Test func messagesOfTheCurrentEraKeepTheirBytes() throws {
        for line in try Recordings.lines(of: "current-bootstrap.jsonl") where line.message["type"] != nil {
            let encoded =
                try line.direction == "c>s"
                ? transcode(PeerToBootstrap.self, line.bytes) : transcode(BootstrapToPeer.self, line.bytes)
            #expect(encoded == line.bytes)
        }
    }

    private func transcode<Conversation: WireConversation>(
        _ type: Conversation.Type,
        _ bytes: [UInt8]
    ) throws -> [UInt8] {
        let message = try type.decode(bytes)
        #expect(!"\(message)".hasPrefix("unknown"))
        #expect(try type.decode(message.encode()) == message)
        return message.encode()
    }
}

enum Recordings {
    struct Line {
        /// Label and number of the connection.
        var link: String
        var direction: String
        var message: [String: Any]
        var bytes: [UInt8]
    }

    static let directory = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/wire")

    static let files: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? [])
        .filter { $0.hasSuffix(".jsonl") }.sorted()

    static var arePresent: Bool { !files.isEmpty }

    static func lines(of file: String) throws -> [Line] {
        let text = try String(contentsOf: directory.appending(path: file), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            // The message is the last member, so that its bytes can be cut out of the line.
            let start = try #require(line.range(of: #""msg":"#)).upperBound
            return Line(
                link: "\(object["label"] ?? "")/\(object["conn"] ?? "")",
                direction: try #require(object["dir"] as? String),
                message: try #require(object["msg"] as? [String: Any]),
                bytes: Array(line[start...].dropLast().utf8)
            )
        }
    }
}
