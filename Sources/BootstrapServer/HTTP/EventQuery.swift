package import Observation

/// Which events somebody asks for: `?from=` and `?until=` in milliseconds since 1970, `?kind=` any number of times, `?limit=`.
package struct EventQuery: Sendable, Equatable {
    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    package var from: Int64?
    package var until: Int64?
    /// nil: all.
    package var kinds: [OperatorEvent.Kind]?
    package var limit = 100

    package static let maxLimit = 1_000
    private static let maxParameters = 32

    package init() {}

    /// - Parameter target: of the request, with its query.
    package init(target: String) throws(Malformed) {
        guard let query = target.split(separator: "?", maxSplits: 1).dropFirst().first else { return }
        for parameter in query.split(separator: "&").prefix(Self.maxParameters) {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (name, value) = (parts[0], parts.count > 1 ? parts[1] : "")
            switch name {
            case "from": from = try Self.number(value, "from")
            case "until": until = try Self.number(value, "until")
            case "limit": limit = Int(min(try Self.number(value, "limit"), Int64(Self.maxLimit)))
            case "kind":
                guard let kind = OperatorEvent.Kind(rawValue: String(value)) else {
                    throw Malformed(description: "kind is none of those that there are")
                }
                kinds = (kinds ?? []) + [kind]
            default: throw Malformed(description: "only from, until, kind and limit can be asked for")
            }
        }
    }

    private static func number(_ text: Substring, _ name: String) throws(Malformed) -> Int64 {
        guard let number = Int64(text), number >= 0 else {
            throw Malformed(description: "\(name) must be a whole number, zero or more")
        }
        return number
    }
}
