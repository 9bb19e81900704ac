/// How many idle peers each process has: the system bounds the open files of a process, and the ports of an address.
package struct HoldPlan: Sendable, Equatable {
    /// What is opened by one process at one server.
    package struct Share: Sendable, Equatable {
        /// Which of the servers, from 0.
        package var server: Int
        package var peers: Int
        /// Peers of the shares before it, from which its source addresses follow.
        package var firstPeer: Int

        package init(server: Int, peers: Int, firstPeer: Int) {
            self.server = server
            self.peers = peers
            self.firstPeer = firstPeer
        }
    }

    /// More peers than fit, in words somebody can act on.
    package struct TooMany: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Peers at each server; they differ by one at most.
    package let atServers: [Int]
    package let shares: [Share]

    /// - Parameters:
    ///   - descriptors: files that each of our processes may have open; nil: no limit.
    ///   - serverDescriptors: the same for each server, if those are not ours.
    package init(
        peers: Int,
        servers: Int,
        descriptors: Int?,
        serverDescriptors: Int?
    ) throws(TooMany) {
        atServers = (0..<servers).map { peers / servers + ($0 < peers % servers ? 1 : 0) }
        let needed = (atServers.first ?? 0) + HoldDefaults.descriptorReserve
        if let serverDescriptors, needed > serverDescriptors {
            let room = serverDescriptors - HoldDefaults.descriptorReserve
            throw TooMany(
                description: """
                    \(peers) peers at \(servers == 1 ? "one server" : "\(servers) servers") need \(needed) open files in one \
                    process, which may have \(serverDescriptors). Raise the hard limit (ulimit -Hn as root, LimitNOFILE, \
                    --ulimit nofile)\(Self.advice(peers: peers, room: room))
                    """
            )
        }
        var shares: [Share] = []
        var firstPeer = 0
        // A process of ours holds what fits into it, and no more than one address carries.
        let room = min((descriptors ?? .max) - HoldDefaults.descriptorReserve, HoldDefaults.peersPerAddress)
        guard room > 0 else {
            throw TooMany(description: "this process may have too few files open. Raise the limit (ulimit -n)")
        }
        for (server, count) in atServers.enumerated() {
            var left = count
            while left > 0 {
                shares.append(Share(server: server, peers: min(left, room), firstPeer: firstPeer))
                firstPeer += min(left, room)
                left -= min(left, room)
            }
        }
        self.shares = shares
    }

    private static func advice(peers: Int, room: Int) -> String {
        guard room > 0 else { return "" }
        return ", hold at most \(room), or spread them over several servers: --servers \((peers + room - 1) / room)"
    }

    /// The address that the peer with this number dials from, so that no address runs out of ports, nor has the kernel search long
    /// for a free one; the system's own choice, 127.0.0.1, is left to the joins that are measured beside them. nil leaves it to
    /// the system, as other networks than loopback's first have just one.
    static func source(ofPeer number: Int, dialling host: String) -> String? {
        guard host.hasPrefix("127.") else { return nil }
        // 253 addresses are five million peers.
        return "127.0.0.\(2 + number / HoldDefaults.peersPerAddress % 253)"
    }
}
