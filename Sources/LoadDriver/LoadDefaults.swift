/// Every number of the load driver, each with its reason.
package enum LoadDefaults {
    /// How long one operation may take: as long as joining clients of the existing network wait (protocol.md 2.2).
    package static let patience = Duration.seconds(30)
    /// Warm-up, as a share of the measured operations: enough for pools, links and allocators to reach their usual size.
    package static let warmUpShare = 0.1
    /// A warm-up fills every slot this often at least, so that no measured operation is the first of its slot.
    package static let warmUpTurns = 3
    /// Measurements that are compared alternate this often, so that a passing disturbance hits both.
    package static let rounds = 3
    /// Failures told apart by reason. A server can make up reasons; what goes beyond is counted together.
    package static let maxReasons = 20
    /// Longest reason that is kept, in characters: a line of the table.
    package static let maxReasonLength = 100
    /// The protocol that the simulated clients announce (protocol.md 1.4).
    package static let protocolVersion = "1.0.0"
    /// Largest message on a link to a bridge (design.md: 1 MiB).
    package static let maxLinkMessageBytes = 1 << 20

    package static func warmUp(total: Int, inFlight: Int) -> Int {
        max(Int(Double(total) * warmUpShare), inFlight * warmUpTurns)
    }
}
