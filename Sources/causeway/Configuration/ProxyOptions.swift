import ArgumentParser
import Kademlia
import WebSocketTransport

/// Which reverse proxies a server stands behind.
struct ProxyOptions: ParsableArguments {
    @Option(name: .customLong("trusted-proxy"), help: SettingKey.trustedProxies.help)
    var trustedProxies: [String] = []

    var flags: [SettingKey: String] {
        [SettingKey: String?](
            uniqueKeysWithValues: [
                (.trustedProxies, trustedProxies.isEmpty ? nil : trustedProxies.joined(separator: ", "))
            ]
        ).compactMapValues(\.self)
    }

    func trust(_ settings: Settings) throws -> TrustedProxies {
        let texts = try trustedProxies.isEmpty ? settings.strings(.trustedProxies) ?? [] : trustedProxies
        let name = SettingKey.trustedProxies.name(trustedProxies.first, "--trusted-proxy")
        return TrustedProxies(try texts.filter { !$0.isEmpty }.flatMap { try Self.ranges($0, name) })
    }

    private static func ranges(_ text: String, _ name: String) throws -> [IPRange] {
        switch text {
        case "loopback": return IPRange.loopback
        case "private": return IPRange.private
        default:
            guard let range = IPRange(text) else {
                throw SettingError(
                    name: name,
                    problem: "\(text) is no address, network (10.0.0.0/8), loopback or private"
                )
            }
            return [range]
        }
    }
}
