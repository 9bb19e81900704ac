import Kademlia
import Timekeeping
import WireMessages

/// Which addresses that others name are dialled at all. A bridge that dialled whatever a stranger writes could be sent into
/// the private network it stands in (protocol.md 8, S14).
public enum PrivateDialling: Sendable {
    /// Private and loopback addresses are dialled only if the bridge's own address is one: then that is where its network is.
    case automatic
    case always
    case never
}

/// How the bridge comes to know the network and stays connected to it: it dials nodes it heard of until it has enough, looks
/// up ids where its table has grown stale, and asks the bootstraps when it has lost everybody.
extension Bridge {
    /// Some time after the port was bound, and again and again from then on.
    mutating func discover(at now: Moment, using generator: inout some RandomNumberGenerator) -> [BridgeAction] {
        guard !isStopping else { return [] }
        let jitter = Int64.random(in: 0...BridgeDefaults.discoveryJitter.wholeMilliseconds, using: &generator)
        planDiscovery(at: now.instant + BridgeDefaults.discoveryInterval + .milliseconds(jitter))
        newcomers.forget(before: now.instant - BridgeDefaults.newcomerMemory)
        let recovery = askBootstrap(at: now, using: &generator)
        dialMore(at: now, using: &generator)
        return recovery + beginLookup(at: now, using: &generator)
    }

    // MARK: Enough connections

    /// Plans dials while there are fewer connections than wanted: of peers from before the restart, then of nodes that others
    /// named, in random order.
    private mutating func dialMore(at now: Moment, using generator: inout some RandomNumberGenerator) {
        let wanted = configuration.targetPeers - peers.count - dials.count
        guard wanted > 0, !isShortOfMemory else { return }
        let recalled = recall(upTo: wanted, at: now.instant)
        let known = routing.entries.filter { entry in
            entry.contact.address != nil && !peers.contains(entry.id) && unreachable.mayTry(entry.id, at: now.instant)
        }
        for entry in known.shuffled(using: &generator).prefix(min(wanted, BridgeDefaults.dialsPerRound) - recalled) {
            guard let address = entry.contact.address else { continue }
            let spread = Int64.random(in: 0...BridgeDefaults.dialSpread.wholeMilliseconds, using: &generator)
            scheduleDial(of: entry.id, to: address, attempts: 1, at: now.instant + .milliseconds(spread))
        }
    }

    /// Whether an address that somebody named may be dialled from here.
    func mayDial(_ address: String) -> Bool {
        guard let target = PeerAddress(address) else { return false }
        switch (target.scope, configuration.dialPrivate) {
        case (.nowhere, _): return false
        case (.everywhere, _), (.nearby, .always): return true
        case (.nearby, .never): return false
        case (.nearby, .automatic): return self.address.flatMap { PeerAddress($0) }?.scope != .everywhere
        }
    }

    /// A dial of ours failed, or led to somebody else. Three failures in a row, and the node is forgotten until others name it
    /// again (protocol.md 4.9).
    mutating func couldNotReach(_ id: NodeID, at now: Instant) {
        dials.remove(id)
        wasNotReached(id, at: now)
    }

    /// The same when that dial is over for long, and another may be under way.
    mutating func wasNotReached(_ id: NodeID, at now: Instant) {
        guard !peers.contains(id) else { return }
        guard unreachable.failed(id, at: now) >= BridgeDefaults.dialAttempts else { return }
        routing.failed(id)
        book.forget(id)
        bookChanged(at: now)
    }

    // MARK: Lookups

    /// Looks up an id of a stale bucket, or our own while connections are wanted: whoever answers names nodes we may dial.
    private mutating func beginLookup(
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        guard lookup == nil, peers.count > 0 else { return [] }
        let target: NodeID
        if let bucket = routing.staleBuckets(at: now.instant).first {
            routing.refreshed(bucket: bucket, at: now.instant)
            target = .random(inBucket: bucket, of: configuration.nodeID, using: &generator)
        } else if peers.count < configuration.targetPeers,
            lastOwnLookup.map({ now.instant - $0 >= BridgeDefaults.ownLookupInterval }) ?? true
        {
            lastOwnLookup = now.instant
            target = configuration.nodeID
        } else {
            return []
        }
        let seeds = routing.closest(KademliaDefaults.bucketSize, to: target) { peers.contains($0.id) }.map(\.id)
        guard !seeds.isEmpty else { return [] }
        lookup = RunningLookup(machine: Lookup(target: target, localID: configuration.nodeID, seeds: seeds))
        counters.lookups += 1
        return advanceLookup(at: now)
    }

