/// What a browser has to sign to prove its key: 32 bytes of the system's generator, as 64 hex digits (protocol.md 2.5.2).
enum ChallengeNonce {
    @Sendable static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
