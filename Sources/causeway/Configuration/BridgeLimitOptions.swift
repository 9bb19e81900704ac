import ArgumentParser
import Kademlia
import Telemetry

/// How much a bridge takes on, and from whom.
struct BridgeLimitOptions: ParsableArguments {
    @Option(help: SettingKey.maxConnections.help)
    var maxConnections: Int?

    @Option(help: SettingKey.bridgeMaxPeers.help)
    var maxPeers: Int?

    @Option(help: SettingKey.targetPeers.help)
    var targetPeers: Int?

    @Option(help: SettingKey.queueCapacity.help)
    var queueCapacity: Int?

    @Option(help: SettingKey.memoryLimit.help)
    var memoryLimit: String?

    @Option(help: SettingKey.resourceInterval.help)
    var resourceInterval: String?

    @Flag(help: SettingKey.strictTokens.help)
    var strictTokens = false

    @Option(help: SettingKey.dialPrivate.help)
    var dialPrivate: String?

    @Option(help: SettingKey.peersPerSubnet.help)
    var peersPerSubnet: Int?

    var flags: [SettingKey: String] {
        [SettingKey: String?](
            uniqueKeysWithValues: [
                (.maxConnections, maxConnections.map(String.init)),
                (.bridgeMaxPeers, maxPeers.map(String.init)),
                (.targetPeers, targetPeers.map(String.init)),
                (.queueCapacity, queueCapacity.map(String.init)),
                (.memoryLimit, memoryLimit),
                (.resourceInterval, resourceInterval),
                (.strictTokens, strictTokens ? "yes" : nil),
                (.dialPrivate, dialPrivate),
                (.peersPerSubnet, peersPerSubnet.map(String.init)),
            ]
        ).compactMapValues(\.self)
    }

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
