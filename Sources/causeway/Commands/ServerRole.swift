import ArgumentParser
import BootstrapServer
import Telemetry

/// A server command, as the commands on configuration see it.
protocol ServerRole: ParsableArguments {
    static var role: SettingDescription.Role { get }
    var shared: SharedOptions { get }

    /// What the command line says.
    var flags: [SettingKey: String] { get }
    /// Defaults that depend on the machine.
    func measured(_ settings: Settings) -> [SettingKey: String]
    /// All that the command reads before it starts, each part by itself, so that one mistake does not hide another.
    func readings(_ settings: Settings) -> [() throws -> Void]
    /// Where it would listen.
    func addresses(_ settings: Settings) throws -> [(host: String, port: Int)]
}

extension ServerRole {
    func listing(_ settings: Settings) throws -> SettingListing {
        SettingListing(
            Self.role,
            flags: flags.merging(shared.flags) { one, _ in one },
            settings: settings,
            measured: measured(settings),
            secret: try? shared.locatedSecret(settings)
        )
    }
}

extension BootstrapCommand: ServerRole {
    static var role: SettingDescription.Role { .bootstrap }

    var flags: [SettingKey: String] {
        let own: [SettingKey: String?] = [
            .bootstrapHost: host, .bootstrapPort: port.map(String.init), .createNewDHT: createNewDht ? "yes" : nil,
            .openNetwork: openNetwork ? "yes" : nil, .requireAuth: requireAuth ? "yes" : nil,
            .maxPeers: maxPeers.map(String.init), .buildID: buildId, .basePath: basePath,
            .publicPages: publicPages.map { $0 ? "yes" : "no" }, .probeInterval: probeInterval, .nodeName: nodeName,
            .metricsHost: metricsHost, .metricsPort: metricsPort.map(String.init),
        ]
        return [bridgeOptions.flags, proxies.flags, certificate.flags].reduce(own.compactMapValues(\.self)) {
            $0.merging($1) { one, _ in one }
        }
    }

    func measured(_ settings: Settings) -> [SettingKey: String] {
        var values: [SettingKey: String] = [:]
        values[.publicPages] = (try? servesPublicPages(settings)).map { $0 ? "yes" : "no" }
        values[.metricsHost] = try? monitorHost(settings)
        values[.nodeName] = HostName.current()
        return values
    }

    func readings(_ settings: Settings) -> [() throws -> Void] {
        [
            { _ = try shared.secret(settings) }, { _ = try bridgeOptions.targets(settings) },
            { _ = try bridgeOptions.trust(settings) }, { _ = try certificate.tls(settings) },
            { _ = try proxies.trust(settings) }, { _ = try mountPath(settings) }, { _ = try peerLimit(settings) },
            { _ = try listeningPort(settings) }, { _ = try monitorPort(settings) }, { _ = try probePace(settings) },
            { _ = try shared.logger("causeway", settings) },
            // All at once, in case a part of it is not above.
            { _ = try serverConfiguration(settings) },
        ]
    }

    func addresses(_ settings: Settings) throws -> [(host: String, port: Int)] {
        let peers = (try listeningHost(settings), try listeningPort(settings) ?? 8_080)
        guard let port = try monitorPort(settings) else { return [peers] }
        return [peers, (try monitorHost(settings), port)]
    }
}

extension BridgeCommand: ServerRole {
    static var role: SettingDescription.Role { .bridge }

    var flags: [SettingKey: String] {
        let own: [SettingKey: String?] = [
            .bridgeHost: host, .bridgePort: (port ?? legacyPort).map(String.init), .externalAddress: externalAddress,
            .bootstrapURLs: bootstraps.isEmpty ? nil : bootstraps.joined(separator: ", "),
            .certificateAuthorities: caFile, .metricsHost: metricsHost, .metricsPort: metricsPort.map(String.init),
        ]
        return [limitOptions.flags, proxies.flags, certificate.flags].reduce(own.compactMapValues(\.self)) {
            $0.merging($1) { one, _ in one }
        }
    }

    func measured(_ settings: Settings) -> [SettingKey: String] {
        var values: [SettingKey: String] = [:]
        values[.metricsHost] = try? monitorHost(settings)
        if let bounds = (try? limitOptions.limits(settings, on: .current()))?.bounds {
            values[.maxConnections] = "\(bounds.connections)"
            values[.bridgeMaxPeers] = "\(bounds.peers)"
            values[.memoryLimit] = bounds.memoryLimit.map { "\($0)" } ?? "0"
        }
        return values
    }

    func readings(_ settings: Settings) -> [() throws -> Void] {
        [
            { _ = try shared.secret(settings) }, { _ = try certificate.tls(settings) },
            { _ = try trust(settings) }, { _ = try proxies.trust(settings) }, { _ = try peerPort(settings) },
            { _ = try monitorPort(settings) }, { _ = try bootstrapAddresses(settings) },
            { _ = try dialledAddress(settings) }, { _ = try limitOptions.limits(settings, on: .current()) },
            { _ = try shared.logger("causeway", settings) },
            // All at once, in case a part of it is not above.
            { _ = try nodeConfiguration(settings, limitOptions.limits(settings, on: .current())) },
        ]
    }

    func addresses(_ settings: Settings) throws -> [(host: String, port: Int)] {
        [
            (try listeningHost(settings), try peerPort(settings) ?? 8_083),
            (try monitorHost(settings), try monitorPort(settings) ?? 9_090),
        ]
    }
}
