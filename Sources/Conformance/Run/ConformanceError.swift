/// Why there is no report.
package enum ConformanceError: Error, CustomStringConvertible {
    /// Nobody answers there.
    case unreachable(String)
    /// Neither `/health` nor its refusal tell what it is.
    case unknownKind(String)
    case unknownCase(String)

    package var description: String {
        switch self {
        case .unreachable(let reason): "the target cannot be reached: \(reason)"
        case .unknownKind(let seen): "cannot tell whether this is a bootstrap or a bridge (\(seen)); --kind says it"
        case .unknownCase(let id): "there is no case called \(id) for this kind of target"
        }
    }
}
