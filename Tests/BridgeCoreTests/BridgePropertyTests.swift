import BridgeCore
import DHTTestKit
import Kademlia
import MembershipTokens
import Relaying
import Testing
import Timekeeping
import WireMessages

/// Plays the sockets for a bridge that is fed random events, and fails when the bridge asks for the impossible.
private struct SocketModel {
    var harness: BridgeHarness
    var chance: SeededGenerator
    /// Open sockets that the bridge has not asked to close.
    var open: Set<ConnectionID> = []
    /// Sockets whose close frame is out.
    var closing: Set<ConnectionID> = []
    var links: Set<ConnectionID> = []
    var peers: Set<ConnectionID> = []
    /// Dials that were asked for and have no outcome yet.
    var dials: Set<NodeID> = []
    var bootstrapDials: Set<BootstrapID> = []
    /// Which bootstrap a socket was opened to, until its end.
    var dialIns: [ConnectionID: BootstrapID] = [:]
    var stops = 0
    var wantsWork = false
    var asked = 0
    var ended: [WireRequestID: Int] = [:]
    /// Helpers that are to be told and have not been yet.
    var telling: [(id: AssignmentID, newcomer: NodeID, helper: NodeID)] = []
    /// Who was told of whom.
    var told: [NodeID: Set<NodeID>] = [:]
    var mostTelling = 0
    var notTold = 0
    /// How often peers were to be remembered.
    var books = 0

    init(seed: UInt64) {
        harness = BridgeHarness(
            seed: seed,
            queueCapacity: 8,
            concurrency: 3,
            maximumConnections: 30,
            maximumPeers: 12,
            bootstraps: 2,
            remembersPeers: true
        )
        chance = SeededGenerator(seed: ~seed)
        perform(harness.listen())
        let remembered = (0xa8...0xaf).map {
            RememberedPeer(id: NodeID(integerLiteral: $0), address: "ws://127.0.0.1:18101", lastHeard: Int64($0))
        }
        harness.bridge.remembered(remembered, at: harness.now)
    }

    mutating func perform(_ actions: [BridgeAction]) {
        for action in actions {
            switch action {
            case .becomeLink(let id):
                #expect(open.contains(id))
                links.insert(id)
            case .becomePeer(let id):
                #expect(open.contains(id))
                peers.insert(id)
            case .sendToBootstrap(let id, let message):
                #expect(open.contains(id), "sent on a socket that is closed or closing")
                if case .onboardingPeerResponse(let response) = message { ended[response.requestID, default: 0] += 1 }
            case .sendToPeer(let id, _):
                #expect(open.contains(id) && peers.contains(id))
            case .instruct(let id, let socket, let message):
                #expect(open.contains(socket) && peers.contains(socket))
                telling.append((id, message.targetNodeID, message.targetPeer))
                mostTelling = max(mostTelling, harness.status.inFlight)
            case .answer(let id, let answer):
                #expect(open.contains(id) && links.contains(id))
                if answer.token.kind == .genesis { continue }
                ended[answer.requestID, default: 0] += 1
                #expect(answer.token.holder != answer.token.authorizedBy, "nobody invites itself")
                let helper = answer.token.authorizedBy
                #expect(helper.map { told[answer.token.holder]?.contains($0) } == true, "told before named")
            case .register(let id, _):
                #expect(open.contains(id) && dialIns[id] != nil)
            case .dialBootstrap(let id):
                #expect(bootstrapDials.insert(id).inserted, "two attempts at once")
                #expect(!dialIns.values.contains(id), "dialled while a connection stands")
            case .dialInChanged(let id, let status, _):
                #expect(status.address == harness.status.dialIns[id.index].address)
            case .stopped:
                stops += 1
            case .close(let id, _):
                #expect(open.remove(id) != nil, "closed twice")
                closing.insert(id)
            case .dial(let id, _):
                #expect(dials.insert(id).inserted, "two attempts at once")
            case .remember(let book):
                #expect(book.count <= 25 && Set(book.map(\.id)).count == book.count)
                #expect(!book.contains { $0.id == BridgeHarness.bridgeID })
                books += 1
            case .scheduleWork:
                #expect(!wantsWork, "work is asked for once")
                wantsWork = true
            }
        }
    }

