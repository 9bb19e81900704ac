/// A setting that cannot be used, in words an operator can act on. The process ends with status 2.
struct SettingError: Error, CustomStringConvertible {
    /// The setting's name, as whoever set it wrote it.
    var name: String
    var problem: String

    var description: String { "\(name): \(problem)" }
}
