import DHTTestKit
import NIOCore
import Testing
import WebSocketTransport

@Suite struct FrameReaderTests {
    static let maxMessage = 1000
    static let maxFragments = 4

    /// What a reader makes of these bytes when they come in pieces of the given sizes (the last one repeats).
    static func events(
        _ bytes: [UInt8],
        role: FrameReader.Role = .server,
        maxMessageBytes: Int = maxMessage,
        pieces: [Int] = [.max]
    ) -> [FrameReader.Event] {
        var reader = FrameReader(role: role, maxMessageBytes: maxMessageBytes, maxFragments: self.maxFragments)
        var events: [FrameReader.Event] = []
        var rest = bytes[...]
        var pieces = pieces
        while !rest.isEmpty {
            let size = pieces.count > 1 ? pieces.removeFirst() : pieces[0]
            var input = ByteBuffer(bytes: rest.prefix(size))
            rest = rest.dropFirst(size)
            while let event = reader.next(from: &input) { events.append(event) }
            #expect(input.readableBytes == 0, "a reader that is done takes everything")
        }
        return events
    }

    static func text(_ text: String) -> FrameReader.Event {
        .message(.text(ByteBuffer(string: text)))
    }

    static func violation(_ events: [FrameReader.Event]) -> WebSocketCloseCode? {
        guard case .violation(let violation)? = events.last else { return nil }
        return violation.code
    }