    mutating func end(_ id: ConnectionID) {
        open.remove(id)
        closing.remove(id)
        links.remove(id)
        peers.remove(id)
        dialIns[id] = nil
        let reasons = ["", "Manager destroyed", "bye", "Another link leads to this bridge"]
        let ending = SocketEnding(
            isRemote: Bool.random(using: &chance),
            code: [nil, 1000, 1001].randomElement(using: &chance) ?? nil,
            reason: reasons[Int.random(in: reasons.indices, using: &chance)]
        )
        perform(harness.end(id, by: ending))
    }

    /// Ids are few, so that peers meet themselves.
    mutating func someNode() -> NodeID { NodeID(integerLiteral: UInt32.random(in: 0xa8...0xc0, using: &chance)) }

    mutating func someMetadata() -> RawJSON? {
        let choices: [RawJSON?] = [
            serverMetadata, tokenlessMetadata, browserMetadata, nil, #"{"isBridgeNode":true}"#,
            #"{"membershipToken":{"nodeId":"x"}}"#, #"{"nodeType":7,"listeningAddress":{},"tabVisible":"no"}"#,
        ]
        return choices[Int.random(in: choices.indices, using: &chance)]
    }

    mutating func step() {
        switch Int.random(in: 0..<24, using: &chance) {
        case 0, 1:
            let id = harness.newConnection()
            open.insert(id)
            perform(harness.bridge.accepted(id, at: harness.now))
        case 2, 3:
            guard let id = open.sorted().randomElement(using: &chance) else { return }
            let secret = Int.random(in: 0..<4, using: &chance) > 0 ? BridgeHarness.secret : "guess"
            let messages: [FirstMessage] = [
                .bootstrapAuth(BootstrapAuth(authToken: secret, features: LinkFeatures.all.names)),
                .bootstrapAuth(
                    BootstrapAuth(authToken: secret, features: Bool.random(using: &chance) ? ["cancel"] : nil)
                ),
                .dhtPeerHello(DHTPeerHello(peerID: someNode(), metadata: someMetadata())),
                .dhtPeerHello(DHTPeerHello(peerID: someNode(), metadata: someMetadata())),
                .unknown(type: "x"),
            ]
            perform(harness.first(messages[Int.random(in: messages.indices, using: &chance)], on: id))
        case 4, 5, 6:
            guard let id = links.intersection(open).sorted().randomElement(using: &chance) else { return }
            asked += 1
            let request = GetOnboardingPeer(
                requestID: WireRequestID("r\(asked)") ?? "r",
                newNodeID: someNode(),
                newNodeMetadata: someMetadata(),
                deadlineMs: Bool.random(using: &chance) ? 100 : nil
            )
            perform(harness.tell(.getOnboardingPeer(request), on: id))
        case 7:
            guard let id = links.intersection(open).sorted().randomElement(using: &chance) else { return }
            let target = Bool.random(using: &chance) ? BridgeHarness.bridgeID : someNode()
            let invitation = InvitationForBridge(
                targetPeerID: target,
                fromPeer: .node(someNode()),
                invitationToken: .emptyObject
            )
            perform(harness.tell(.invitationForBridge(invitation), on: id))
        case 8, 20, 21:
            guard let id = peers.intersection(open).sorted().randomElement(using: &chance) else { return }
            perform(harness.say(someMessage(), on: id))
        case 9:
            // Closing sockets end sooner than they come, or they would fill the bridge for good.
            for id in closing.sorted().shuffled(using: &chance).prefix(4) { end(id) }
            if Int.random(in: 0..<3, using: &chance) == 0, let id = open.sorted().randomElement(using: &chance) {
                end(id)
            }
        case 10:
            guard let node = dials.sorted().randomElement(using: &chance) else { return }
            dials.remove(node)
            guard Bool.random(using: &chance) else { return harness.bridge.dialFailed(node, at: harness.now.instant) }
            let id = harness.newConnection()
            open.insert(id)
            peers.insert(id)
            perform(harness.bridge.dialled(node, as: id, at: harness.now))
            guard open.contains(id) else { return }
            let claimed = Int.random(in: 0..<4, using: &chance) == 0 ? someNode() : node
            perform(harness.say(.connected(DHTPeerConnected(bridgeNodeID: claimed, metadata: someMetadata())), on: id))
        case 11, 18:
            guard wantsWork else { return }
            wantsWork = false
            perform(harness.bridge.work(at: harness.now, using: &harness.generator))
        case 16, 17:
            while !telling.isEmpty, Bool.random(using: &chance) {
                tellHelper(wasSent: Int.random(in: 0..<4, using: &chance) > 0)
            }
        case 13:
            guard let bootstrap = bootstrapDials.sorted().randomElement(using: &chance) else { return }
            bootstrapDials.remove(bootstrap)
            guard Int.random(in: 0..<4, using: &chance) > 0 else {
                return perform(
                    harness.bridge.notReached(bootstrap, error: "no", at: harness.now, using: &harness.generator)
                )
            }
            let id = harness.newConnection()
            open.insert(id)
            dialIns[id] = bootstrap
            perform(harness.bridge.reached(bootstrap, as: id, at: harness.now, using: &harness.generator))
            if !open.contains(id) { dialIns[id] = nil }
        case 14:
            guard let id = dialIns.keys.sorted().randomElement(using: &chance) else { return }
            perform(harness.reply(someReply(), on: id))
        case 15:
            guard let id = links.intersection(open).sorted().randomElement(using: &chance) else { return }
            // Often one that waits.
            let number = max(1, asked - Int.random(in: 0..<6, using: &chance))
            let request = WireRequestID("r\(number)") ?? "r"
            perform(harness.tell(.cancelOnboardingPeer(CancelOnboardingPeer(requestID: request)), on: id))
        case 22:
            guard let id = links.intersection(open).sorted().randomElement(using: &chance) else { return }
            perform(harness.tell(someErrand(), on: id))
        case 12:
            let wait = Duration.milliseconds(Int.random(in: 0...8_000, using: &chance))
            perform(harness.advance(by: wait))
        default:
            guard let id = open.sorted().randomElement(using: &chance) else { return }
            let error = WireError(reason: .missingField("x"), messageType: "ping", requestID: "x")
            perform(harness.bridge.refused(error, on: id, at: harness.now))
        }
    }

