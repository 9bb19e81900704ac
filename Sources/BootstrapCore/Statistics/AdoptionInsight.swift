/// What the numbers on IPv6 mean, in words (`ipv6Trends.insights`). The kinds and thresholds are the existing server's.
public struct AdoptionInsight: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case positive, neutral, info, warning
    }

    public enum Subject: String, Sendable {
        case adoption, trend, platform, relay
    }

    public var kind: Kind
    public var subject: Subject
    public var message: String
    public var recommendation: String

    public static func all(_ totals: ProfileTotals, _ history: AdoptionHistory) -> [AdoptionInsight] {
        [level(totals), week(history.daily), devices(totals), relays(totals)].compactMap { $0 }
    }

    private static func level(_ totals: ProfileTotals) -> AdoptionInsight? {
        let percentage = totals.all.percentage
        guard percentage > 0 else { return nil }
        let (kind, advice): (Kind, String) =
            switch percentage {
            case 50...: (.positive, "Many connections need no help through a NAT.")
            case 30...: (.neutral, "A good part of the users gains from IPv6.")
            default: (.info, "Most connections have to get through a NAT, so relays matter.")
            }
        return AdoptionInsight(
            kind: kind,
            subject: .adoption,
            message: "\(percentage)% of the clients have IPv6.",
            recommendation: advice
        )
    }

    /// Against the first of the last seven days.
    private static func week(_ daily: [AdoptionHistory.Snapshot]) -> AdoptionInsight? {
        let days = daily.suffix(7)
        guard days.count == 7, let first = days.first, let last = days.last else { return nil }
        let change = last.totals.all.percentage - first.totals.all.percentage
        if change > 5 {
            return AdoptionInsight(
                kind: .positive,
                subject: .trend,
                message: "The share of clients with IPv6 rose by \(change) percentage points within a week.",
                recommendation: "Keep offering IPv6 paths first."
            )
        }
        if change < -5 {
            return AdoptionInsight(
                kind: .warning,
                subject: .trend,
                message: "The share of clients with IPv6 fell by \(-change) percentage points within a week.",
                recommendation: "See whether IPv6 works where it used to."
            )
        }
        return nil
    }

    private static func devices(_ totals: ProfileTotals) -> AdoptionInsight? {
        var mobile = ProfileTotals.Adoption()
        var desktop = ProfileTotals.Adoption()
        for (category, adoption) in totals.byCategory {
            if category.isMobile { mobile = mobile + adoption }
            if category.isDesktop { desktop = desktop + adoption }
        }
        guard mobile.total > 0, desktop.total > 0, abs(mobile.percentage - desktop.percentage) > 10 else { return nil }
        let mobileLeads = mobile.percentage > desktop.percentage
        return AdoptionInsight(
            kind: .info,
            subject: .platform,
            message: "\(mobile.percentage)% of mobile and \(desktop.percentage)% of desktop clients have IPv6.",
            recommendation: mobileLeads
                ? "Mobile networks often have IPv6 where homes have not."
                : "Relays near mobile users help most."
        )
    }

    private static func relays(_ totals: ProfileTotals) -> AdoptionInsight? {
        guard totals.all.total > 10, totals.needsRelayPercentage > 30, totals.all.percentage < 30 else { return nil }
        return AdoptionInsight(
            kind: .info,
            subject: .relay,
            message:
                "\(totals.needsRelayPercentage)% of the clients need a relay; \(totals.all.percentage)% have IPv6.",
            recommendation: "More IPv6 would take load off the relays."
        )
    }
}

extension ProfileTotals.Adoption {
    fileprivate static func + (left: Self, right: Self) -> Self {
        Self(total: left.total + right.total, capable: left.capable + right.capable)
    }
}
