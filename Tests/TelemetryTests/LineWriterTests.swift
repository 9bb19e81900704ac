import Foundation
import Logging
import Telemetry
import Testing

@Suite struct LineWriterTests {
    /// A pipe that nobody reads holds 64 KiB; then its writer blocks.
    @Test func aReaderWhoDoesNotReadBlocksNobody() throws {
        let pipe = Pipe()
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, limit: 100_000)
        let line = [UInt8](repeating: 0x61, count: 999) + [0x0a]
        for _ in 0..<2_000 { writer.write(line) }  // 2 MB; would hang here if writing were synchronous
        #expect(writer.droppedInAll > 1_500)
        #expect(!writer.flush(within: .milliseconds(1)))

        let reader = pipe.fileHandleForReading
        var received = 0
        while received < (2_000 - writer.droppedInAll) * 1_000 { received += reader.availableData.count }
        #expect(received == (2_000 - writer.droppedInAll) * 1_000)
        #expect(writer.flush(within: .seconds(10)))
    }

    @Test func droppedLinesAreReportedOnceThereIsRoom() throws {
        let pipe = Pipe()
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, limit: 1_000)
        let logger = Logger(label: "l") { LineLogHandler(label: $0, format: .json, writer: writer) }
        writer.write([UInt8](repeating: 0x61, count: 2_000))
        writer.write([UInt8](repeating: 0x61, count: 2_000))
        logger.info("after")
        logger.info("later")
        #expect(writer.flush(within: .seconds(10)))
        let lines = String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(
            lines.first?.contains(
                #""message":"log lines dropped: standard error was not read","metadata":{"count":"2"}"#
            ) == true
        )
        #expect(writer.droppedInAll == 2)
    }

    @Test func aClosedReaderEndsNothing() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        try pipe.fileHandleForReading.close()
        writer.write(Array("x\n".utf8))
        #expect(writer.flush(within: .seconds(10)))
    }
}
