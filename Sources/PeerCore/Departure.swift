/// How a simulated peer leaves the network.
public enum Departure: Sendable, Hashable, CaseIterable {
    /// It stopped: every connection is closed with 1000.
    case stopped
    /// Its machine or its page goes down: every connection is closed with 1001.
    case goingAway
    /// Its connections end without a word, as when a process is killed.
    case abrupt
    /// Its connections stay open, but it neither reads nor answers any more, as when its machine lost the network.
    case silent

    /// Of a hundred peers `silentPercent` fall silent. The others leave in order twice as often as abruptly.
    public static func draw(silentPercent: Double, using generator: inout some RandomNumberGenerator) -> Departure {
        if Double.random(in: 0..<100, using: &generator) < silentPercent { return .silent }
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: return .abrupt
        case 1: return .stopped
        default: return .goingAway
        }
    }
}
