import BridgeCore
import Logging
import Telemetry

/// What bounds a bridge, checked.
struct BridgeLimits: Sendable, Equatable {
    /// Whether addresses in private or loopback ranges, as peers name them, are dialled.
    enum DialPrivate: String, Sendable, CaseIterable {
        case always
        case never
        /// If our own address is one.
        case auto
    }

    var bounds: ServerBounds
    /// Between two log lines on resource use; nil: none.
    var resourceInterval: Duration?
    /// Refuse membership tokens that no bridge of this network signed.
    var strictTokens: Bool
    var dialPrivate: DialPrivate
    /// Entries of a routing bucket that may come from one IPv4 /24 or IPv6 /48; 0: any number.
    var peersPerSubnet: Int

    /// What the bridge's core says by itself of numbers that ``ServerBounds`` counts with as well. Both have to be the same.
    enum CoreDefaults {
        static let queueCapacity = BridgeDefaults.queueCapacity
        static let targetPeers = BridgeDefaults.targetPeers
        static let links = BridgeDefaults.maximumLinks
    }

    /// What an operator should know who set nothing.
    func log(to logger: Logger) {
        logger.info(
            "bridge limits",
            [
                .connections: "\(bounds.connections)",
                .peers: "\(bounds.peers)",
                .queueCapacity: "\(bounds.queueCapacity)",
                .memoryLimit: "\(bounds.memoryLimit.map(String.init) ?? "none")",
            ]
        )
    }
}
