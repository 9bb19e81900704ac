extension SettingDescription {
    /// `docs/configuration.md`.
    static func markdown() -> String {
        var text = """
            # Configuration

            A flag wins over the environment, that over the file named by `--config`, and that over the default. In the file each \
            dot of a key is one object deeper: `{"bridge": {"port": 8083}}`. Keys that no setting has are refused; remarks may \
            stand under the key `//`.

            `causeway config print bootstrap` (or `bridge`) shows what holds and why, `causeway config check` what is wrong with it. \
            [causeway.sample.json](../deploy/causeway.sample.json) is a file with every default. At SIGHUP the file is read again: \
            the last column says what becomes of a change, and the log names each.

            """
        for (title, role) in [("Bootstrap server", Role.bootstrap), ("Bridge", .bridge)] {
            text += "\n## \(title)\n\n| key | flag | environment | default | what it is | on SIGHUP |\n"
            text += "|---|---|---|---|---|---|\n"
            for key in SettingKey.all(of: role) { text += row(key, role) }
        }
        text += """

            `--insecure-dev` accepts the existing network's public default secret. It is a flag alone, so that no file brings it into \
            service by mistake.

            """
        return text
    }

    private static func row(_ key: SettingKey, _ role: Role) -> String {
        let about = key.about
        let cells = [
            "`\(key.rawValue)`", about.flag.map { "`\($0)`" } ?? "", "`\(key.environmentName)`",
            about.standard(of: role) ?? "", [about.meaning, about.details].compactMap(\.self).joined(separator: " "),
            about.change.rawValue,
        ]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }

    /// `deploy/causeway.sample.json`: what has a default that can be written stands there, the rest is explained.
    static func sampleFile() -> String {
        var root = Node()
        for key in SettingKey.allCases { root.insert(key, at: key.components[...]) }
        return root.text(indent: "") + "\n"
    }

    /// An object of the sample file.
    private struct Node {
        var remarks: [String] = []
        /// In the order of the settings.
        var members: [(name: String, value: Value)] = []

        indirect enum Value {
            case json(String)
            case object(Node)
        }

        mutating func insert(_ key: SettingKey, at path: ArraySlice<String>) {
            guard let name = path.first else { return }
            guard path.count == 1 else {
                let index =
                    members.firstIndex { $0.name == name }
                    ?? {
                        members.append((name, .object(Node())))
                        return members.count - 1
                    }()
                // A leaf of this name has no example, and so is not a member.
                guard case .object(var node) = members[index].value else { return }
                node.insert(key, at: path.dropFirst())
                members[index].value = .object(node)
                return
            }
            let about = key.about
            let standard = about.standard.map { " Default: \($0)." } ?? ""
            remarks.append("\(name): \(about.meaning)\(standard)")
            if let example = about.example { members.append((name, .json(example))) }
        }

        func text(indent: String) -> String {
            let deeper = indent + "  "
            var lines: [String] = []
            if !remarks.isEmpty {
                let quoted = remarks.map { "\(deeper)  \"\($0.replacing("\"", with: "\\\""))\"" }
                lines.append("\(deeper)\"//\": [\n" + quoted.joined(separator: ",\n") + "\n\(deeper)]")
            }
            for (name, value) in members {
                switch value {
                case .json(let text): lines.append("\(deeper)\"\(name)\": \(text)")
                case .object(let node): lines.append("\(deeper)\"\(name)\": \(node.text(indent: deeper))")
                }
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }
}
