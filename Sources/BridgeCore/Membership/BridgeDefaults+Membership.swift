extension BridgeDefaults {
    // MARK: Who may come back

    /// A member must have been heard within this to be named to one who comes back (protocol.md 3.6).
    public static let memberSilenceLimit: Duration = .seconds(60)
    /// A peer heard within this counts as active; existing bridges have the same (protocol.md 3.6).
    public static let activeSilenceLimit: Duration = .seconds(300)
    /// Fewer active peers are no network to come back to (protocol.md 3.6).
    public static let networkPeers = 2
    /// Peers and announcements that enter a network fingerprint, as with existing bridges.
    public static let fingerprintEntries = 10
    /// For how long no other peer can become the first one. The bootstrap waits 30 s for its genesis peer to connect.
    public static let genesisHold: Duration = .seconds(60)
}
