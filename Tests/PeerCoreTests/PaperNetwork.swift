import DHTTestKit
import Kademlia
import PeerCore
import Timekeeping
import WireMessages

/// A network of simulated peers on virtual time: a bootstrap server that fits one screen, and connections that delay what they
/// carry and sometimes lose a dial. It complains when a machine asks for what cannot be.
final class PaperNetwork {
    private enum Event {
        case start(NodeID)
        case tick(NodeID)
        case clientOpened(NodeID)
        case toBootstrap(PeerToBootstrap, from: NodeID)
        case toPeer(BootstrapToPeer, NodeID)
        case connect(DialKey, to: NodeID)
        case linkOpened(DialKey)
        case linkClosed(NodeID, DHTLinkID)
        case message(DHTMessage, to: NodeID, on: DHTLinkID)
    }

    private struct DialKey: Hashable {
        var peer: NodeID
        var link: DHTLinkID
    }

    private var generator: SeededGenerator
    private var machines: [NodeID: SimulatedPeer] = [:]
    private(set) var order: [NodeID] = []
    private(set) var now = Instant.zero
    private var events: [Event] = []
    private var due = DeadlineQueue<Int>()
    /// The other end of each link that exists.
    private var ends: [DialKey: DialKey] = [:]
    /// Dials under way, by who dials whom.
    private var dials: [DialKey: NodeID] = [:]
    /// Messages of one direction never overtake each other.
    private var lastDelivery: [String: Instant] = [:]

    // The bootstrap server.
    private var genesis: NodeID?
    private var registered: Set<NodeID> = []
    /// Inviters by invitee.
    private var pendingInvitations: [NodeID: Set<NodeID>] = [:]

    private(set) var reports: [NodeID: [JoinReport]] = [:]
    private(set) var complaints: [String] = []
    /// What each peer told of the links that the server waits to hear of.
    private(set) var outcomes: [NodeID: [Bool]] = [:]
    /// How often each peer asked to be let in.
    private(set) var questionCounts: [NodeID: Int] = [:]
    private let lostDials: Double

    init(count: Int, seed: UInt64, lostDials: Double) {
        generator = SeededGenerator(seed: seed)
        self.lostDials = lostDials
        for _ in 0..<count {
            let id = NodeID.random(using: &generator)
            order.append(id)
            machines[id] = SimulatedPeer(identity: PeerHarness.identity(id))
            schedule(.start(id), within: .milliseconds(200))
        }
    }

    /// Those that did not leave, in order of creation.
    var present: [NodeID] { order.filter { machines[$0] != nil } }

    func isLinked(_ peer: NodeID, to other: NodeID) -> Bool { machines[peer]?.isLinked(to: other) == true }

    /// The peer is gone, and its links end at the others; or it has fallen silent, and nobody is told.
    func leave(_ id: NodeID, silently isSilent: Bool) {
        machines[id] = nil
        guard !isSilent else { return }
        registered.remove(id)
        for (key, end) in ends where key.peer == id {
            ends[key] = nil
            ends[end] = nil
            schedule(.linkClosed(end.peer, end.link), inOrderOf: "\(id)#\(key.link.value)")
        }
    }

    var linkCounts: [Int] { machines.values.map(\.linkedPeerCount) }

    func run(until end: Instant) {
        while let next = due.next(), next <= end, let index = due.popDue(at: next) {
            now = max(now, next)
            handle(events[index])
        }
        now = end
    }

    private var moment: Moment {
        Moment(instant: now, unixMilliseconds: PeerHarness.epoch + (now - .zero).wholeMilliseconds)
    }

    private func schedule(_ event: Event, within longest: Duration = .milliseconds(20), inOrderOf lane: String? = nil) {
        let delay = Duration.microseconds(
            Int64.random(in: 100...max(longest.wholeNanoseconds / 1000, 101), using: &generator)
        )
        var at = now + delay
        if let lane {
            at = max(at, lastDelivery[lane, default: .zero] + .nanoseconds(1))
            lastDelivery[lane] = at
        }
        events.append(event)
        due.set(events.count - 1, at: at)
    }

    // MARK: Peers

    private func tell(
        _ id: NodeID,
        _ event: (inout SimulatedPeer, Moment, inout SeededGenerator) -> [SimulatedPeer.Action]
    ) {
        guard var machine = machines[id] else { return }
        let actions = event(&machine, moment, &generator)
        let deadline = machine.nextDeadline
        machines[id] = machine
        for action in actions { perform(action, of: id) }
        if let deadline {
            events.append(.tick(id))
            due.set(events.count - 1, at: max(deadline, now))
        }
    }

    private func handle(_ event: Event) {
        switch event {
        case .start(let id): tell(id) { machine, now, _ in machine.start(at: now) }
        case .tick(let id):
            guard var machine = machines[id], let deadline = machine.nextDeadline, deadline <= now else { return }
            tell(id) { machine, now, generator in machine.tick(at: now, using: &generator) }
        case .clientOpened(let id):
            tell(id) { machine, now, generator in machine.clientLinkOpened(at: now, using: &generator) }
        case .toPeer(let message, let id):
            tell(id) { machine, now, generator in machine.heard(message, at: now, using: &generator) }
        case .toBootstrap(let message, let id): bootstrap(message, from: id)
        case .connect(let dialler, let target): connect(dialler, to: target)
        case .linkOpened(let dialler):
            guard ends[dialler] != nil else { return }
            dials[dialler] = nil
            tell(dialler.peer) { machine, now, _ in machine.linkOpened(dialler.link, at: now) }
        case .linkClosed(let id, let link):
            dials[DialKey(peer: id, link: link)] = nil
            tell(id) { machine, now, _ in machine.linkClosed(link, at: now) }
        case .message(let message, let id, let link):
            guard ends[DialKey(peer: id, link: link)] != nil else { return }
            tell(id) { machine, now, generator in machine.heard(message, on: link, at: now, using: &generator) }
        }
    }

