public import NIOCore

/// Reads the frames of one direction of one connection: bytes in, whole messages and control frames out.
///
/// Strict RFC 6455 without extensions. Every rule is checked as soon as the bytes that break it are there: a length that
/// breaks the limit before its payload is read, bad text in the fragment where it turns bad. Holds at most one message
/// (`maxMessageBytes`), one control payload and part of one frame header.
///
///     header ──complete, allowed──> payload ──complete──> header
///        └───────────┬──────────────────┘
///               rule broken, or close frame read ──> finished (all further input is ignored)
public struct FrameReader {
    /// Which end of the connection we are: clients mask what they send, servers don't (RFC 6455, 5.1).
    public enum Role: Sendable {
        case server
        case client
    }

    /// A broken rule: the code and text of the close frame that answers it.
    public struct Violation: Error, Equatable {
        public var code: WebSocketCloseCode
        public var reason: String
    }

    public enum Event: Equatable {
        case message(WebSocketMessage)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// The other end's close frame; nil when it carried no code. Nothing follows.
        case close(code: WebSocketCloseCode?, reason: String)
        /// The connection must be failed with this. Nothing follows.
        case violation(Violation)
    }

    private enum Phase {
        case header
        case payload(FrameHeader, received: Int)
        case finished
    }

    private struct PartialMessage {
        var isText: Bool
        var bytes = ByteBuffer()
        var fragments = 0
        var utf8 = UTF8Validator()
    }

    public var maxMessageBytes: Int
    private let maxFragments: Int
    private let role: Role
    private var phase = Phase.header
    /// The first bytes of a header that was split over two reads; nil nearly always.
    private var splitHeader: ByteBuffer?
    private var message: PartialMessage?
    private var control = ByteBuffer()

    public init(role: Role, maxMessageBytes: Int, maxFragments: Int) {
        self.role = role
        self.maxMessageBytes = maxMessageBytes
        self.maxFragments = maxFragments
    }

    /// Takes bytes from `input` up to the end of the next event. Returns nil when `input` is used up; call again with
    /// what arrives next.
    public mutating func next(from input: inout ByteBuffer) -> Event? {
        do throws(Violation) {
            while true {
                switch self.phase {
                case .header:
                    guard let header = try self.readHeader(from: &input) else { return nil }
                    try self.check(header)
                    self.phase = .payload(header, received: 0)

                case .payload(let header, let received):
                    let count = min(input.readableBytes, header.length - received)
                    try self.readPayload(of: header, from: &input, count: count, offset: received)
                    guard received + count == header.length else {
                        self.phase = .payload(header, received: received + count)
                        return nil
                    }
                    self.phase = .header
                    if let event = try self.finishFrame(header) { return event }

                case .finished:
                    input.moveReaderIndex(to: input.writerIndex)
                    return nil
                }
            }
        } catch {
            self.finish()
            return .violation(error)
        }
    }

    private mutating func finish() {
        self.phase = .finished
        self.message = nil
        self.splitHeader = nil
        self.control = ByteBuffer()
    }

    // MARK: Header

    private mutating func readHeader(from input: inout ByteBuffer) throws(Violation) -> FrameHeader? {
        if var split = self.splitHeader {
            split.writeBuffer(&input)
            input = split
            self.splitHeader = nil
        }
        if let header = try FrameHeader(from: &input) { return header }
        if input.readableBytes > 0 {
            // The bytes are copied, because `input` may be a large buffer that should be freed.
            self.splitHeader = ByteBuffer(bytes: input.readableBytesView)
            input.moveReaderIndex(to: input.writerIndex)
        }
        return nil
    }

    private mutating func check(_ header: FrameHeader) throws(Violation) {
        switch (self.role, header.mask) {
        case (.server, .some), (.client, nil): break
        case (.server, nil): throw .protocolError("client frames must be masked")
        case (.client, .some): throw .protocolError("server frames must not be masked")
        }
        switch header.opcode {
        case .ping, .pong, .close:
            break
        case .text, .binary:
            guard self.message == nil else { throw .protocolError("new message inside a fragmented one") }
            guard header.length <= self.maxMessageBytes else { throw .messageTooBig }
            self.message = PartialMessage(isText: header.opcode == .text, fragments: 1)
        case .continuation:
            guard var message = self.message else { throw .protocolError("continuation without a message") }
            self.message = nil
            guard header.length <= self.maxMessageBytes - message.bytes.readableBytes else { throw .messageTooBig }
            message.fragments += 1
            guard message.fragments <= self.maxFragments else {
                throw Violation(code: .policyViolation, reason: "message in too many fragments")
            }
            self.message = message
        }
    }

    // MARK: Payload

    private mutating func readPayload(
        of header: FrameHeader,
        from input: inout ByteBuffer,
        count: Int,
        offset: Int
    ) throws(Violation) {
        guard count > 0 else { return }
        switch header.opcode {
        case .ping, .pong, .close:
            self.control.writeUnmasking(&input, count: count, mask: header.mask, offset: offset)
        case .text, .binary, .continuation:
            // Taken out for the change, so that the buffer has one owner and is written in place.
            guard var message = self.message.take() else { return }
            let start = message.bytes.writerIndex
            message.bytes.writeUnmasking(&input, count: count, mask: header.mask, offset: offset)
            if message.isText {
                let valid = message.bytes.withUnsafeReadableBytes { bytes in
                    message.utf8.feed(UnsafeRawBufferPointer(rebasing: bytes[start...]))
                }
                guard valid else { throw .invalidText }
            }
            self.message = message
        }
    }

    private mutating func finishFrame(_ header: FrameHeader) throws(Violation) -> Event? {
        switch header.opcode {
        case .ping:
            return .ping(self.takeControl())
        case .pong:
            return .pong(self.takeControl())
        case .close:
            let event = try Self.close(self.takeControl())
            self.finish()
            return event
        case .text, .binary, .continuation:
            guard header.isFinal, let message = self.message.take() else { return nil }
            guard message.isText else { return .message(.binary(message.bytes)) }
            guard message.utf8.isComplete else { throw .invalidText }
            return .message(.text(message.bytes))
        }
    }

    private mutating func takeControl() -> ByteBuffer {
        let payload = self.control
        self.control = ByteBuffer()
        return payload
    }

    /// A close frame is empty, or a code that may travel and a UTF-8 reason (RFC 6455, 5.5.1).
    private static func close(_ payload: ByteBuffer) throws(Violation) -> Event {
        var payload = payload
        guard payload.readableBytes > 0 else { return .close(code: nil, reason: "") }
        guard let number = payload.readInteger(as: UInt16.self) else { throw .protocolError("close frame of one byte") }
        let code = WebSocketCloseCode(rawValue: number)
        guard code.mayTravel else { throw .protocolError("close code that may not be sent") }
        var utf8 = UTF8Validator()
        guard payload.withUnsafeReadableBytes({ utf8.feed($0) }), utf8.isComplete else {
            throw Violation(code: .invalidPayload, reason: "close reason is not UTF-8")
        }
        return .close(code: code, reason: String(buffer: payload))
    }
}

extension FrameReader.Violation {
    static func protocolError(_ reason: String) -> Self { Self(code: .protocolError, reason: reason) }
    static var messageTooBig: Self { Self(code: .messageTooBig, reason: "message too big") }
    static var invalidText: Self { Self(code: .invalidPayload, reason: "text is not UTF-8") }
}
