import ArgumentParser
import Kademlia
import Telemetry

/// How much a bridge takes on, and from whom.
struct BridgeLimitOptions: ParsableArguments {
    @Option(
        help: """
            Most connections at a time, of peers and bootstrap servers together. (MAX_CONNECTIONS; default: what open \
            files and memory allow, up to 20000)
            """
    )
    var maxConnections: Int?

    @Option(
        help: "Most DHT peers connected at a time. (BRIDGE_MAX_PEERS; default: three quarters of the connections)"
    )
    var maxPeers: Int?

    @Option(
        help: """
            Peers up to which the bridge dials others; more may dial in. (TARGET_PEERS; default: \
            \(BridgeLimits.CoreDefaults.targetPeers))
            """
    )
    var targetPeers: Int?

    @Option(
        help: """
            Onboarding requests that may wait, 1 to 65536; any further one is answered "busy". (QUEUE_CAPACITY; default: \
            \(BridgeLimits.CoreDefaults.queueCapacity))
            """
    )
    var queueCapacity: Int?

    @Option(
        help: ArgumentHelp(
            """
            Memory above which no new peer is let in and new requests are answered "busy", as in 512MiB or 2G; 0 for no \
            limit.
            """,
            discussion: """
                (MEMORY_LIMIT; default: half of the machine's or container's memory, but no more than all allowed \
                connections may need)
                """,
            valueName: "size"
        )
    )
    var memoryLimit: String?

    @Option(
        help: ArgumentHelp(
            "Time between two log lines on resource use, as in 30s or 5m; 0 for none. (RESOURCE_INTERVAL; default: 60s)",
            valueName: "time"
        )
    )
    var resourceInterval: String?

    @Flag(
        help: """
            Accept no membership token of a reconnecting peer but those that a bridge of this network signed. Existing \
            networks' tokens carry no signature that can be checked. (STRICT_TOKENS)
            """
    )
    var strictTokens = false

    @Option(
        help: ArgumentHelp(
            "always, never or auto: whether private and loopback addresses that peers name are dialled.",
            discussion: """
                auto dials them if this bridge's own address is one, as on a single machine or in a local network. \
                (DIAL_PRIVATE; default: auto)
                """,
            valueName: "when"
        )
    )
    var dialPrivate: String?

    @Option(
        help: """
            Routing entries per bucket that may come from one subnet (IPv4 /24, IPv6 /48), 1 to 20; 0 for any number. \
            (PEERS_PER_SUBNET; default: 2)
            """
    )
    var peersPerSubnet: Int?

    /// - Throws: `SettingError` for what cannot be read, is out of range, or is more than `machine` holds.
    func limits(_ settings: Settings, on machine: MachineLimits) throws -> BridgeLimits {
        BridgeLimits(
            bounds: try bounds(settings, on: machine),
            resourceInterval: try interval(settings),
            strictTokens: try strictTokens || settings.bool(.strictTokens) ?? false,
            dialPrivate: try privateDialling(settings),
            peersPerSubnet: try subnetShare(settings)
        )
    }

    private func bounds(_ settings: Settings, on machine: MachineLimits) throws -> ServerBounds {
        var wishes = ServerBounds.Wishes()
        wishes.connections = try maxConnections ?? settings.int(.maxConnections)
        wishes.peers = try maxPeers ?? settings.int(.bridgeMaxPeers)
        wishes.queueCapacity = try queueCapacity ?? settings.int(.queueCapacity)
        wishes.targetPeers = try targetPeers ?? settings.int(.targetPeers)
        wishes.memoryLimit = try memoryBytes(settings)
        do {
            return try ServerBounds(wishes, on: machine)
        } catch {
            throw SettingError(name: name(of: error.bound), problem: error.problem)
        }
    }

    private func memoryBytes(_ settings: Settings) throws -> Int? {
        guard let text = try memoryLimit ?? settings.text(.memoryLimit) else { return nil }
        do {
            return try ByteSize(text).bytes
        } catch .tooMuch {
            throw SettingError(name: name(of: .memoryLimit), problem: "\(text) is more than any machine has. Lower it")
        } catch {
            throw SettingError(
                name: name(of: .memoryLimit),
                problem: """
                    \(text.isEmpty ? "an empty text" : text) is no amount of memory; write 512MiB, 2G, a number of \
                    bytes, or 0 for no limit
                    """
            )
        }
    }

    private func interval(_ settings: Settings) throws -> Duration? {
        guard let text = try resourceInterval ?? settings.text(.resourceInterval) else {
            return ServerBounds.Defaults.resourceInterval
        }
        // More often than every second it would be the log that needs the resources.
        guard let interval = DurationArgument(argument: text)?.duration, interval == .zero || interval >= .seconds(1)
        else {
            throw SettingError(
                name: SettingKey.resourceInterval.name(resourceInterval, "--resource-interval"),
                problem: "\(text) is no time of a second or more; write 30s, 5m, 1h, or 0 for none"
            )
        }
        return interval == .zero ? nil : interval
    }

    private func privateDialling(_ settings: Settings) throws -> BridgeLimits.DialPrivate {
        guard let text = try dialPrivate ?? settings.string(.dialPrivate) else { return .auto }
        guard let choice = BridgeLimits.DialPrivate(rawValue: text) else {
            throw SettingError(
                name: SettingKey.dialPrivate.name(dialPrivate, "--dial-private"),
                problem: "\(text.isEmpty ? "an empty text" : text) is none of always, never, auto"
            )
        }
        return choice
    }

    private func subnetShare(_ settings: Settings) throws -> Int {
        let share = try peersPerSubnet ?? settings.int(.peersPerSubnet) ?? KademliaDefaults.entriesPerGroup
        guard (0...KademliaDefaults.bucketSize).contains(share) else {
            throw SettingError(
                name: SettingKey.peersPerSubnet.name(peersPerSubnet, "--peers-per-subnet"),
                problem: """
                    \(share) is out of range; a bucket has \(KademliaDefaults.bucketSize) entries, so it may be 1 to \
                    \(KademliaDefaults.bucketSize), or 0 for any number
                    """
            )
        }
        return share
    }

    /// How whoever set it wrote it.
    private func name(of bound: ServerBounds.Bound) -> String {
        switch bound {
        case .connections: SettingKey.maxConnections.name(maxConnections, "--max-connections")
        case .peers: SettingKey.bridgeMaxPeers.name(maxPeers, "--max-peers")
        case .queueCapacity: SettingKey.queueCapacity.name(queueCapacity, "--queue-capacity")
        case .targetPeers: SettingKey.targetPeers.name(targetPeers, "--target-peers")
        case .memoryLimit: SettingKey.memoryLimit.name(memoryLimit, "--memory-limit")
        }
    }
}
