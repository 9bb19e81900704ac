import Telemetry

/// All settings of a role with what holds for each.
struct SettingListing: Sendable {
    /// One that differs between two listings.
    struct Change: Sendable, Equatable {
        var key: SettingKey
        var old: String
        var new: String
        var effect: SettingDescription.Change
    }

    private(set) var entries: [EffectiveSetting]

    /// - Parameters:
    ///   - flags: what the command line says.
    ///   - measured: defaults that depend on the machine.
    ///   - secret: what all that leads to as the secret, and where it stands; nil if there is none.
    init(
        _ role: SettingDescription.Role,
        flags: [SettingKey: String],
        settings: Settings,
        measured: [SettingKey: String],
        secret: (value: Secret, origin: SettingOrigin)?
    ) {
        entries = SettingKey.all(of: role).map { key in
            if key.isSecret {
                guard let secret else { return EffectiveSetting(key: key, value: .unset, origin: .standard) }
                return EffectiveSetting(key: key, value: .secret(secret.value), origin: secret.origin)
            }
            if let flag = flags[key] {
                return EffectiveSetting(key: key, value: .text(flag), origin: .flag(key.about.flag ?? "argument"))
            }
            do {
                if let (text, origin) = try settings.found(key) {
                    return EffectiveSetting(key: key, value: .text(text), origin: origin)
                }
            } catch {
                let error = error as? SettingError ?? SettingError(name: key.environmentName, problem: "\(error)")
                return EffectiveSetting(key: key, value: .unreadable(error), origin: .environment(key.environmentName))
            }
            if key == .stateDirectory, let path = settings.environment["STATE_DIRECTORY"] {
                return EffectiveSetting(key: key, value: .text(path), origin: .systemd("STATE_DIRECTORY"))
            }
            let standard = measured[key] ?? key.about.standard(of: role)
            return EffectiveSetting(key: key, value: standard.map { .text($0) } ?? .unset, origin: .standard)
        }
        settleBridges()
    }

    /// The two that the existing network names replace the default list (protocol.md 7.1), and so does any other list.
    private mutating func settleBridges() {
        guard let list = entries.firstIndex(where: { $0.key == .bridgeNodes }), entries[list].origin == .standard else {
            return
        }
        let others: [SettingKey] = [.bridgeNode1, .bridgeNode2, .statelessBridgeNodes]
        if entries.contains(where: { others.contains($0.key) && $0.origin != .standard }) {
            entries[list].value = .unset
        }
    }

    subscript(key: SettingKey) -> EffectiveSetting? { entries.first { $0.key == key } }

    var problems: [SettingError] {
        entries.compactMap { if case .unreadable(let error) = $0.value { error } else { nil } }
    }

    /// What is another in `new`. A default that is measured anew is no change.
    func changes(to new: SettingListing) -> [Change] {
        entries.compactMap { entry in
            guard let other = new[entry.key], !other.isSame(as: entry) else { return nil }
            if entry.origin == .standard, other.origin == .standard { return nil }
            let isSecret = entry.key.isSecret
            return Change(
                key: entry.key,
                old: isSecret ? "***" : entry.text,
                new: isSecret ? "changed" : other.text,
                effect: entry.key.about.change
            )
        }
    }

    /// What the running server has once it took `new` over: what needs a restart stays, and is told again the next time.
    func adopting(_ new: SettingListing) -> SettingListing {
        var adopted = new
        adopted.entries = zip(entries, new.entries).map { old, new in
            new.key.about.change == .applied ? new : old
        }
        return adopted
    }
}
