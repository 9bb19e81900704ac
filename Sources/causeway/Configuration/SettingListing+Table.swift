import Observation

extension SettingListing: Encodable {
    private struct Row: Encodable {
        struct Source: Encodable {
            var kind: String
            var name: String?
        }

        var key: String
        var environment: String
        var flag: String?
        var value: String?
        var isSecret: Bool
        var problem: String?
        var source: Source
        var onReload: SettingDescription.Change
    }

    private enum CodingKeys: CodingKey { case settings }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(entries.map(Self.row), forKey: .settings)
    }

    private static func row(_ entry: EffectiveSetting) -> Row {
        var row = Row(
            key: entry.key.rawValue,
            environment: entry.key.environmentName,
            flag: entry.key.about.flag,
            isSecret: entry.key.isSecret,
            source: Row.Source(kind: entry.origin.kind, name: entry.origin.name),
            onReload: entry.key.about.change
        )
        switch entry.value {
        case .text(let text): row.value = text
        case .secret: row.value = entry.text
        case .unset: break
        case .unreadable(let error): row.problem = "\(error)"
        }
        return row
    }

    /// Longer than any text a person would write there.
    private static let maxText = 200

    func table() -> String {
        let rows = entries.map {
            [
                $0.key.rawValue, BoundedText.clean($0.text, maxBytes: Self.maxText),
                BoundedText.clean($0.originText, maxBytes: Self.maxText),
            ]
        }
        let all = [["SETTING", "VALUE", "FROM"]] + rows
        // A single long value does not push the last column off the screen for all the others.
        let widths = (0..<2).map { column in min(40, all.map { $0[column].count }.max() ?? 0) }
        return all.map { row in
            let padded = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: max(0, width - text.count))
            }
            return (padded + [row[2]]).joined(separator: "  ") + "\n"
        }.joined()
    }
}
