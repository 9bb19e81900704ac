import Kademlia
import NIOCore
import Testing

@testable import LoadDriver

@Suite struct LoadFrameTests {
    private func frame(_ bytes: [UInt8]) -> LoadFrame { bytes.withUnsafeBytes { LoadFrame($0) } }

    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536])
    func frameOfAnyLengthIsFoundOnceItIsWhole(length: Int) {
        let header: [UInt8] =
            length < 126
            ? [0x81, UInt8(length)]
            : length < 65_536
                ? [0x81, 126, UInt8(length >> 8), UInt8(length & 0xff)]
                : [0x81, 127, 0, 0, 0, 0, 0, UInt8(length >> 16), UInt8(length >> 8 & 0xff), UInt8(length & 0xff)]
        let whole = header + Array(repeating: 0x61, count: length)
        for cut in 0..<min(whole.count, 20) { #expect(frame(Array(whole.prefix(cut))) == .incomplete) }
        #expect(frame(Array(whole.dropLast())) == .incomplete)
        #expect(frame(whole) == .whole(.text, payload: header.count..<whole.count))
        #expect(frame(whole + [0x81]) == .whole(.text, payload: header.count..<whole.count))
    }

    @Test(
        arguments: [
            ([0x01, 0x00], "frame: fragment or reserved bit"), ([0xC1, 0x00], "frame: fragment or reserved bit"),
            ([0x80, 0x00], "frame: neither text nor control"), ([0x82, 0x00], "frame: neither text nor control"),
            ([0x81, 0x80], "frame: masked by the server"),
            ([0x89, 126, 0, 126], "frame: control frame over 125 bytes"),
            ([0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], "frame: over 1048576 bytes"),
            ([0x81, 127, 0, 0, 0, 0, 0xff, 0, 0, 0], "frame: over 1048576 bytes"),
        ] as [([UInt8], String)]
    )
    func whatNoServerShouldSendIsNamed(bytes: [UInt8], reason: String) {
        #expect(frame(bytes) == .violation(reason))
    }

    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 65_535, 65_536])
    func clientFramesAreMasked(length: Int) throws {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var buffer = ByteBuffer()
        payload.withUnsafeBytes { buffer.writeMasked(.text, $0, mask: 0x0102_0304) }
        let bytes = Array(buffer.readableBytesView)
        #expect(bytes[0] == 0x81)
        #expect(bytes[1] & 0x80 != 0)
        let header = length < 126 ? 2 : length < 65_536 ? 4 : 10
        #expect(Array(bytes[header..<header + 4]) == [1, 2, 3, 4])
        let masked = bytes[(header + 4)...]
        #expect(masked.enumerated().map { $1 ^ UInt8($0 % 4 + 1) } == payload)
    }

    @Test func masksDiffer() {
        var source = MaskSource(seed: 1)
        #expect(Set((0..<1_000).map { _ in source.next() }).count > 990)
    }

    @Test func templateHasTheIdInEveryPlace() {
        let node: NodeID = 0xa1
        let template = NodeTemplate { Array("{\($0) and \($0)}".utf8) }
        #expect(String(decoding: template.text(of: node), as: UTF8.self) == "{\(node) and \(node)}")
    }
}

@Suite struct UpgradeReplyTests {
    private func reply(_ text: String) -> UpgradeReply { Array(text.utf8).withUnsafeBytes { UpgradeReply($0) } }

    @Test func acceptedOnceTheEmptyLineIsThere() {
        let text = Array(RawServer.accept.utf8)
        for cut in 0..<text.count { #expect(reply(String(decoding: text.prefix(cut), as: UTF8.self)) == .incomplete) }
        #expect(reply(RawServer.accept) == .accepted(length: text.count))
        #expect(reply(RawServer.accept + "\u{1}\u{2}") == .accepted(length: text.count))
    }

    @Test(arguments: [
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", "upgrade: refused with 503"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "upgrade: no accept key"),
        ("HTTP/1.1 101 S\r\nsec-websocket-accept: x\r\n\r\n", "upgrade: wrong accept key"),
        ("HTTP/1.1 101 S\r\nsec-websocket-accept:\r\n\r\n", "upgrade: wrong accept key"),
        ("\r\n\r\n", "upgrade: no HTTP"), ("SSH-2.0-x\r\n\r\n", "upgrade: no HTTP"),
    ])
    func anyOtherAnswerIsRefused(text: String, reason: String) {
        #expect(reply(text) == .refused(reason))
    }

    @Test func answerWithoutAnEndIsNotReadForEver() {
        #expect(reply(String(repeating: "a", count: 100_000)) == .refused("upgrade: endless answer"))
    }
}
