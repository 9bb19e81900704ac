import DHTTestKit
import Kademlia
import PeerCore
import Timekeeping
import WireMessages

/// One peer under test, with a clock that only the test moves. A class, because `#expect` and `#require` cannot hold calls
/// that mutate a value.
final class PeerHarness {
    static let epoch: Int64 = 1_795_344_200_000

    var peer: SimulatedPeer
    var generator = SeededGenerator(seed: 1)
    private(set) var now = Moment(instant: .zero, unixMilliseconds: PeerHarness.epoch)

    init(id: NodeID = 0x1, joinTimeout: Duration = .seconds(30)) {
        peer = SimulatedPeer(identity: Self.identity(id), settings: .init(joinTimeout: joinTimeout))
    }

    /// An identity whose signatures say who made them.
    static func identity(_ id: NodeID) -> PeerIdentity {
        PeerIdentity(
            id: id,
            publicKey: String(repeating: "ab", count: 32),
            address: address(of: id),
            sign: { _ in "signed-by-\(id.short)" }
        )
    }

    static func address(of id: NodeID) -> String { "ws://127.0.0.1:9/\(id)" }

    /// What a Node peer with that id says of itself.
    static func metadata(of id: NodeID, isBridge: Bool = false) -> RawJSON {
        .object { writer in
            writer.member("isBridgeNode", isBridge)
            writer.member("nodeType", isBridge ? "bridge" : "nodejs")
            writer.member("listeningAddress", address(of: id))
        }
    }

    static func entry(_ id: NodeID, isBridge: Bool = false) -> PeerEntry {
        PeerEntry(nodeID: .node(id), metadata: metadata(of: id, isBridge: isBridge))
    }

    static func membership(of id: NodeID) -> RawJSON {
        .object { $0.member("nodeId", id) }
    }

    /// Moves the clock, without a tick.
    func advance(by duration: Duration) {
        now.instant = now.instant + duration
        now.unixMilliseconds += duration.wholeMilliseconds
    }

    func tick() -> [SimulatedPeer.Action] { peer.tick(at: now, using: &generator) }

    /// Moves the clock to each deadline on the way and collects what becomes due.
    func run(for duration: Duration) -> [SimulatedPeer.Action] {
        let end = now.instant + duration
        var actions: [SimulatedPeer.Action] = []
        while let due = peer.nextDeadline, due <= end {
            advance(by: max(due - now.instant, .zero))
            actions += tick()
        }
        advance(by: end - now.instant)
        return actions
    }

    func hear(_ message: BootstrapToPeer) -> [SimulatedPeer.Action] {
        peer.heard(message, at: now, using: &generator)
    }

    func hear(_ message: DHTMessage, on link: DHTLinkID) -> [SimulatedPeer.Action] {
        peer.heard(message, on: link, at: now, using: &generator)
    }

    func start() -> [SimulatedPeer.Action] { peer.start(at: now) }
    func stop() -> [SimulatedPeer.Action] { peer.stop() }
    func clientLinkOpened() -> [SimulatedPeer.Action] { peer.clientLinkOpened(at: now, using: &generator) }
    func clientLinkClosed() -> [SimulatedPeer.Action] { peer.clientLinkClosed(at: now) }
    func linkAccepted() -> DHTLinkID? { peer.linkAccepted(at: now) }
    func linkOpened(_ link: DHTLinkID) -> [SimulatedPeer.Action] { peer.linkOpened(link, at: now) }
    func linkClosed(_ link: DHTLinkID) -> [SimulatedPeer.Action] { peer.linkClosed(link, at: now) }
    var nextDeadline: Instant? { peer.nextDeadline }

    // MARK: Shortcuts to a state

    /// Starts, opens the client link and returns the id of the first question.
    func ask() -> WireRequestID? {
        _ = peer.start(at: now)
        return peer.clientLinkOpened(at: now, using: &generator).questions.first
    }

    /// As ``ask()``, and registered.
    func askAndRegister() -> WireRequestID? {
        let question = ask()
        _ = run(for: PeerDefaults.registerDelay)
        _ = hear(.registered(Registered(nodeID: .node(peer.id))))
        return question
    }

    /// Registered and told to be the first peer, with `bridges`.
    func becomeGenesis(bridges: [NodeID] = []) -> [SimulatedPeer.Action] {
        guard let question = askAndRegister() else { return [] }
        let entries = bridges.map { Self.entry($0, isBridge: true) }
        return hear(.response(.success(question, .join(.genesis(bridges: entries)))))
    }

    /// Accepts a link from `id` and greets on it.
    func acceptLink(from id: NodeID, isBridge: Bool = false) -> DHTLinkID? {
        guard let link = peer.linkAccepted(at: now) else { return nil }
        _ = hear(.hello(DHTPeerHello(peerID: id, metadata: Self.metadata(of: id, isBridge: isBridge))), on: link)
        return link
    }
}

extension [SimulatedPeer.Action] {
    /// The ids of the `get_peers_or_genesis` among the actions.
    var questions: [WireRequestID] {
        compactMap { action in
            guard case .tell(.getPeersOrGenesis(let question)) = action else { return nil }
            return question.requestID
        }
    }

    var reports: [JoinReport] {
        compactMap { action in
            guard case .report(let report) = action else { return nil }
            return report
        }
    }

    var dialled: [String] {
        compactMap { action in
            guard case .dial(_, let address) = action else { return nil }
            return address
        }
    }

    var firstDial: DHTLinkID? {
        for case .dial(let link, _) in self { return link }
        return nil
    }

    var invitations: [SendInvitation] {
        compactMap { action in
            guard case .tell(.sendInvitation(let invitation)) = action else { return nil }
            return invitation
        }
    }

    var sent: [DHTMessage] {
        compactMap { action in
            guard case .send(let message, _) = action else { return nil }
            return message
        }
    }
}
