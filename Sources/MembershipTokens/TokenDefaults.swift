/// The numbers of membership tokens.
public enum TokenDefaults {
    /// How long a token is good for. It serves to come back: who stayed away for longer than a month joins anew, which costs
    /// seconds, and what leaks out of an old browser profile is worth nothing then.
    public static let lifetime: Duration = .seconds(30 * 24 * 3_600)
    /// How far the clocks of two servers may be apart; machines without NTP drift by minutes in a month.
    public static let clockSkew: Duration = .seconds(300)
    /// Keys of other bridges: far more than a network has bridges, and a few for those that changed theirs.
    public static let foreignKeys = 64
}