    @Test func wholeMessagesArriveUnmasked() {
        let bytes = WireFrames.text("Hello") + WireFrames.frame(WireFrames.binary, [0, 255, 128, 1, 2, 3, 4, 5, 6])
        #expect(
            Self.events(bytes) == [
                Self.text("Hello"), .message(.binary(ByteBuffer(bytes: [0, 255, 128, 1, 2, 3, 4, 5, 6]))),
            ]
        )
    }

    @Test(arguments: [0, 1, 125, 126, 127, 999, 1000])
    func everyLengthFormIsRead(length: Int) {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        #expect(
            Self.events(WireFrames.frame(WireFrames.binary, payload)) == [.message(.binary(ByteBuffer(bytes: payload)))]
        )
    }

    @Test func eightByteLengthIsRead() {
        let payload = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        let events = Self.events(
            WireFrames.frame(WireFrames.binary, payload),
            maxMessageBytes: 70_000,
            pieces: [3, 4096]
        )
        #expect(events == [.message(.binary(ByteBuffer(bytes: payload)))])
    }

    @Test func controlFramesMayStandBetweenFragments() {
        let bytes =
            WireFrames.text("Hel", final: false) + WireFrames.frame(WireFrames.ping, [1, 2])
            + WireFrames.frame(WireFrames.continuation, Array("lo".utf8), final: false)
            + WireFrames.frame(WireFrames.pong) + WireFrames.frame(WireFrames.continuation)
        #expect(
            Self.events(bytes) == [.ping(ByteBuffer(bytes: [1, 2])), .pong(ByteBuffer()), Self.text("Hello")]
        )
    }

    @Test func clientRoleReadsUnmaskedFrames() {
        #expect(Self.events(WireFrames.text("x", masked: false), role: .client) == [Self.text("x")])
    }

    /// Each breaks one rule, and is refused with 1002 as soon as its header is there.
    @Test(arguments: [
        WireFrames.header(WireFrames.text, length: 1, masked: false),
        WireFrames.header(WireFrames.text, length: 1, reserved: 1),
        WireFrames.header(WireFrames.text, length: 1, reserved: 2),
        WireFrames.header(WireFrames.text, length: 1, reserved: 4),
        WireFrames.header(3, length: 1), WireFrames.header(7, length: 1),
        WireFrames.header(11, length: 1), WireFrames.header(15, length: 1),
        WireFrames.header(WireFrames.continuation, length: 1),
        WireFrames.header(WireFrames.ping, length: 1, final: false),
        WireFrames.header(WireFrames.ping, length: 126),
        WireFrames.header(WireFrames.close, length: 70_000),
        // Lengths in a longer form than needed.
        [0x81, 0xFE, 0, 125], [0x81, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
        // 2^63 and 2^64-1.
        [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], [0x81, 0xFF] + Array(repeating: 0xFF, count: 8),
        // A new message inside a fragmented one.
        WireFrames.text("a", final: false) + WireFrames.header(WireFrames.text, length: 1),
        WireFrames.close(999), WireFrames.close(0), WireFrames.close(1004), WireFrames.close(1005),
        WireFrames.close(1006), WireFrames.close(1015), WireFrames.close(1016), WireFrames.close(2999),
        WireFrames.close(5000), WireFrames.close(65535),
        WireFrames.frame(WireFrames.close, [3]),
    ])
    func brokenRulesAreProtocolErrors(bytes: [UInt8]) {
        for pieces in [[Int.max], [1]] {
            #expect(Self.violation(Self.events(bytes, pieces: pieces)) == .protocolError)
        }
    }

    @Test func maskedFramesFromServerAreRefused() {
        #expect(Self.violation(Self.events(WireFrames.text("x"), role: .client)) == .protocolError)
    }

    @Test func tooLargeMessageIsRefusedAtItsDeclaredLength() {
        let header = WireFrames.header(WireFrames.binary, length: Self.maxMessage + 1)
        #expect(Self.violation(Self.events(header)) == .messageTooBig)
        #expect(Self.violation(Self.events(WireFrames.header(WireFrames.text, length: 1 << 40))) == .messageTooBig)
    }

    @Test func fragmentsTogetherMayNotExceedTheLimit() {
        let first = WireFrames.frame(WireFrames.binary, Array(repeating: 0, count: 600), final: false)
        let fits = first + WireFrames.header(WireFrames.continuation, length: 400)
        let exceeds = first + WireFrames.header(WireFrames.continuation, length: 401)
        #expect(Self.events(fits).isEmpty)
        #expect(Self.violation(Self.events(exceeds)) == .messageTooBig)
    }

    @Test func tooManyFragmentsAreRefusedEvenWhenEmpty() {
        let start = WireFrames.text("", final: false)
        let more = WireFrames.frame(WireFrames.continuation, final: false)
        let allowed = start + Array(repeating: more, count: Self.maxFragments - 1).flatMap { $0 }
        #expect(Self.events(allowed).isEmpty)
        #expect(Self.violation(Self.events(allowed + more)) == .policyViolation)
    }

    @Test(arguments: [
        [0xC0, 0xAF], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0x80],
        [0x41, 0xC3], [0xF0, 0x9F, 0x98],
    ])
    func invalidTextIsRefused(payload: [UInt8]) {
        #expect(Self.violation(Self.events(WireFrames.frame(WireFrames.text, payload))) == .invalidPayload)
        #expect(
            Self.events(WireFrames.frame(WireFrames.binary, payload)) == [.message(.binary(ByteBuffer(bytes: payload)))]
        )
    }

    @Test func characterMayBeSplitOverFragments() {
        let bytes =
            WireFrames.frame(WireFrames.text, [0xF0, 0x9F], final: false)
            + WireFrames.frame(WireFrames.continuation, [0x98, 0x80])
        #expect(Self.events(bytes) == [Self.text("😀")])
    }

    @Test func invalidTextIsRefusedBeforeItsFrameIsComplete() {
        let bytes = WireFrames.header(WireFrames.text, length: 500) + [0xFF ^ WireFrames.mask[0]]
        #expect(Self.violation(Self.events(bytes)) == .invalidPayload)
    }

    @Test func closeFramesCarryCodeAndReason() {
        #expect(
            Self.events(WireFrames.close(1000, reason: Array("bye".utf8))) == [.close(code: .normal, reason: "bye")]
        )
        #expect(Self.events(WireFrames.frame(WireFrames.close)) == [.close(code: nil, reason: "")])
        #expect(
            Self.events(WireFrames.close(4999)) == [.close(code: WebSocketCloseCode(rawValue: 4999), reason: "")]
        )
        #expect(Self.violation(Self.events(WireFrames.close(1000, reason: [0xC3]))) == .invalidPayload)
    }

    @Test func nothingIsReadAfterTheEnd() {
        let events = Self.events(WireFrames.close(1000) + WireFrames.text("late") + WireFrames.close(1001))
        #expect(events == [.close(code: .normal, reason: "")])
        #expect(Self.events(WireFrames.header(3, length: 0) + WireFrames.text("late")).count == 1)
    }

    @Test func splittingNeverChangesWhatIsRead() {
        for seed in UInt64(1)...60 {
            var generator = SeededGenerator(seed: seed)
            let bytes = Self.conversation(using: &generator)
            let whole = Self.events(bytes)
            #expect(Self.events(bytes, pieces: [1]) == whole, "seed \(seed)")
            let pieces = (0..<bytes.count).map { _ in Int.random(in: 1...40, using: &generator) }
            #expect(Self.events(bytes, pieces: pieces) == whole, "seed \(seed)")
        }
    }

    /// Frames of all kinds; about one in fifteen has a wrong byte in it.
    static func conversation(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<30 {
            let payload = Array("Grüße, 世界 😀 ".utf8).shuffledRarely(using: &generator)
            var frame: [UInt8] =
                switch Int.random(in: 0..<4, using: &generator) {
                case 0:
                    WireFrames.frame(WireFrames.binary, Array(payload.prefix(Int.random(in: 0...9, using: &generator))))
                case 1: WireFrames.frame(WireFrames.ping, Array(payload.prefix(5)))
                case 2:
                    WireFrames.frame(WireFrames.text, Array(payload.prefix(3)), final: false)
                        + WireFrames.frame(WireFrames.continuation, Array(payload.dropFirst(3)))
                default: WireFrames.frame(WireFrames.text, payload)
                }
            if Int.random(in: 0..<15, using: &generator) == 0 {
                frame[Int.random(in: 0..<frame.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            bytes += frame
        }
        return bytes
    }
}

extension [UInt8] {
    fileprivate func shuffledRarely(using generator: inout SeededGenerator) -> [UInt8] {
        Int.random(in: 0..<20, using: &generator) == 0 ? self.shuffled(using: &generator) : self
    }
}
