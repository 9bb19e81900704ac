extension BridgeDefaults {
    // MARK: Tokens

    /// How long a token is good for. It serves to come back: who stayed away for longer than a month joins anew, which costs
    /// seconds, and what leaks out of an old browser profile is worth nothing then.
    package static let tokenLifetime: Duration = .seconds(30 * 24 * 3_600)
    /// How far the clocks of two bridges may be apart; machines without NTP drift by minutes in a month.
    package static let tokenClockSkew: Duration = .seconds(300)
    /// Keys of other bridges: far more than a network has bridges, and a few for those that changed theirs.
    package static let foreignTokenKeys = 64

    // MARK: Who may come back

    /// A member must have been heard within this to be named to one who comes back (protocol.md 3.6).
    package static let memberSilenceLimit: Duration = .seconds(60)
    /// A peer heard within this counts as active; existing bridges have the same (protocol.md 3.6).
    package static let activeSilenceLimit: Duration = .seconds(300)
    /// Fewer active peers are no network to come back to (protocol.md 3.6).
    package static let networkPeers = 2
    /// Peers and announcements that enter a network fingerprint, as with existing bridges.
    package static let fingerprintEntries = 10
    /// For how long no other peer can become the first one. The bootstrap waits 30 s for its genesis peer to connect.
    package static let genesisHold: Duration = .seconds(60)
}
