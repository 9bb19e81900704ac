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
        var origin: @Sendable (SettingKey) -> SettingOrigin
    }

    private let sources: [Source]
    /// The variables that were asked, for what is no setting: names that look like one, and what systemd says.
    let environment: [String: String]

    /// - Parameters:
    ///   - file: path of a JSON file; nil for none.
    ///   - refusesUnknownKeys: false: the caller looks at ``unknownKeys(in:)``.
    init(file: String?, environment: [String: String]? = nil, refusesUnknownKeys: Bool = true) async throws {
        let environment = environment ?? ProcessInfo.processInfo.environment
        self.environment = environment
        let variables = EnvironmentVariablesProvider(environmentVariables: environment)
        var sources = [
            Source(
                provider: variables,
                spelling: \.environmentName,
                origin: { .environment($0.environmentName) }
            )
        ]
        if let file {
            let unknown = try Self.unknownKeys(in: file)
            if refusesUnknownKeys, let first = unknown.first { throw first }
            let provider: FileProvider<JSONSnapshot>
            do {
                provider = try await FileProvider<JSONSnapshot>(filePath: FilePath(file))
            } catch {
                throw SettingError(name: file, problem: "cannot be read as a JSON configuration file: \(error)")
            }
            sources.append(
                Source(
                    provider: provider,
                    spelling: { "\($0.rawValue) in \(file)" },
                    origin: { _ in .file(file) }
                )
            )
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

    /// What was set, as text, and where; nil if nobody set it.
    func found(_ key: SettingKey) throws -> (text: String, origin: SettingOrigin)? {
        switch key.about.kind {
        case .text, .amount:
            do {
                return try located(key, type: .string) { if case .string(let value) = $0 { value } else { nil } }
            } catch {
                guard key.about.kind == .amount, let number = try? foundNumber(key) else { throw error }
                return number
            }
        case .number:
            return try foundNumber(key)
        case .yesNo:
            return try located(key, type: .bool) { if case .bool(let value) = $0 { value ? "yes" : "no" } else { nil } }
        case .list:
            return try located(key, type: .stringArray) {
                if case .stringArray(let value) = $0 { value.joined(separator: ", ") } else { nil }
            }
        }
    }

    private func foundNumber(_ key: SettingKey) throws -> (text: String, origin: SettingOrigin)? {
        try located(key, type: .int) { if case .int(let value) = $0 { "\(value)" } else { nil } }
    }

    private func first<Value>(
        _ key: SettingKey,
        type: ConfigType,
        _ extract: (ConfigContent) -> Value?
    ) throws -> Value? {
        try located(key, type: type, extract)?.0
    }

    private func located<Value>(
        _ key: SettingKey,
        type: ConfigType,
        _ extract: (ConfigContent) -> Value?
    ) throws -> (Value, SettingOrigin)? {
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
            return (value, source.origin(key))
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

    /// One complaint for each key of the file that no setting has. Remarks, under the key `//`, are none.
    ///
    /// - Throws: `SettingError` for a file that is no configuration.
    static func unknownKeys(in file: String) throws -> [SettingError] {
        let tree: ConfigurationTree
        do {
            tree = try JSONDecoder().decode(ConfigurationTree.self, from: Data(contentsOf: URL(filePath: file)))
        } catch {
            throw SettingError(name: file, problem: "cannot be read as a JSON configuration file")
        }
        let known = Set(SettingKey.allCases.map(\.rawValue))
        return tree.leaves.filter { !known.contains($0) && $0 != "//" && !$0.hasSuffix(".//") }.sorted().map { path in
            let meant = Spelling.nearest(to: path, among: SettingKey.allCases.map(\.rawValue))
            return SettingError(
                name: "\(path) in \(file)",
                problem: "is not a setting that causeway knows" + (meant.map { "; did you mean \($0)?" } ?? "")
            )
        }
    }

    /// One sentence for each variable of the environment whose name is nearly that of a setting.
    func suspiciousVariables() -> [String] {
        let names = SettingKey.allCases.map(\.environmentName)
        let known = Set(names)
        return environment.keys.filter { !known.contains($0) }.sorted().compactMap { name in
            Spelling.nearest(to: name, among: names).map { "\(name) is not a setting; did you mean \($0)?" }
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
