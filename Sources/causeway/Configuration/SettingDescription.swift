import ArgumentParser

/// What there is to know of a setting. Help, documentation, the sample file, `config print` and the report on a reload are all made
/// of this.
struct SettingDescription: Sendable, Equatable {
    enum Role: String, Sendable, CaseIterable {
        case bootstrap
        case bridge
    }

    /// How the environment and the file write it.
    enum Kind: Sendable, Equatable {
        case text
        case number
        case yesNo
        /// In the environment, with commas between.
        case list
        /// A text with a unit, or a bare number.
        case amount
    }

    /// What SIGHUP makes of a change.
    enum Change: String, Sendable, Encodable {
        case applied
        /// What is in the file is read again, but another path needs a restart.
        case contentApplied = "content applied"
        case needsRestart = "needs a restart"
    }

    /// How the command line says it; nil: it does not.
    var flag: String?
    var kind: Kind
    var roles: [Role]
    /// One sentence or two, for people.
    var meaning: String
    /// More, where help has room for it.
    var details: String?
    /// In words where it depends on the machine; nil: unset.
    var standard: String?
    /// Where a bridge's is another.
    var bridgeStandard: String?
    var change = Change.needsRestart
    /// What help calls the value.
    var valueName: String?
    /// As in the sample file, in JSON; nil: only explained there.
    var example: String?

    func standard(of role: Role) -> String? {
        role == .bridge ? bridgeStandard ?? standard : standard
    }
}

extension SettingKey {
    /// What `--help` of the role's command says.
    func help(_ role: SettingDescription.Role) -> ArgumentHelp {
        let about = about
        let standard = about.standard(of: role).map { "; default: \($0)" } ?? ""
        return ArgumentHelp(
            "\(about.meaning) (\(environmentName)\(standard))",
            discussion: about.details ?? "",
            valueName: about.valueName
        )
    }

    /// Of those that belong to one role, or mean the same to both.
    var help: ArgumentHelp { help(about.roles.first ?? .bootstrap) }

    static func all(of role: SettingDescription.Role) -> [SettingKey] {
        allCases.filter { $0.about.roles.contains(role) }
    }
}
