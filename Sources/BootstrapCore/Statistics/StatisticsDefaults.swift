/// The numbers of the statistics, each with its reason.
public enum StatisticsDefaults {
    /// Profiles that are kept, one for each client: a registered client of a large server each, at about 50 bytes.
    public static let maxProfiles = 100_000
    /// No word on our lists is as long as this.
    static let longestWord = 32
    /// The window of `recentMetrics` is an hour (protocol.md 6.1.2), kept as the counts of its minutes.
    public static let recentWindow = Duration.seconds(3_600)
    static let recentBuckets = 60
    static let recentBucket = Duration.seconds(60)
    /// How often the adoption of IPv6 is noted, and how many notes of each kind are kept: a day, a month, a quarter, as the
    /// existing server keeps them.
    static let snapshotInterval = Duration.seconds(3_600)
    static let hourlySnapshots = 24
    static let dailySnapshots = 30
    static let weeklySnapshots = 12
    static let hoursPerDay = 24
    static let hoursPerWeek = 7 * 24
}
