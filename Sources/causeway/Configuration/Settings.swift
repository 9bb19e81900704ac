import Configuration
import FoundationEssentials
import SystemPackage

/// Reads settings in order of precedence: flag, environment, file. Defaults are the caller's.
///
/// A value that cannot be read is an error that names it, and so is a key in the file that nobody reads: a typo must not
/// pass for a default.
struct Settings {
    private struct Source {
        var provider: any ConfigProvider
        /// How the source spells a key, for messages.
        var spelling: @Sendable (SettingKey) -> String
    }

    private let sources: [Source]

    /// - Parameter file: path of a JSON file; nil for none.
    init(file: String?, environment: [String: String]? = nil) async throws {
        let variables =
            environment.map { EnvironmentVariablesProvider(environmentVariables: $0) }
            ?? EnvironmentVariablesProvider()
        var sources = [Source(provider: variables, spelling: \.environmentName)]
        if let file {
            try Self.refuseUnknownKeys(in: file)
            let provider: FileProvider<JSONSnapshot>
            do {
                provider = try await FileProvider<JSONSnapshot>(filePath: FilePath(file))
            } catch {
                throw SettingError(name: file, problem: "cannot be read as a JSON configuration file: \(error)")
            }
            sources.append(Source(provider: provider, spelling: { "\($0.rawValue) in \(file)" }))
        }
        self.sources = sources
    }

    func string(_ key: SettingKey) throws -> String? {
        try first(key, type: .string) { if case .string(let value) = $0 { value } else { nil } }
    }

    func int(_ key: SettingKey) throws -> Int? {
        try first(key, type: .int) { if case .int(let value) = $0 { value } else { nil } }
    }

    /// A text with a unit, or a bare number, which a file may write without quotes.
    func text(_ key: SettingKey) throws -> String? {
        do {
            return try string(key)
        } catch {
            guard let number = try? int(key) else { throw error }
            return String(number)
        }
    }

    func bool(_ key: SettingKey) throws -> Bool? {
        try first(key, type: .bool) { if case .bool(let value) = $0 { value } else { nil } }
    }

    func strings(_ key: SettingKey) throws -> [String]? {
        try first(key, type: .stringArray) { if case .stringArray(let value) = $0 { value } else { nil } }
    }

    /// A TCP port, 0 for any free one.
    ///
    /// - Parameter flag: what the command line says, which wins.
    /// - Parameter option: how the command line says it.
    func port(_ key: SettingKey, flag: Int?, option: String) throws -> Int? {
        guard let port = try flag ?? int(key) else { return nil }
        guard (0...65_535).contains(port) else {
            throw SettingError(name: key.name(flag, option), problem: "\(port) is no TCP port (0 to 65535)")
        }
        return port
    }

    private func first<Value>(
        _ key: SettingKey,
        type: ConfigType,
        _ extract: (ConfigContent) -> Value?
    ) throws -> Value? {
        for source in sources {
            let path = AbsoluteConfigKey(key.components)
            let found: LookupResult
            do {
                found = try source.provider.value(forKey: path, type: type)
            } catch {
                throw Self.unreadable(key, type, in: source)
            }
            guard let value = found.value else { continue }
            guard let value = extract(value.content) else { throw Self.unreadable(key, type, in: source) }
            return value
        }
        return nil
    }

    private static func unreadable(_ key: SettingKey, _ type: ConfigType, in source: Source) -> SettingError {
        let expected =
            switch type {
            case .int: "no whole number, or too large"
            case .bool: "neither yes nor no; write true or false"
            case .string: "no text; write it in quotes"
            case .stringArray: "no list of texts"
            default: "no \(type.rawValue)"
            }
        let value = key.isSecret ? "what is there" : written(key, in: source) ?? "what is there"
        return SettingError(name: source.spelling(key), problem: "\(value) is \(expected)")
    }

    /// A value of another type than was asked for; nil for what is no single value.
    private static func written(_ key: SettingKey, in source: Source) -> String? {
        // Booleans last: a file gives its numbers as booleans, too.
        for type in [ConfigType.string, .int, .double, .bool] {
            let found = try? source.provider.value(forKey: AbsoluteConfigKey(key.components), type: type)
            switch found?.value?.content {
            case .string(let text): return text.isEmpty ? "an empty text" : text
            case .bool(let value): return "\(value)"
            case .int(let value): return "\(value)"
            case .double(let value): return "\(value)"
            default: continue
            }
        }
        return nil
    }

    private static func refuseUnknownKeys(in file: String) throws {
        let tree: Any
        do {
            tree = try JSONDecoder().decode(ConfigurationTree.self, from: Data(contentsOf: URL(filePath: file)))
        } catch {
            throw SettingError(name: file, problem: "cannot be read as a JSON configuration file")
        }
        guard let tree = tree as? ConfigurationTree else { return }
        let known = Set(SettingKey.allCases.map(\.rawValue))
        for path in tree.leaves where !known.contains(path) {
            throw SettingError(name: "\(path) in \(file)", problem: "is not a setting that causeway knows")
        }
    }
}

/// The shape of a configuration file: which dotted paths have a value.
private struct ConfigurationTree: Decodable {
    var leaves: [String]

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        leaves = []
        for key in object.allKeys {
            if let child = try? object.decode(ConfigurationTree.self, forKey: key) {
                leaves += child.leaves.map { "\(key.stringValue).\($0)" }
            } else {
                leaves.append(key.stringValue)
            }
        }
    }
}
