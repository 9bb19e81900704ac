/// How much a server takes on: what its machine carries, unless its operator says otherwise.
///
///     connections = least of: the cap · descriptors − reserve · (memory limit − base) / bytes per connection
///     peers       = three quarters of the connections
///     memory      = half of the machine's or container's, or what all connections together may need, if that is less
public struct ServerBounds: Sendable, Equatable {
    /// Of any kind.
    public var connections: Int
    /// Different DHT peers.
    public var peers: Int
    /// Requests that may wait.
    public var queueCapacity: Int
    /// Peers up to which the server dials.
    public var targetPeers: Int
    /// Resident bytes above which nobody new is let in; nil: whatever the machine has.
    public var memoryLimit: Int?

    /// What the operator set; nil: as it fits the machine.
    public struct Wishes: Sendable, Equatable {
        public var connections: Int?
        public var peers: Int?
        public var queueCapacity: Int?
        public var targetPeers: Int?
        /// In bytes; 0: no limit.
        public var memoryLimit: Int?

        public init() {}
    }

    public enum Bound: Sendable, Equatable, CaseIterable {
        case connections, peers, queueCapacity, targetPeers, memoryLimit
    }

    /// A wish that cannot be had, in words an operator can act on.
    public struct Refusal: Error, Equatable, CustomStringConvertible {
        public var bound: Bound
        /// Goes on from the name of the setting: "5000 is more than ...".
        public var problem: String

        public var description: String { problem }
    }

    private init(connections: Int, peers: Int, queueCapacity: Int, targetPeers: Int, memoryLimit: Int?) {
        self.connections = connections
        self.peers = peers
        self.queueCapacity = queueCapacity
        self.targetPeers = targetPeers
        self.memoryLimit = memoryLimit
    }

    /// - Throws: ``Refusal`` for the first wish that the machine, or another wish, leaves no room for.
    public init(_ wishes: Wishes, on machine: MachineLimits) throws(Refusal) {
        let room = try Self.descriptorRoom(machine)
        let memory = try Self.memory(wishes, machine)
        let connections = try Self.connections(wishes, room: room, memory: memory, machine)
        let peers = try Self.peers(wishes, connections: connections)
        self.init(
            connections: connections,
            peers: peers,
            queueCapacity: try Self.checked(
                wishes.queueCapacity ?? Defaults.queueCapacity,
                .queueCapacity,
                in: 1...Defaults.longestQueue
            ),
            targetPeers: try Self.targetPeers(wishes, peers: peers),
            memoryLimit: memory
        )
    }

    /// Sockets that the process may have.
    private static func descriptorRoom(_ machine: MachineLimits) throws(Refusal) -> (sockets: Int, reserve: Int)? {
        guard let descriptors = machine.descriptors else { return nil }
        let reserve = Defaults.descriptorReserve + machine.processors * Defaults.descriptorsPerEventLoop
        guard descriptors > reserve else {
            throw Refusal(
                bound: .connections,
                problem: """
                    none would fit: this process may have \(descriptors) files open, and needs \(reserve) for itself. \
                    Raise the limit (ulimit -n, LimitNOFILE)
                    """
            )
        }
        return (descriptors - reserve, reserve)
    }

    private static func memory(_ wishes: Wishes, _ machine: MachineLimits) throws(Refusal) -> Int? {
        // Nobody is refused what a very small container gets by itself.
        let least = machine.memory.map { min($0 / 4 * 3, Defaults.leastMemory) } ?? Defaults.leastMemory
        switch wishes.memoryLimit {
        case 0: return nil
        case let wish?:
            guard wish >= least else {
                throw Refusal(
                    bound: .memoryLimit,
                    problem: """
                        \(ByteText.exact(wish)) is too little to run; \(ByteText.roundedUp(least)) is the least, 0 means no \
                        limit
                        """
                )
            }
            if let memory = machine.memory, wish > memory {
                throw Refusal(
                    bound: .memoryLimit,
                    problem: """
                        \(ByteText.exact(wish)) is more than the \(ByteText.roundedDown(memory)) that this machine or \
                        container has. Lower it
                        """
                )
            }
            return wish
        case nil:
            let everything = memory(of: wishes.connections ?? Defaults.connections, each: Defaults.connectionBytes)
            return machine.memory.map { memory in
                // Half of a very small container would be reached by running at all.
                max(min(memory / 2, everything), least)
            }
        }
    }