    mutating func tellHelper(wasSent: Bool) {
        guard !telling.isEmpty else { return }
        let next = telling.remove(at: Int.random(in: telling.indices, using: &chance))
        if wasSent { told[next.newcomer, default: []].insert(next.helper) } else { notTold += 1 }
        perform(harness.bridge.instructed(next.id, wasSent: wasSent, at: harness.now, using: &harness.generator))
    }

    mutating func someReply() -> BootstrapToDialInBridge {
        let secret = Int.random(in: 0..<4, using: &chance) == 0 ? "guess" : BridgeHarness.secret
        let replies: [BootstrapToDialInBridge] = [
            .registered(Registered(nodeID: .node(BridgeHarness.bridgeID))),
            .registered(Registered(nodeID: .node(BridgeHarness.bridgeID))),
            .link(.bootstrapAuth(BootstrapAuth(authToken: secret, features: ["cancel", "load"]))),
            .link(.ping(Ping(requestID: "p"))), .versionMismatch(VersionMismatch()), .error(ErrorNotice(error: "no")),
            .link(.unknown(type: "x")),
        ]
        return replies[Int.random(in: replies.indices, using: &chance)]
    }

    /// What a bootstrap may ask besides helpers.
    mutating func someErrand() -> BootstrapToBridge {
        let node = someNode()
        let token: RawJSON = #"{"nodeId":"00000000000000000000000000000000000000aa","signature":"x"}"#
        let errands: [BootstrapToBridge] = [
            .validateReconnection(ValidateReconnection(nodeID: node, membershipToken: token, requestID: "v")),
            .connectGenesisPeer(ConnectGenesisPeer(nodeID: node, metadata: someMetadata(), requestID: "g")),
            .bridgeKeys(BridgeKeys(keys: [PaperKey(2).named(by: node)])),
        ]
        return errands[Int.random(in: errands.indices, using: &chance)]
    }

