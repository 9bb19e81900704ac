/// What `causeway bench hold` found.
package struct HoldReport: Sendable, Encodable {
    package let bench = "hold"
    package var target: [String]
    package var peers: Int
    /// Registered peers at the bootstrap servers.
    package var registered: IdleReport
    /// The same number of open WebSockets at a bare echo server, as the ceiling; nil if it was not measured.
    package var echo: IdleReport?
    /// nil if joins were not measured.
    package var joins: JoinsBeside?
    package let memorySource = ObservedProcess.memorySource

    package var failed: Int {
        registered.failed + (echo?.failed ?? 0) + (joins?.failed ?? 0)
    }
}

/// Idle connections: what they cost, and whether they stayed.
package struct IdleReport: Sendable, Encodable {
    package struct Server: Sendable, Encodable {
        package var connections: Int
        /// Before the first connection; the links to bridges are there.
        package var empty: ObservedProcess.Reading
        /// With all connections, at once ...
        package var opened: ObservedProcess.Reading
        /// ... and after they were held for a while.
        package var held: ObservedProcess.Reading
        /// How much of one processor the server used while it held them.
        package var cpuLoad: Double?
    }

    package var asked: Int
    package var held: Int
    package var openSeconds: Double
    package var heldForSeconds: Double
    package var servers: [Server]
    /// Connections that could not be opened, by reason.
    package var failures: [String: Int]
    /// Connections that ended although nobody asked for it, by reason.
    package var lost: [String: Int]

    /// What one connection costs, over all servers; nil if there is none.
    package var bytesPerConnection: Double?
    package var openedPerSecond: Double?

    init(asked: Int, opened: [FleetReport], heldFor: Duration, servers: [Server], lost: [String: Int]) {
        self.asked = asked
        held = opened.reduce(0) { $0 + $1.held }
        openSeconds = opened.reduce(0) { $0 + $1.seconds }
        heldForSeconds = heldFor / .seconds(1)
        self.servers = servers
        failures = opened.reduce(into: [:]) { $0.merge($1.failures, uniquingKeysWith: +) }
        self.lost = lost
        let growth = servers.reduce(0) { $0 + $1.held.residentBytes - $1.empty.residentBytes }
        bytesPerConnection = held > 0 ? Double(growth) / Double(held) : nil
        openedPerSecond = openSeconds > 0 ? Double(held) / openSeconds : nil
    }

    package var failed: Int { (failures.values.reduce(0, +)) + lost.values.reduce(0, +) }
}
