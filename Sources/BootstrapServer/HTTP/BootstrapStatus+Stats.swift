import BootstrapCore
import BridgeLink
import LinkCore
import WireMessages

extension BootstrapStatus {
    /// What this server can do for peers, in the words of the existing network.
    static let capabilities = ["websocket", "relay", "coordination"]

    /// The body of `/stats` as it was meant to be (protocol.md 6.1.1); existing servers never finish theirs.
    var stats: [UInt8] {
        RawJSON.object { body in
            body.member("isStarted", true)
            body.member("totalPeers", Int64(registeredPeers))
            body.member("maxPeers", Int64(maxPeers))
            body.member("totalConnections", Int64(counters.connections))
            body.key("bridgeNodes")
            body.beginArray()
            for endpoint in pool.endpoints {
                body.beginObject()
                body.member("address", endpoint.address ?? "dialled in")
                // Two fixed texts that scripts may look for. Ours, which is true, comes after them.
                body.member("connected", "tested_on_demand")
                body.member("readyState", "stateless")
                body.member("status", endpoint.status.rawValue)
                body.endObject()
            }
            body.endArray()
            body.member("createNewDHT", createsNewDHT)
            body.member("pendingReconnections", Int64(pendingReconnections))
            body.key("connectionProfiles")
            if statistics.profiles.all.total > 0 {
                body.beginObject()
                statistics.profiles.writeCounts(to: &body)
                writePercentages(to: &body)
                body.member("lastUpdated", orNull: statistics.profiledAt)
                statistics.profiles.writeAdoption(to: &body)
                body.endObject()
            } else {
                body.null()
            }
            body.member("canRelay", Self.capabilities.contains("relay"))
            body.member("capabilities", Self.capabilities)
            body.member("connections", Int64(connections))
            body.member("openNetwork", opensNetwork)
        }.bytes
    }

    private func writePercentages(to body: inout JSONWriter) {
        let profiles = statistics.profiles
        body.key("percentages")
        body.beginObject()
        body.member("hardNat", Int64(profiles.percentage(of: .hard)))
        body.member("easyNat", Int64(profiles.percentage(of: .easy)))
        body.member("openNat", Int64(profiles.percentage(of: .open)))
        body.member("ipv6", Int64(profiles.all.percentage))
        body.member("needsRelay", Int64(profiles.needsRelayPercentage))
        body.endObject()
    }
}

extension ProfileTotals {
    /// `totalReports` to `needsRelay`, all keys whether counted or not. The totals are of the clients that are here, so that the
    /// shares are right; existing servers count those that left in the total alone.
    func writeCounts(to body: inout JSONWriter) {
        body.member("totalReports", Int64(all.total))
        body.key("natTypes")
        writeNATTypes(to: &body)
        body.key("portPatterns")
        body.beginObject()
        for pattern in ConnectionProfile.PortPattern.allCases {
            body.key(pattern.rawValue)
            body.int64(Int64(portPatterns[pattern, default: 0]))
        }
        body.endObject()
        body.member("ipv6Capable", Int64(all.capable))
        body.member("needsRelay", Int64(needsRelay))
    }

    func writeNATTypes(to body: inout JSONWriter) {
        body.beginObject()
        for type in ConnectionProfile.NATType.allCases {
            body.key(type.rawValue)
            body.int64(Int64(natTypes[type, default: 0]))
        }
        body.endObject()
    }

    /// The maps by platform, browser and kind of device: only of what is here.
    func writeAdoption(to body: inout JSONWriter) {
        body.key("ipv6ByPlatform")
        byPlatform.write(to: &body)
        body.key("ipv6ByBrowser")
        byBrowser.write(to: &body)
        body.key("ipv6ByCategory")
        byCategory.write(to: &body)
    }
}

extension [ConnectionProfile.Category: ProfileTotals.Adoption] {
    func write(to body: inout JSONWriter) { writeAdoption(of: ConnectionProfile.Category.allCases, to: &body) }
}

extension [ConnectionProfile.Browser: ProfileTotals.Adoption] {
    func write(to body: inout JSONWriter) { writeAdoption(of: ConnectionProfile.Browser.allCases, to: &body) }
}

extension [ConnectionProfile.Platform: ProfileTotals.Adoption] {
    func write(to body: inout JSONWriter) { writeAdoption(of: ConnectionProfile.Platform.allCases, to: &body) }
}

extension Dictionary where Key: RawRepresentable<String>, Value == ProfileTotals.Adoption {
    fileprivate func writeAdoption(of keys: [Key], to body: inout JSONWriter) {
        body.beginObject()
        for key in keys {
            guard let adoption = self[key], adoption.total > 0 else { continue }
            body.key(key.rawValue)
            body.beginObject()
            body.member("total", Int64(adoption.total))
            body.member("ipv6Capable", Int64(adoption.capable))
            body.member("ipv6Percentage", Int64(adoption.percentage))
            body.endObject()
        }
        body.endObject()
    }
}