    mutating func someMessage() -> DHTMessage {
        let session = "s\(Int.random(in: 0..<4, using: &chance))"
        let messages: [DHTMessage] = [
            .ping(DHTPing(requestID: "p")),
            .pong(DHTPong(requestID: "x", metaFlags: Int64.random(in: 0...3, using: &chance))),
            .findNode(FindNode(requestID: "f", target: someNode())),
            .findNodeResponse(
                FindNodeResponse(requestID: "x", nodes: [CompactNode(id: someNode(), metadata: serverMetadata)])
            ),
            .connectionOffer(ConnectionOffer(senderPeer: someNode(), targetPeer: someNode(), offer: .null)),
            .connectionRequest(ConnectionRequest(senderPeer: someNode(), targetPeer: someNode())),
            .relayRequest(RelayRequest(targetPeerID: .node(someNode()), sessionID: session)),
            .relayForward(RelayForward(sessionID: session, payload: .null)),
            .relayPing(RelayPing(sessionID: session)), .relayClose(RelayClose(sessionID: session)),
            .hello(DHTPeerHello(peerID: someNode())),
            .unknown(type: "x"),
        ]
        return messages[Int.random(in: messages.indices, using: &chance)]
    }
}

@Suite struct BridgePropertyTests {
    @Test(arguments: SeededGenerator.seeds(6)) func whateverHappensTheBridgeStaysWithinItsRulesAndBounds(seed: UInt64) {
        print("bridge property seed \(seed)")
        var model = SocketModel(seed: seed)
        let start = model.harness.now.instant
        for _ in 0..<8_000 {
            model.step()
            let status = model.harness.status
            #expect(status.connections <= 30)
            #expect(status.peersConnected <= 12)
            #expect((0...status.peersConnected).contains(status.membersConnected))
            #expect(status.queueDepth <= 8)
        }
        // The queue runs dry, and every request has ended once at most: answered, refused, or dropped with its link.
        while model.wantsWork || !model.telling.isEmpty {
            if model.wantsWork {
                model.wantsWork = false
                model.perform(model.harness.bridge.work(at: model.harness.now, using: &model.harness.generator))
            }
            model.tellHelper(wasSent: true)
        }
        #expect(model.harness.status.queueDepth == 0)
        #expect(model.harness.status.inFlight == 0)
        #expect(model.ended.values.allSatisfy { $0 == 1 })
        let counters = model.harness.status.counters
        #expect(counters.requests == model.asked)
        #expect(model.ended.count == counters.answered + counters.busy + counters.failed + counters.timedOut)
        #expect((2...3).contains(model.mostTelling), "as many at once as there may be, and no more")
        #expect(model.notTold > 20)
        #expect(counters.answered > 10, "the run must reach what it checks")
        #expect(counters.cancelled > 3)
        #expect(model.harness.status.relay.opened > 0)
        let elapsed = model.harness.now.instant - start
        #expect((4...Int(elapsed / BridgeDefaults.bookInterval) + 1).contains(model.books))
        #expect(model.harness.status.dialIns.allSatisfy { $0.dials > 3 })
        model.perform(model.harness.bridge.stop(at: model.harness.now))
        #expect(model.stops == 1)
        #expect(model.open == [], "everybody was told")
        // When all sockets are gone, so is everything that was kept for them.
        for id in model.closing.sorted() { model.end(id) }
        _ = model.harness.advance(by: .seconds(300))
        #expect(model.harness.status.relaySessions == 0)
        #expect(model.harness.status.connections == 0)
        #expect(model.harness.status.peersConnected == 0)
        #expect(model.harness.status.membersConnected == 0)
        #expect(model.harness.status.linksOpen == 0)
    }
}
