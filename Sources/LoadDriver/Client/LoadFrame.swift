import NIOCore

/// One frame from a server, found at the front of what has arrived (RFC 6455, 5.2). A load expects short whole messages, so
/// fragments are a violation like others.
enum LoadFrame: Equatable {
    enum Kind: UInt8 {
        case text = 0x1
        case close = 0x8
        case ping = 0x9
        case pong = 0xA
    }

    case incomplete
    /// - Parameter payload: its place in the bytes; the next frame begins where it ends.
    case whole(Kind, payload: Range<Int>)
    case violation(String)

    init(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 2 else {
            self = .incomplete
            return
        }
        guard bytes[0] & 0xF0 == 0x80 else {
            self = .violation("frame: fragment or reserved bit")
            return
        }
        guard let kind = Kind(rawValue: bytes[0] & 0x0F) else {
            self = .violation("frame: neither text nor control")
            return
        }
        guard bytes[1] & 0x80 == 0 else {
            self = .violation("frame: masked by the server")
            return
        }
        guard kind == .text || bytes[1] <= 125 else {
            self = .violation("frame: control frame over 125 bytes")
            return
        }
        let header: Int
        let length: UInt64
        switch bytes[1] {
        case 126:
            header = 4
            length =
                bytes.count < header
                ? 0 : UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        case 127:
            header = 10
            length =
                bytes.count < header ? 0 : UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
        case let short:
            header = 2
            length = UInt64(short)
        }
        guard length <= LoadDefaults.maxMessageBytes else {
            self = .violation("frame: over \(LoadDefaults.maxMessageBytes) bytes")
            return
        }
        let end = header + Int(length)
        self = end <= bytes.count ? .whole(kind, payload: header..<end) : .incomplete
    }
}

/// Masks for the frames of one connection: they have to look random to whoever stands between (RFC 6455, 10.3), and nobody
/// stands between us and a server on this machine. SplitMix64.
struct MaskSource {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt32 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return UInt32(truncatingIfNeeded: word ^ (word >> 31))
    }
}

extension ByteBuffer {
    /// Appends a whole frame as a client has to send it.
    mutating func writeMasked(_ kind: LoadFrame.Kind, _ payload: UnsafeRawBufferPointer, mask: UInt32) {
        writeInteger(0x80 | kind.rawValue)
        if payload.count <= 125 {
            writeInteger(0x80 | UInt8(payload.count))
        } else if let length = UInt16(exactly: payload.count) {
            writeMultipleIntegers(0x80 | 126 as UInt8, length)
        } else {
            writeMultipleIntegers(0x80 | 127 as UInt8, UInt64(payload.count))
        }
        writeInteger(mask)
        writeWithUnsafeMutableBytes(minimumWritableBytes: payload.count) { target in
            // In wire order, twice: eight bytes a step.
            let key = (UInt64(mask) << 32 | UInt64(mask)).bigEndian
            var index = 0
            while index + 8 <= payload.count {
                let word = payload.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ key
                target.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            withUnsafeBytes(of: key) { key in
                while index < payload.count {
                    target[index] = payload[index] ^ key[index % 8]
                    index += 1
                }
            }
            return payload.count
        }
    }
}
