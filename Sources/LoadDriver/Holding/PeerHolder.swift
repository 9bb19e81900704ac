/// Whoever keeps connections open: this process, or another one for it.
package protocol PeerHolder {
    /// How the connections were opened.
    var opened: FleetReport { get }
    /// Closes them all.
    ///
    /// - Returns: how many had ended before although nobody asked for it, by reason.
    func release() async throws -> [String: Int]
}

/// How many connections were opened, and what became of the others.
package struct FleetReport: Sendable, Codable, Equatable {
    package var asked: Int
    package var held: Int
    package var seconds: Double
    package var failures: [String: Int]
}

/// What idle connections have said before they fell silent.
package enum HeldAs: String, Sendable, CaseIterable {
    /// Peers that are registered at a bootstrap server.
    case registered
    /// One message, which was echoed.
    case echoed
}
