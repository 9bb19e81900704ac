import DHTTestKit
import Testing
import WebSocketTransport

@Suite struct UTF8ValidatorTests {
    static func isValid(_ bytes: [UInt8], pieces: Int = .max) -> Bool {
        var validator = UTF8Validator()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
            guard piece.withUnsafeBytes({ validator.feed($0) }) else { return false }
        }
        return validator.isComplete
    }

    /// The standard library decides what is right.
    @Test func agreesWithTheStandardLibraryOnRandomBytes() {
        let starts: [UInt8] = [
            0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF,
        ]
        for seed in UInt64(1)...40 {
            var generator = SeededGenerator(seed: seed)
            for _ in 0..<500 {
                let length = Int.random(in: 0...5, using: &generator)
                let padding = [UInt8](repeating: 0x61, count: Int.random(in: 0...17, using: &generator))
                let bytes =
                    padding + (0..<length).map { _ in starts[Int.random(in: 0..<starts.count, using: &generator)] }
                let expected = String(validating: bytes, as: UTF8.self) != nil
                #expect(Self.isValid(bytes) == expected, "seed \(seed): \(bytes)")
                #expect(Self.isValid(bytes, pieces: 1) == expected, "seed \(seed): \(bytes)")
                #expect(Self.isValid(bytes, pieces: 3) == expected, "seed \(seed): \(bytes)")
            }
        }
    }

    @Test func everyScalarIsValid() {
        for value in stride(from: UInt32(0), through: 0x10FFFF, by: 251) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            #expect(Self.isValid(Array(String(Character(scalar)).utf8), pieces: 1))
        }
    }
}
