import ArgumentParser
import Kademlia
import WebSocketTransport

/// Which reverse proxies a server stands behind.
struct ProxyOptions: ParsableArguments {
    @Option(
        name: .customLong("trusted-proxy"),
        help: ArgumentHelp(
            "Address or network of a proxy whose X-Forwarded-For and X-Real-IP are believed; once for each.",
            discussion: """
                An address, a network as 10.0.0.0/8, 'loopback', or 'private' for the networks that belong to one owner. \
                (TRUSTED_PROXIES; default: none)
                """
        )
    )
    var trustedProxies: [String] = []

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
