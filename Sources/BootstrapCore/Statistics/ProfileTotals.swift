/// How many profiles say what. Every table has a closed list of keys.
public struct ProfileTotals: Sendable, Equatable {
    /// How many of some clients can speak IPv6.
    public struct Adoption: Sendable, Equatable {
        public var total = 0
        public var capable = 0

        public var percentage: Int { wholePercent(capable, of: total) }

        fileprivate mutating func count(_ profile: ConnectionProfile, _ step: Int) {
            total += step
            if profile.hasIPv6 { capable += step }
        }
    }

    public private(set) var all = Adoption()
    public private(set) var natTypes: [ConnectionProfile.NATType: Int] = [:]
    public private(set) var portPatterns: [ConnectionProfile.PortPattern: Int] = [:]
    public private(set) var needsRelay = 0
    public private(set) var byPlatform: [ConnectionProfile.Platform: Adoption] = [:]
    public private(set) var byBrowser: [ConnectionProfile.Browser: Adoption] = [:]
    public private(set) var byCategory: [ConnectionProfile.Category: Adoption] = [:]

    public init() {}

    public var needsRelayPercentage: Int { wholePercent(needsRelay, of: all.total) }

    public func percentage(of type: ConnectionProfile.NATType) -> Int {
        wholePercent(natTypes[type, default: 0], of: all.total)
    }

    mutating func add(_ profile: ConnectionProfile) { count(profile, 1) }

    mutating func remove(_ profile: ConnectionProfile) { count(profile, -1) }

    private mutating func count(_ profile: ConnectionProfile, _ step: Int) {
        all.count(profile, step)
        natTypes[profile.natType, default: 0] += step
        portPatterns[profile.portPattern, default: 0] += step
        if profile.needsRelay { needsRelay += step }
        byPlatform[profile.platform, default: Adoption()].count(profile, step)
        byBrowser[profile.browser, default: Adoption()].count(profile, step)
        byCategory[profile.category, default: Adoption()].count(profile, step)
    }
}

/// A share in per cent, rounded to the nearest whole number; 0 of nothing. Existing reports round halves up, as this does.
public func wholePercent(_ part: Int, of whole: Int) -> Int {
    whole > 0 ? (200 * part + whole) / (2 * whole) : 0
}
