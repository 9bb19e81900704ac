/// How joins went, counted. Every question ends as one of `named`, `degraded`, `busy` and `failed`, unless the newcomer leaves;
/// every named helper sooner or later as `connected`, `lost` or `unheard`.
public struct JoinCounts: Sendable, Equatable {
    /// Questions of newcomers that were taken up.
    public var asked = 0
    /// Answered with a helper.
    public var named = 0
    /// The named helper sent its invitation.
    public var invited = 0
    /// The newcomer accepted it.
    public var accepted = 0
    /// The two are linked.
    public var connected = 0
    /// Introductions that came to nothing: the helper was silent, or no link came of it.
    public var lost = 0
    /// Introductions of which nobody said what became of them: most peers of the existing network do not.
    public var unheard = 0
    /// Answered with peers to dial instead of a helper.
    public var degraded = 0
    /// Turned away for too much work at once.
    public var busy = 0
    /// Turned away for any other reason, the server's stopping included.
    public var failed = 0
    /// The newcomer left before it was answered.
    public var abandoned = 0

    public init() {}

    /// All of them, with the names that HTTP has for them.
    public static let columns: [(name: StaticString, path: any WritableKeyPath<JoinCounts, Int> & Sendable)] = [
        ("asked", \.asked), ("named", \.named), ("invited", \.invited), ("accepted", \.accepted),
        ("connected", \.connected), ("lost", \.lost), ("unheard", \.unheard), ("degraded", \.degraded),
        ("busy", \.busy),
        ("failed", \.failed), ("abandoned", \.abandoned),
    ]

    public static func - (one: JoinCounts, other: JoinCounts) -> JoinCounts { combined(one, other, by: -) }

    public static func + (one: JoinCounts, other: JoinCounts) -> JoinCounts { combined(one, other, by: +) }

    private static func combined(_ one: Self, _ other: Self, by operation: (Int, Int) -> Int) -> Self {
        var result = one
        for column in columns {
            result[keyPath: column.path] = operation(one[keyPath: column.path], other[keyPath: column.path])
        }
        return result
    }
}
