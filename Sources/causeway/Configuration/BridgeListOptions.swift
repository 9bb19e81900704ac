import ArgumentParser
import BridgeLink
import LinkCore
import WebSocketTransport

/// Which bridges a bootstrap server asks, and how.
struct BridgeListOptions: ParsableArguments {
    @Option(name: .customLong("bridge"), help: SettingKey.bridgeNodes.help)
    var bridges: [String] = []

    @Option(name: .customLong("stateless-bridge"), help: SettingKey.statelessBridgeNodes.help)
    var statelessBridges: [String] = []

    @Option(help: SettingKey.bridgeMode.help)
    var bridgeMode: String?

    @Flag(help: SettingKey.bridgeHedge.help)
    var hedgeRequests = false

    @Option(help: SettingKey.bridgeCertificateAuthorities.help)
    var bridgeCaFile: String?

    var flags: [SettingKey: String] {
        [SettingKey: String?](
            uniqueKeysWithValues: [
                (.bridgeNodes, bridges.isEmpty ? nil : bridges.joined(separator: ", ")),
                (.statelessBridgeNodes, statelessBridges.isEmpty ? nil : statelessBridges.joined(separator: ", ")),
                (.bridgeMode, bridgeMode),
                (.bridgeHedge, hedgeRequests ? "yes" : nil),
                (.bridgeCertificateAuthorities, bridgeCaFile),
            ]
        ).compactMapValues(\.self)
    }

    func targets(_ settings: Settings) throws -> [BridgeTarget] {
        let modeText = try bridgeMode ?? settings.string(.bridgeMode) ?? LinkMode.persistent.rawValue
        guard let mode = LinkMode(rawValue: modeText) else {
            throw SettingError(
                name: SettingKey.bridgeMode.name(bridgeMode, "--bridge-mode"),
                problem: "\(modeText) is neither persistent nor stateless"
            )
        }
        var texts = bridges
        if texts.isEmpty { texts = try settings.strings(.bridgeNodes) ?? [] }
        if texts.isEmpty { texts = try [SettingKey.bridgeNode1, .bridgeNode2].compactMap { try settings.string($0) } }
        var stateless = statelessBridges
        if stateless.isEmpty { stateless = try settings.strings(.statelessBridgeNodes) ?? [] }
        // Unset means these two, as in the existing network (protocol.md 7.1).
        if texts.isEmpty, stateless.isEmpty { texts = ["localhost:8083", "localhost:8084"] }
        let single = try texts.filter { !$0.isEmpty && $0 != "none" }.map { try url($0, option: "--bridge") }
        let perRequest = try stateless.filter { !$0.isEmpty }.map { try url($0, option: "--stateless-bridge") }
        // An address in both lists is one bridge, and the more particular list says how it is reached.
        return single.map { BridgeTarget($0, mode: perRequest.contains($0) ? .stateless : mode) }
            + perRequest.filter { !single.contains($0) }.map { BridgeTarget($0, mode: .stateless) }
    }

    func hedges(_ settings: Settings) throws -> Bool {
        try hedgeRequests || settings.bool(.bridgeHedge) ?? false
    }

    func trust(_ settings: Settings) throws -> ClientTrust {
        guard let path = try bridgeCaFile ?? settings.string(.bridgeCertificateAuthorities) else { return .system }
        do {
            return try ClientTrust(.file(path))
        } catch {
            throw SettingError(
                name: SettingKey.bridgeCertificateAuthorities.name(bridgeCaFile, "--bridge-ca-file"),
                problem: "\(error)"
            )
        }
    }

    private func url(_ text: String, option: String) throws -> WebSocketURL {
        do {
            return try WebSocketURL(text)
        } catch {
            throw SettingError(name: "\(option) \(text)", problem: "\(error)")
        }
    }
}