    private static func connections(
        _ wishes: Wishes,
        room: (sockets: Int, reserve: Int)?,
        memory: Int?,
        _ machine: MachineLimits
    ) throws(Refusal) -> Int {
        guard let wish = wishes.connections else {
            // Without a limit on our memory there is still what the machine has.
            let bytes = memory ?? machine.memory.map { $0 / 2 }
            let affordable = bytes.map { max(0, $0 - Defaults.baseBytes) / Defaults.connectionBytes } ?? .max
            // Few connections cost next to nothing, and a server without any is of no use.
            let wanted = max(Defaults.fewestConnections, min(Defaults.connections, affordable))
            return min(wanted, room?.sockets ?? .max)
        }
        guard wish >= 1 else { throw Refusal(bound: .connections, problem: "\(wish) is too few; 1 is the least") }
        if let room, wish > room.sockets {
            throw Refusal(
                bound: .connections,
                problem: """
                    \(wish) is more than this process may have: of its \(room.sockets + room.reserve) open files it keeps \
                    \(room.reserve) for itself, so at most \(room.sockets) fit. Lower it, or raise the limit \
                    (ulimit -n, LimitNOFILE)
                    """
            )
        }
        let needed = self.memory(of: wish, each: Defaults.idleConnectionBytes)
        if let memory, needed > memory, wish > Defaults.fewestConnections {
            throw Refusal(
                bound: .connections,
                problem: """
                    \(wish) need \(ByteText.roundedUp(needed)) of memory even when idle, but the limit is \
                    \(ByteText.roundedDown(memory)). Lower it, or set a higher memory limit
                    """
            )
        }
        return wish
    }

    private static func peers(_ wishes: Wishes, connections: Int) throws(Refusal) -> Int {
        guard let wish = wishes.peers else { return max(1, connections - connections / 4) }
        guard wish >= 1 else { throw Refusal(bound: .peers, problem: "\(wish) is too few; 1 is the least") }
        let reserve = min(Defaults.linkConnections, connections / 4)
        guard wish <= connections - reserve else {
            throw Refusal(
                bound: .peers,
                problem: """
                    \(wish) is more than fits: of \(connections) connections \(reserve) are kept for bootstrap servers, so \
                    at most \(connections - reserve). Lower it, or allow more connections
                    """
            )
        }
        return wish
    }

    private static func targetPeers(_ wishes: Wishes, peers: Int) throws(Refusal) -> Int {
        guard let wish = wishes.targetPeers else { return min(Defaults.targetPeers, peers) }
        guard wish <= peers else {
            throw Refusal(
                bound: .targetPeers,
                problem: "\(wish) is more than the \(peers) peers that are allowed. Lower it, or allow more peers"
            )
        }
        return try checked(wish, .targetPeers, in: 0...peers)
    }

    private static func checked(_ value: Int, _ bound: Bound, in range: ClosedRange<Int>) throws(Refusal) -> Int {
        guard range.contains(value) else {
            throw Refusal(
                bound: bound,
                problem: "\(value) is out of range; it may be \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    /// Of the process with so many connections.
    private static func memory(of connections: Int, each bytes: Int) -> Int {
        let (product, isTooMuch) = connections.multipliedReportingOverflow(by: bytes)
        // Far above any machine, and far from what an Int could not hold.
        return isTooMuch ? .max / 2 : max(0, min(product, .max / 2)) + Defaults.baseBytes
    }
}
