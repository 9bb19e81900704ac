import ArgumentParser
import FoundationEssentials
import Logging
import StateStore
import Telemetry

/// Options of every server command.
struct SharedOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "JSON file with settings. Flags and the environment win over it.",
            discussion: """
                Keys are the names of the environment in small letters, one object deeper at each underscore: \
                {"bridge": {"port": 8083}} is BRIDGE_PORT=8083.
                """
        )
    )
    var configurationFile: String?

    @Option(help: SettingKey.logLevel.help)
    var logLevel: String?

    @Option(help: SettingKey.logFormat.help)
    var logFormat: String?

    @Option(name: .customLong("state-dir"), help: SettingKey.stateDirectory.help)
    var stateDirectory: String?

    @Option(help: SettingKey.bridgeAuthFile.help)
    var bridgeAuthFile: String?

    @Flag(help: "Accept the existing network's public default secret. For development only.")
    var insecureDev = false

    /// The secret everybody knows (protocol.md 7.1).
    private static let knownSecret = "default-bridge-auth-key"

    func settings() async throws -> Settings {
        try await Settings(file: configurationFile)
    }

    func secret(_ settings: Settings) throws -> Secret {
        try locatedSecret(settings).value
    }

    /// The secret, and where it stands.
    func locatedSecret(_ settings: Settings) throws -> (value: Secret, origin: SettingOrigin) {
        if let file = try settings.secretFile(bridgeAuthFile) {
            return (try checked(file.text, from: file.name), .file(file.path))
        }
        if let (text, origin) = try settings.found(.bridgeAuth), !text.isEmpty {
            return (try checked(text, from: SettingKey.bridgeAuth.environmentName), origin)
        }
        guard insecureDev else {
            throw SettingError(
                name: SettingKey.bridgeAuth.environmentName,
                problem: "is not set. Give bootstraps and bridges one secret, by BRIDGE_AUTH or --bridge-auth-file"
            )
        }
        return (Secret(Self.knownSecret), .flag("--insecure-dev"))
    }

    private func checked(_ text: String, from source: String) throws -> Secret {
        guard text != Self.knownSecret || insecureDev else {
            throw SettingError(
                name: source,
                problem: "is the public default, which everybody knows. Choose another, or add --insecure-dev"
            )
        }
        return Secret(text)
    }

    func stateDirectory(_ settings: Settings) throws -> String {
        let systemd = settings.environment["STATE_DIRECTORY"]
        return try stateDirectory ?? settings.string(.stateDirectory) ?? systemd ?? "causeway-state"
    }

    /// - Throws: `SettingError` if the directory cannot be used; `StateStoreError` if it can, but not what is in it.
    func store(_ settings: Settings) throws -> SQLiteStateStore {
        do {
            return try SQLiteStateStore(directory: try stateDirectory(settings))
        } catch StateStoreError.directoryUnusable(let path, let reason) {
            throw SettingError(
                name: SettingKey.stateDirectory.name(stateDirectory, "--state-dir"),
                problem: "\(path) cannot be used: \(reason)"
            )
        }
    }

    var flags: [SettingKey: String] {
        [SettingKey: String?](
            uniqueKeysWithValues: [
                (.logLevel, logLevel), (.logFormat, logFormat), (.stateDirectory, stateDirectory),
                (.bridgeAuthFile, bridgeAuthFile),
            ]
        ).compactMapValues(\.self)
    }

    func logger(_ label: String, _ settings: Settings) throws -> Logger {
        let levelText = try logLevel ?? settings.string(.logLevel) ?? "info"
        let formatText = try logFormat ?? settings.string(.logFormat) ?? "text"
        guard let level = Logger.Level(rawValue: levelText == "warn" ? "warning" : levelText) else {
            throw SettingError(
                name: SettingKey.logLevel.name(logLevel, "--log-level"),
                problem: "\(levelText) is none of error, warning, info, debug, trace"
            )
        }
        guard let format = LogFormat(rawValue: formatText) else {
            throw SettingError(
                name: SettingKey.logFormat.name(logFormat, "--log-format"),
                problem: "\(formatText) is neither text nor json"
            )
        }
        return format.logger(label: label, level: level)
    }
}

extension Settings {
    /// The first line of the file that holds the secret, and the name of the setting; nil if no file is named.
    /// - Parameter path: what `--bridge-auth-file` says.
    func secretFile(_ path: String?) throws -> (text: String, name: String, path: String)? {
        let name = SettingKey.bridgeAuthFile.name(path, "--bridge-auth-file")
        guard let path = try path ?? string(.bridgeAuthFile) else { return nil }
        guard let data = FileManager.default.contents(atPath: path),
            let line = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).first
        else { throw SettingError(name: name, problem: "\(path) cannot be read, or is empty") }
        return (String(line), name, path)
    }
}
