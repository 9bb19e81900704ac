import NIOCore

/// Frames as bytes, well-formed or not, written by hand so that the tests don't share the transport's own writer.
enum WireFrames {
    static let text: UInt8 = 0x1
    static let binary: UInt8 = 0x2
    static let continuation: UInt8 = 0x0
    static let close: UInt8 = 0x8
    static let ping: UInt8 = 0x9
    static let pong: UInt8 = 0xA

    static let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]

    static func frame(
        _ opcode: UInt8,
        _ payload: [UInt8] = [],
        final: Bool = true,
        reserved: UInt8 = 0,
        masked: Bool = true
    ) -> [UInt8] {
        var bytes = self.header(opcode, length: payload.count, final: final, reserved: reserved, masked: masked)
        for (index, byte) in payload.enumerated() {
            bytes.append(masked ? byte ^ self.mask[index % 4] : byte)
        }
        return bytes
    }

    static func text(_ text: String, final: Bool = true, masked: Bool = true) -> [UInt8] {
        self.frame(self.text, Array(text.utf8), final: final, masked: masked)
    }

    static func close(_ code: UInt16, reason: [UInt8] = [], masked: Bool = true) -> [UInt8] {
        self.frame(self.close, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason, masked: masked)
    }

    /// The header alone, mask included, whatever length it claims.
    static func header(
        _ opcode: UInt8,
        length: Int,
        final: Bool = true,
        reserved: UInt8 = 0,
        masked: Bool = true
    ) -> [UInt8] {
        var bytes = [(final ? 0x80 : 0) | reserved << 4 | opcode]
        let maskBit: UInt8 = masked ? 0x80 : 0
        if length <= 125 {
            bytes.append(maskBit | UInt8(length))
        } else if length <= 65535 {
            bytes += [maskBit | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        } else {
            bytes.append(maskBit | 127)
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: UInt64(length) >> (56 - 8 * UInt64($0))) }
        }
        return masked ? bytes + self.mask : bytes
    }
}
