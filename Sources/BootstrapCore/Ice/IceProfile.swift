import WireMessages

/// What a peer says of its way to the network, as far as others are told: `natType` and the like. A browser's own profile
/// also lists its addresses and its user agent, which are nobody's business (protocol.md 8, S12).
struct IceProfile: Sendable, Equatable {
    private static let shown: MemberNames = [
        "hasIPv6", "natType", "portPattern", "portIncrement", "needsRelay", "isIPv6Only", "hasNAT64", "platform",
        "browser", "browserVersion", "isMobile",
    ]

    /// As the other side gets it.
    let json: RawJSON
    /// What it means.
    let connection: ConnectionProfile

    init(_ profile: RawJSON?) {
        let kept = profile?.keeping(Self.shown) ?? .emptyObject
        json = kept.bytes.count <= IceDefaults.profileBytes ? kept : .emptyObject
        connection = ConnectionProfile(json)
    }
}

/// What two peers may hope for if they try to connect directly. The numbers are those of existing servers, which clients only
/// show to people.
struct IceOutlook: Equatable {
    /// Both are behind address translation that is hard to get through.
    var isHardPair: Bool
    /// From 0 to 1.
    var successRate: RawJSON

    init(_ one: IceProfile, _ other: IceProfile) {
        let (one, other) = (one.connection, other.connection)
        let hard = [one, other].count { $0.natType == .hard }
        isHardPair = hard == 2
        if one.hasIPv6, other.hasIPv6 {
            // No translation is in the way.
            successRate = "0.9"
        } else if isHardPair {
            switch (one.portPattern, other.portPattern) {
            case (.sequential, .sequential): successRate = "0.3"
            case (.random, _), (_, .random): successRate = "0.05"
            case (.sequential, .unknown), (.unknown, .sequential), (.unknown, .unknown): successRate = "0.2"
            }
        } else {
            successRate = hard > 0 ? "0.6" : "0.85"
        }
    }
}
