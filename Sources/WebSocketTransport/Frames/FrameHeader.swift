import NIOCore

/// What a frame is; the only six values that RFC 6455 (5.2) defines.
enum FrameOpcode: UInt8 {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    var isControl: Bool { self.rawValue & 0x8 != 0 }
}

/// The head of one frame, checked for all that holds whatever came before it (RFC 6455, 5.2 and 5.5).
struct FrameHeader {
    /// Control frames carry at most this (RFC 6455, 5.5).
    static let maxControlPayload = 125

    var isFinal: Bool
    var opcode: FrameOpcode
    var length: Int
    /// The masking key in wire order, or nil for an unmasked frame.
    var mask: UInt32?

    /// Reads one header from the front of `input`; returns nil, and takes nothing, while it is incomplete.
    ///
    /// Lengths in a longer form than needed are refused: the RFC asks for the minimal one, and no known client sends others.
    init?(from input: inout ByteBuffer) throws(FrameReader.Violation) {
        let start = input.readerIndex
        guard let first: UInt8 = input.getInteger(at: start) else { return nil }
        guard first & 0x70 == 0 else { throw .protocolError("reserved bit without an extension") }
        guard let opcode = FrameOpcode(rawValue: first & 0x0F) else { throw .protocolError("reserved opcode") }
        self.isFinal = first & 0x80 != 0
        self.opcode = opcode
        if opcode.isControl && !self.isFinal { throw .protocolError("fragmented control frame") }

        guard let second: UInt8 = input.getInteger(at: start + 1) else { return nil }
        var size = 2
        switch second & 0x7F {
        case 126:
            if opcode.isControl { throw .protocolError("control frame over 125 bytes") }
            guard let length: UInt16 = input.getInteger(at: start + size) else { return nil }
            guard length > 125 else { throw .protocolError("length not in its shortest form") }
            self.length = Int(length)
            size += 2
        case 127:
            if opcode.isControl { throw .protocolError("control frame over 125 bytes") }
            guard let length: UInt64 = input.getInteger(at: start + size) else { return nil }
            guard let length = Int(exactly: length) else { throw .protocolError("length with the top bit set") }
            guard length > Int(UInt16.max) else { throw .protocolError("length not in its shortest form") }
            self.length = length
            size += 8
        case let length:
            self.length = Int(length)
        }
        if second & 0x80 != 0 {
            guard let mask: UInt32 = input.getInteger(at: start + size) else { return nil }
            self.mask = mask
            size += 4
        }
        input.moveReaderIndex(forwardBy: size)
    }

    init(opcode: FrameOpcode, length: Int, mask: UInt32?) {
        self.isFinal = true
        self.opcode = opcode
        self.length = length
        self.mask = mask
    }

    /// Bytes that this header takes on the wire.
    var encodedSize: Int {
        let lengthBytes = self.length <= 125 ? 0 : self.length <= Int(UInt16.max) ? 2 : 8
        return 2 + lengthBytes + (self.mask == nil ? 0 : 4)
    }

    func write(to output: inout ByteBuffer) {
        let maskBit: UInt8 = self.mask == nil ? 0 : 0x80
        output.writeInteger((self.isFinal ? 0x80 : 0) | self.opcode.rawValue)
        if self.length <= 125 {
            output.writeInteger(maskBit | UInt8(self.length))
        } else if let length = UInt16(exactly: self.length) {
            output.writeInteger(maskBit | 126)
            output.writeInteger(length)
        } else {
            output.writeInteger(maskBit | 127)
            output.writeInteger(UInt64(self.length))
        }
        if let mask = self.mask {
            output.writeInteger(mask)
        }
    }
}

extension ByteBuffer {
    /// Appends one whole frame.
    mutating func writeFrame(_ opcode: FrameOpcode, payload: ByteBuffer, mask: UInt32?) {
        var payload = payload
        let header = FrameHeader(opcode: opcode, length: payload.readableBytes, mask: mask)
        self.reserveCapacity(minimumWritableBytes: header.encodedSize + header.length)
        header.write(to: &self)
        self.writeUnmasking(&payload, count: payload.readableBytes, mask: mask, offset: 0)
    }

    /// Moves `count` bytes from `input` to the end of this buffer, applying the mask on the way. (Masking and unmasking are
    /// the same.) `offset` says how much of the frame's payload came before.
    mutating func writeUnmasking(_ input: inout ByteBuffer, count: Int, mask: UInt32?, offset: Int) {
        guard let mask else {
            if var slice = input.readSlice(length: count) { self.writeBuffer(&slice) }
            return
        }
        // The key in wire order, turned so that its first byte belongs to our first byte, twice: eight bytes a step.
        let shift = UInt32(offset % 4) * 8
        let turned = mask << shift | (shift == 0 ? 0 : mask >> (32 - shift))
        let key = (UInt64(turned) << 32 | UInt64(turned)).bigEndian
        input.readWithUnsafeReadableBytes { source in
            self.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                var index = 0
                while index + 8 <= count {
                    let word = source.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ key
                    target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
                    index += 8
                }
                withUnsafeBytes(of: key) { keyBytes in
                    while index < count {
                        target[index] = source[index] ^ keyBytes[index % 8]
                        index += 1
                    }
                }
                return count
            }
            return count
        }
    }
}
