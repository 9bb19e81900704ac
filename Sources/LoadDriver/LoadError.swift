/// Why a measurement could not begin. Failures of single operations are counted instead.
package enum LoadError: Error, Equatable, CustomStringConvertible {
    /// The server to measure can't be dialled.
    case target(String)
    /// The network could not be started, or entered.
    case firstPeer(String)
    /// No authenticated link to the bridge came about.
    case link(String)

    package var description: String {
        switch self {
        case .target(let reason): reason
        case .firstPeer(let reason): "the first peer could not join: \(reason)"
        case .link(let reason): "no link to the bridge: \(reason)"
        }
    }
}
