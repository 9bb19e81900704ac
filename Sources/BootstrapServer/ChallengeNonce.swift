import Kademlia

/// What a browser has to sign to prove its key: 32 bytes of the system's generator, as 64 hex digits (protocol.md 2.5.2).
enum ChallengeNonce {
    @Sendable static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let words = (0..<4).map { _ in generator.next() }
        return String(
            hexadecimal: words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        )
    }
}