    /// Asks whom the lookup wants asked. Only connected nodes are: others are dialled in their own time, if at all.
    mutating func advanceLookup(at now: Moment) -> [BridgeAction] {
        var actions: [BridgeAction] = []
        while lookup != nil {
            switch lookup?.machine.next(at: now.instant) {
            case .ask(let id):
                guard let socket = socket(of: id, at: now.instant), let request = nextRequestID(),
                    let target = lookup?.machine.target
                else {
                    lookup?.machine.skipped(id)
                    continue
                }
                lookup?.queries[request] = id
                actions.append(.sendToPeer(socket, .findNode(findNode(target, as: request, at: now))))
            case .wait(let until):
                timers.set(.lookup, at: until)
                return actions
            case .finished, nil:
                timers.cancel(.lookup)
                lookup = nil
            }
        }
        return actions
    }

    /// A node answered one of the lookup's questions.
    /// - Returns: nil if it was none of them.
    mutating func answeredLookup(
        _ response: FindNodeResponse,
        of id: NodeID,
        at now: Moment
    ) -> [BridgeAction]? {
        guard lookup?.queries[response.requestID] == id else { return nil }
        lookup?.queries[response.requestID] = nil
        lookup?.machine.answered(by: id, with: response.nodes.map(\.id), at: now.instant)
        return advanceLookup(at: now)
    }

    func findNode(_ target: NodeID, as request: WireRequestID, at now: Moment) -> FindNode {
        FindNode(
            requestID: request,
            target: target,
            nodeID: configuration.nodeID,
            from: configuration.nodeID,
            timestamp: now.unixMilliseconds
        )
    }

    // MARK: Recovery

    /// With nobody left to observe but other bridges, one of the bootstraps that would understand is asked whom it knows
    /// (protocol.md 3.7).
    private mutating func askBootstrap(
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> [BridgeAction] {
        guard peers.memberCount == 0,
            lastRecovery.map({ now.instant - $0.at >= BridgeDefaults.recoveryInterval }) ?? true
        else { return [] }
        let able = links.filter { connections[$0]?.answersForClients == true }
        guard let link = able.randomElement(using: &generator),
            let request = WireRequestID("bridge_recovery_\(now.unixMilliseconds)")
        else { return [] }
        lastRecovery = (now.instant, link, request)
        counters.recoveries += 1
        let question = GetConnectedClients(
            requestID: request,
            bridgeNodeID: configuration.nodeID,
            reason: "zero_peer_recovery"
        )
        return [.sendToBootstrap(link, .getConnectedClients(question))]
    }

    /// The peers a bootstrap knows, in answer to our question: some of them are dialled. Others may be sent to us by it.
    mutating func recovered(
        _ response: ConnectedClientsResponse,
        on connection: ConnectionID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let asked = lastRecovery, asked.link == connection, asked.request == response.requestID else { return }
        lastRecovery?.request = nil
        for client in (response.clients ?? []).prefix(KademliaDefaults.bucketSize) {
            guard let id = client.nodeID.node else { continue }
            let introduction = Introduction(metadata: client.metadata)
            guard introduction.kind != .bridge, let address = introduction.address else { continue }
            _ = routing.heardOf(id, contact: introduction, group: group(of: introduction))
            let spread = Int64.random(in: 0...BridgeDefaults.dialSpread.wholeMilliseconds, using: &generator)
            scheduleDial(of: id, to: address, attempts: 1, at: now.instant + .milliseconds(spread))
        }
    }

    /// Nobody but bridges is connected and a bootstrap has come: it is asked soon, and not only when the next round is due.
    mutating func hurryIfAlone(at now: Instant) {
        let soon = now + BridgeDefaults.recoveryDelay
        // Bootstraps that come every second must not put it off every second.
        guard peers.memberCount == 0, !isStopping, nextDiscovery.map({ soon < $0 }) ?? true else { return }
        planDiscovery(at: soon)
    }

    mutating func planDiscovery(at instant: Instant) {
        nextDiscovery = instant
        timers.set(.discovery, at: instant)
    }

    // MARK: Networks

    /// The network a node is counted in, for the table's limit per network: by the address it announced. A name tells nothing.
    func group(of introduction: Introduction) -> NetworkGroup? {
        introduction.address.flatMap { PeerAddress($0) }?.group
    }
}

/// A lookup that is under way, and the questions of it that are not answered.
struct RunningLookup: Sendable {
    var machine: Lookup
    var queries: [WireRequestID: NodeID] = [:]
}
