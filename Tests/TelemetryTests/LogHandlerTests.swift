import Foundation
import Logging
import Synchronization
import Telemetry
import Testing

@Suite struct LogHandlerTests {
    /// The lines that `body` logs.
    private func lines(_ format: LogFormat, level: Logger.Level = .trace, _ body: (Logger) -> Void) throws -> [String] {
        let pipe = Pipe()
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        var logger = Logger(label: "test.label") { label in
            LineLogHandler(label: label, format: format, writer: writer, unixMilliseconds: { 1_795_344_183_908 })
        }
        logger.logLevel = level
        body(logger)
        #expect(writer.flush(within: .seconds(10)))
        try pipe.fileHandleForWriting.close()
        let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    private func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test func aJSONLineHasTheFiveMembers() throws {
        let lines = try lines(.json) { $0.warning("link closed", [.peer: "abc", .closeCode: "1000"]) }
        #expect(
            lines == [
                #"{"ts":"2026-11-22T10:43:03.908Z","level":"warning","label":"test.label","message":"link closed","#
                    + #""metadata":{"close_code":"1000","peer":"abc"}}"#
            ]
        )
    }

    @Test func aTextLineIsOneLineForPeople() throws {
        let lines = try lines(.text) { $0.info("link closed", [.peer: "abc", .reason: "not now", .type: ""]) }
        #expect(
            lines == [#"2026-11-22T10:43:03.908Z info     test.label link closed peer=abc reason="not now" type="""#]
        )
    }

    static let hostile = [
        "a\nb", "a\r\nb", "\u{1b}[2J\u{1b}]0;title\u{7}", "\u{0}", "\u{9b}31m", "\u{202e}gnp.exe", "quote\"back\\slash",
        "\u{2028}x",
        "{\"level\":\"error\"}", "\u{85}", "tab\t", "\u{e0041}",
    ]

    /// P-OBS: whatever a peer sends, the log has one line for it, and no byte in it commands a terminal.
    @Test(arguments: hostile, LogFormat.allCases) func textFromStrangersStaysInsideItsLine(
        text: String,
        format: LogFormat
    ) throws {
        let lines = try lines(format) { logger in
            logger.error("refused", metadata: ["reason": "\(text)", "\(text)": "x"])
            logger.error("\(text)")
        }
        #expect(lines.count == 2)
        for line in lines {
            let unsafe = line.unicodeScalars.filter { scalar in
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.properties.isBidiControl
                    || scalar.value == 0x2028
            }
            #expect(unsafe.isEmpty)
        }
        if format == .json {
            #expect((try object(lines[0])["metadata"] as? [String: String])?["reason"] == text)
            #expect(try object(lines[1])["message"] as? String == text)
        }
    }

    @Test func valuesAreCutToTheirLimitOnWholeCharacters() throws {
        for character in ["x", "é", "€", "😀", "\u{1}"] {
            let long = String(repeating: character, count: 10_000)
            let line = try #require(try lines(.json) { $0.info("\(long)", [.reason: "\(long)"]) }.first)
            let object = try object(line)
            let reason = try #require((object["metadata"] as? [String: String])?["reason"])
            #expect(reason.hasSuffix("…"))
            #expect((125...128).contains(reason.utf8.count))
            #expect(try #require(object["message"] as? String).utf8.count <= 512)
        }
        let exact = String(repeating: "x", count: 128)
        let line = try #require(try lines(.json) { $0.info("m", [.reason: "\(exact)"]) }.first)
        #expect((try object(line)["metadata"] as? [String: String])?["reason"] == exact)
    }

    @Test func aSecretInMetadataIsNotWritten() throws {
        let secret = Secret("hunter2")
        for format in LogFormat.allCases {
            let lines = try lines(format) { logger in
                logger.info("m", metadata: ["a": "\(secret)", "b": .stringConvertible(secret), "c": ["\(secret)"]])
            }
            #expect(lines.count == 1 && !lines[0].contains("hunter2") && lines[0].contains("<redacted>"))
        }
    }

    @Test func levelsAndMetadataOfTheLoggerCount() throws {
        let lines = try lines(.json, level: .info) { logger in
            var logger = logger
            logger[metadataKey: "connection"] = "1"
            logger.debug("not this", [.peer: "a"])
            logger.info("this", [.peer: "a"])
            logger.info("and this", [.connection: "2"])
        }
        let facts = try lines.map { try object($0)["metadata"] as? [String: String] }
        #expect(facts == [["connection": "1", "peer": "a"], ["connection": "2"]])
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_709_251_199_999, "2024-02-29T23:59:59.999Z"), (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
    func timesAreWrittenAsRFC3339(milliseconds: Int64, text: String) throws {
        let pipe = Pipe()
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let logger = Logger(label: "l") { label in
            LineLogHandler(label: label, format: .text, writer: writer, unixMilliseconds: { milliseconds })
        }
        logger.info("m")
        #expect(writer.flush(within: .seconds(10)))
        #expect(String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self) == "\(text) info     l m\n")
    }
}