    private func perform(_ action: SimulatedPeer.Action, of id: NodeID) {
        switch action {
        case .openClientLink: schedule(.clientOpened(id))
        case .closeClientLink: complaints.append("\(id.short) closed its client link")
        case .tell(let message): schedule(.toBootstrap(message, from: id), inOrderOf: "\(id)>")
        case .dial(let link, let address):
            guard let target = NodeID(address.suffix(NodeID.digitCount)) else {
                complaints.append("\(id.short) dialled \(address)")
                return
            }
            if target == id { complaints.append("\(id.short) dialled itself") }
            if dials.contains(where: { $0.key.peer == id && $0.value == target }) {
                complaints.append("\(id.short) dialled \(target.short) twice at once")
            }
            let key = DialKey(peer: id, link: link)
            dials[key] = target
            schedule(.connect(key, to: target))
        case .send(let message, let link):
            guard let end = ends[DialKey(peer: id, link: link)] else {
                // Closed by the other end a moment ago is fine; never opened is not.
                return
            }
            schedule(.message(message, to: end.peer, on: end.link), inOrderOf: "\(id)#\(link.value)")
        case .close(let link):
            let key = DialKey(peer: id, link: link)
            dials[key] = nil
            if let end = ends.removeValue(forKey: key) {
                ends[end] = nil
                schedule(.linkClosed(end.peer, end.link), inOrderOf: "\(id)#\(link.value)")
            }
        case .report(let report): reports[id, default: []].append(report)
        }
    }

    private func connect(_ dialler: DialKey, to target: NodeID) {
        guard dials[dialler] != nil else { return }
        guard Double.random(in: 0..<1, using: &generator) >= lostDials, var machine = machines[target] else {
            schedule(.linkClosed(dialler.peer, dialler.link))
            return
        }
        guard let link = machine.linkAccepted(at: moment) else {
            schedule(.linkClosed(dialler.peer, dialler.link))
            return
        }
        machines[target] = machine
        let end = DialKey(peer: target, link: link)
        ends[dialler] = end
        ends[end] = dialler
        schedule(.linkOpened(dialler))
    }

    // MARK: The bootstrap server

    private func bootstrap(_ message: PeerToBootstrap, from id: NodeID) {
        func answer(_ message: BootstrapToPeer, to peer: NodeID) {
            schedule(.toPeer(message, peer), inOrderOf: ">\(peer)")
        }
        switch message {
        case .register:
            registered.insert(id)
            answer(.registered(Registered(nodeID: .node(id))), to: id)
        case .getPeersOrGenesis(let question):
            questionCounts[id, default: 0] += 1
            let first = genesis ?? id
            genesis = first
            guard first != id else {
                answer(.response(.success(question.requestID, .join(.genesis(bridges: [])))), to: id)
                return
            }
            let helpers = order.filter { $0 != id && registered.contains($0) && isInside($0) }
            guard let helper = helpers.randomElement(using: &generator) else {
                answer(.response(.failure(question.requestID, error: "nobody yet", retryAfterMs: 500)), to: id)
                return
            }
            let entry = PeerEntry(nodeID: .node(helper), metadata: PeerHarness.metadata(of: helper))
            answer(
                .response(
                    .success(
                        question.requestID,
                        .join(.peerFound(helper: entry, membershipToken: PeerHarness.membership(of: id)))
                    )
                ),
                to: id
            )
            answer(
                .sendInvitationRequest(SendInvitationRequest(targetPeerID: .node(id), requestID: "invite")),
                to: helper
            )
        case .sendInvitation(let invitation):
            guard let target = invitation.targetPeerID.node, registered.contains(target) else {
                answer(.response(.failure(invitation.requestID, error: "Target peer not connected")), to: id)
                return
            }
            pendingInvitations[target, default: []].insert(id)
            answer(
                .invitationReceived(
                    InvitationReceived(fromPeer: .node(id), invitationToken: invitation.invitationToken)
                ),
                to: target
            )
        case .invitationAccepted(let accepted):
            guard let inviter = accepted.toPeer.node, pendingInvitations[id, default: []].contains(inviter) else {
                complaints.append("\(id.short) accepted what nobody sent")
                return
            }
            answer(
                .websocketPeerMetadata(
                    .inviter(targetPeer: .node(id), metadata: PeerHarness.metadata(of: id), invitationID: "i")
                ),
                to: inviter
            )
            answer(
                .websocketPeerMetadata(
                    .invitee(fromPeer: .node(inviter), metadata: PeerHarness.metadata(of: inviter), invitationID: "i")
                ),
                to: id
            )
        case .invitationSent:
            break
        case .connectionOutcome(let outcome):
            outcomes[id, default: []].append(outcome.success)
        default:
            complaints.append("\(id.short) said what no peer says: \(message)")
        }
    }

    private func isInside(_ id: NodeID) -> Bool {
        reports[id, default: []].contains { report in
            switch report {
            case .joined, .genesis: true
            case .asked, .answered, .introduced, .failed: false
            }
        }
    }
}
