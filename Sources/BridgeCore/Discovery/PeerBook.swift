public import Kademlia
import Timekeeping
import WireMessages

/// A peer that the bridge was connected to and may dial, as it is kept for after a restart.
public struct RememberedPeer: Sendable, Hashable {
    public var id: NodeID
    /// Where it was dialled with success, else where it said that it can be dialled.
    public var address: String
    /// Milliseconds since 1970.
    public var lastHeard: Int64

    public init(id: NodeID, address: String, lastHeard: Int64) {
        self.id = id
        self.address = address
        self.lastHeard = lastHeard
    }
}

/// The peers worth remembering across a restart: those that are connected, which the bridge's own tables know, and here those
/// that are not, or were not until lately. Restarted together with its bootstraps, a bridge hears of nobody: existing peers keep their links to each
/// other, and never open one to a bootstrap again (protocol.md 2.2).
struct PeerBook: Sendable {
    /// Where a peer can be found.
    struct Place: Sendable, Equatable {
        var address: String
        /// Where it came from, if it came by itself and that was seen.
        var network: NetworkGroup?

        /// The networks that it counts in; none for names and loopback addresses.
        fileprivate var groups: Set<NetworkGroup> {
            Set([PeerAddress(address)?.group, network].compactMap { $0 })
        }
    }

    /// Somebody who is connected.
    struct Present: Sendable {
        var id: NodeID
        var place: Place
        var connectedSince: Instant
        var lastHeard: Instant
    }

    private struct Entry: Sendable {
        var id: NodeID
        var place: Place
        var lastHeard: Instant
        /// It was remembered when the process started, and has not been with us for long since.
        var isAwaited: Bool
        /// How often it came, and left again at once.
        var calls = 0
    }

    /// What makes a page worth writing again: not when somebody was heard, but who is there.
    fileprivate struct Mark: Sendable, Hashable {
        var id: NodeID
        var address: String
        var isPresent: Bool
    }

    private var entries: [NodeID: Entry] = [:]
    private var written: Set<Mark> = []
    /// What was remembered has been read. Before that, nothing may be written over it.
    private(set) var isOpen = false

    /// Takes over what was kept before the restart.
    mutating func open(with peers: [RememberedPeer], of ourselves: NodeID, at now: Moment) {
        isOpen = true
        // The clock may have been set back since, and no file is trusted to hold sensible numbers: the order is what counts.
        var last: Int64 = -1
        for peer in peers.sorted(by: { $0.lastHeard > $1.lastHeard }).prefix(BridgeDefaults.rememberedPeers)
        where peer.id != ourselves && entries[peer.id] == nil {
            let age = now.unixMilliseconds - max(0, min(peer.lastHeard, now.unixMilliseconds))
            last = max(age, last + 1)
            entries[peer.id] = Entry(
                id: peer.id,
                place: Place(address: peer.address),
                lastHeard: now.instant - .milliseconds(last),
                isAwaited: true
            )
        }
        written = Set(entries.values.map { Mark(id: $0.id, address: $0.place.address, isPresent: false) })
    }

    /// Those that are to be dialled, the last heard first.
    var awaited: [(id: NodeID, address: String)] {
        newestFirst.filter(\.isAwaited).map { ($0.id, $0.place.address) }
    }

    /// Of everybody in it, at most `BridgeDefaults.rememberedPeers`.
    var ids: [NodeID] { Array(entries.keys) }

    private var newestFirst: [Entry] {
        entries.values.sorted { ($1.lastHeard, $0.id) < ($0.lastHeard, $1.id) }
    }

    /// It could not be reached again and again, or is nobody to be dialled.
    mutating func forget(_ id: NodeID) {
        entries[id] = nil
    }

    /// Somebody left. Who was here for long is remembered, but not dialled in this life of the bridge: who came to us comes
    /// again. Who was not is nobody new to remember, and is still awaited if it was: dials that cross destroy each other
    /// (protocol.md 4.7).
    mutating func left(_ peer: Present) {
        guard peer.lastHeard - peer.connectedSince >= BridgeDefaults.rememberedProvingTime else {
            guard var entry = entries[peer.id] else { return }
            entry.calls += 1
            if entry.calls >= BridgeDefaults.dialAttempts { entry.isAwaited = false }
            entries[peer.id] = entry
            return
        }
        entries[peer.id] = Entry(id: peer.id, place: peer.place, lastHeard: peer.lastHeard, isAwaited: false)
        guard entries.count > BridgeDefaults.rememberedPeers, let oldest = newestFirst.last else { return }
        entries[oldest.id] = nil
    }

    /// Takes what is on the page for what is kept.
    /// - Returns: false when the same peers were kept before, unless `isFinal`.
    mutating func turn(to page: Page, isFinal: Bool) -> Bool {
        guard isFinal || page.marks != written else { return false }
        written = page.marks
        return true
    }

    /// The peers to keep, the most valuable first: those that have been connected for longest, then those heard last; of one
    /// network a few only. They are to be added in this order.
    struct Page {
        private(set) var peers: [RememberedPeer] = []
        fileprivate private(set) var marks: Set<Mark> = []
        private var counts: [NetworkGroup: Int] = [:]
        private let now: Moment

        init(at now: Moment) {
            self.now = now
        }

        /// What is added now is left out.
        var isFull: Bool { peers.count >= BridgeDefaults.rememberedPeers }

        mutating func add(_ peer: Present) {
            add(peer.id, peer.place, peer.lastHeard, isPresent: true)
        }

        /// Adds those in the book that are not connected.
        mutating func fill(from book: PeerBook, where isAbsent: (NodeID) -> Bool) {
            for peer in book.newestFirst where !isFull && isAbsent(peer.id) {
                add(peer.id, peer.place, peer.lastHeard, isPresent: false)
            }
        }

        private mutating func add(_ id: NodeID, _ place: Place, _ lastHeard: Instant, isPresent: Bool) {
            guard !isFull else { return }
            let groups = place.groups
            guard groups.allSatisfy({ counts[$0, default: 0] < BridgeDefaults.rememberedPeersPerNetwork }) else {
                return
            }
            for group in groups { counts[group, default: 0] += 1 }
            let silence = (now.instant - lastHeard).wholeMilliseconds
            peers.append(RememberedPeer(id: id, address: place.address, lastHeard: now.unixMilliseconds - silence))
            marks.insert(Mark(id: id, address: place.address, isPresent: isPresent))
        }
    }
}
