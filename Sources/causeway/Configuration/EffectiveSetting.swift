import Telemetry

/// Where a value comes from.
enum SettingOrigin: Sendable, Equatable {
    case flag(String)
    case environment(String)
    /// The configuration file, or the one that a secret stands in.
    case file(String)
    /// A variable that systemd sets for its services.
    case systemd(String)
    /// Nobody set it.
    case standard

    var kind: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment"
        case .file: "file"
        case .systemd: "systemd"
        case .standard: "default"
        }
    }

    var name: String? {
        switch self {
        case .flag(let name), .environment(let name), .file(let name), .systemd(let name): name
        case .standard: nil
        }
    }

    var text: String {
        name.map { "\(kind) \($0)" } ?? kind
    }
}

/// A setting, and what holds for it.
struct EffectiveSetting: Sendable {
    enum Value: Sendable {
        case text(String)
        case secret(Secret)
        /// It says nothing.
        case unset
        /// It cannot be read, for the reason that is named.
        case unreadable(SettingError)
    }

    var key: SettingKey
    var value: Value
    var origin: SettingOrigin

    /// For listings and logs.
    var text: String {
        switch value {
        case .text(let text): text.isEmpty ? "(empty)" : text
        case .secret: "***"
        case .unset: "-"
        case .unreadable(let error): "(unreadable: \(error.problem))"
        }
    }

    var originText: String {
        switch (value, origin) {
        case (.secret, .file(let path)): "set, from \(path)"
        case (.secret, _), (.text, _), (.unreadable, _): origin.text
        case (.unset, _): "-"
        }
    }

    func isSame(as other: Self) -> Bool {
        switch (value, other.value) {
        case (.text(let one), .text(let two)): one == two
        case (.secret(let one), .secret(let two)): one.matches(two.reveal())
        case (.unset, .unset), (.unreadable, .unreadable): true
        case (.text, _), (.secret, _), (.unset, _), (.unreadable, _): false
        }
    }
}
