import BridgeCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// What a bridge wants kept for after a restart.
@Suite struct PeerBookTests {
    @Test func whoIsConnectedIsRememberedSoonWithWhereItCanBeFound() throws {
        var harness = BridgeHarness(remembering: [])
        harness.peer(0x11, metadata: serverMetadata(at: "192.0.2.1"))
        _ = harness.advance(by: .milliseconds(500))
        harness.peer(0x12, metadata: serverMetadata(at: "192.0.2.2"))
        #expect(harness.advance(by: .milliseconds(1_499)).books == [])
        let heard = harness.now.unixMilliseconds - 1_999
        #expect(
            harness.advance(by: .milliseconds(1)).books == [
                [
                    RememberedPeer(id: 0x11, address: "ws://192.0.2.1:80", lastHeard: heard),
                    RememberedPeer(id: 0x12, address: "ws://192.0.2.2:80", lastHeard: heard + 500),
                ]
            ]
        )
    }

    @Test func whatComesTogetherIsWrittenTogetherAndNothingTwice() {
        var harness = BridgeHarness(remembering: [], maximumPeers: 200)
        var alive: Set<ConnectionID> = []
        var writes: [Instant] = []
        for number in 0..<100 {
            let id = NodeID(integerLiteral: UInt32(0x100 + number))
            alive.insert(harness.peer(id, metadata: serverMetadata(at: "127.0.0.1", port: 9_000 + number)))
            if !harness.advance(by: .seconds(1), answeringPingsOn: alive).books.isEmpty {
                writes.append(harness.now.instant)
            }
        }
        #expect(writes.count == 4)
        #expect(zip(writes, writes.dropFirst()).allSatisfy { $1 - $0 >= .seconds(29) })
        _ = harness.advance(by: .seconds(40), answeringPingsOn: alive)
        #expect(harness.advance(by: .seconds(600), answeringPingsOn: alive).books == [])
    }

    @Test func withoutAMemoryNothingIsToBeRemembered() {
        var harness = BridgeHarness()
        harness.bridge.remembered(crowd(8), at: harness.now)
        let socket = harness.peer(0x11)
        let actions = harness.advance(by: .seconds(60), answeringPingsOn: [socket])
        #expect(actions.books == [])
        #expect(actions.compactMap(\.dialled) == [])
        #expect(harness.bridge.stop(at: harness.now) == [.close(socket, .stopping), .stopped])
    }

    @Test func whatWasNotReadYetIsNotOverwritten() {
        var harness = BridgeHarness(remembersPeers: true)
        let socket = harness.peer(0x11)
        #expect(harness.advance(by: .seconds(60), answeringPingsOn: [socket]).books == [])
        var stopped = harness
        #expect(stopped.bridge.stop(at: stopped.now).books == [])
        harness.bridge.remembered([], at: harness.now)
        #expect(harness.advance(by: .seconds(2)).books.map { $0.map(\.id) } == [[0x11]])
    }

    @Test func bridgesBrowsersAndWhoCannotBeDialledAreNotRemembered() {
        var harness = BridgeHarness(remembering: [])
        harness.peer(0x11, metadata: #"{"isBridgeNode":true,"listeningAddress":"ws://192.0.2.1:80"}"#)
        harness.peer(0x12, metadata: #"{"nodeType":"bridge","listeningAddress":"ws://192.0.2.2:80"}"#)
        harness.peer(0x13, metadata: browserMetadata)
        harness.peer(0x14, metadata: "{}")
        harness.peer(0x15, metadata: #"{"listeningAddress":"ws://192.0.2.5:80","canAcceptConnections":false}"#)
        harness.peer(0x16, metadata: serverMetadata(at: "0.0.0.0"))
        harness.peer(0x17, metadata: serverMetadata(at: "192.0.2.7"))
        #expect(harness.advance(by: .seconds(3)).books.map { $0.map(\.id) } == [[0x17]])
    }

    @Test func addressesThatOurPolicyForbidsAreNotRemembered() {
        var harness = BridgeHarness(remembering: [])
        _ = harness.bridge.listening(at: "wss://bridge.example.org", harness.now)
        harness.peer(0x11, metadata: serverMetadata(at: "169.254.169.254"))
        harness.peer(0x12, metadata: serverMetadata(at: "127.0.0.1"))
        harness.peer(0x13, metadata: serverMetadata(at: "peer.example.org"))
        #expect(harness.advance(by: .seconds(3)).books.map { $0.map(\.id) } == [[0x13]])
    }

    @Test func theAddressThatWasDialledCountsAndNotTheOneAnnounced() {
        var harness = BridgeHarness(remembering: crowd(1))
        #expect(harness.advance(by: .zero).compactMap(\.dialled) == [0x1000])
        _ = harness.answer(0x1000, metadata: serverMetadata(at: "192.0.2.1"))
        let book = harness.bridge.stop(at: harness.now).books.first
        #expect(book?.map(\.address) == ["ws://127.0.0.1:9000"])
    }

    @Test func theBookHas64PlacesForThoseWhoHaveBeenConnectedForLongest() throws {
        var harness = BridgeHarness(remembering: crowd(64), maximumPeers: 200)
        var alive: Set<ConnectionID> = []
        for number in 0..<100 {
            // In no order of ids.
            let id = NodeID(integerLiteral: UInt32(0x100 + number * 37 % 100))
            alive.insert(harness.peer(id, metadata: serverMetadata(at: "127.0.0.1", port: 9_000)))
            harness.advance(by: .milliseconds(10), answeringPingsOn: alive)
        }
        let book = try #require(harness.advance(by: .seconds(3), answeringPingsOn: alive).books.first)
        let first = (0..<64).map { NodeID(integerLiteral: UInt32(0x100 + $0 * 37 % 100)) }
        #expect(book.map(\.id) == first)
    }

    @Test func twoOfOneNetworkAreEnoughButForThisMachine() throws {
        var harness = BridgeHarness(remembering: [])
        for number in 0..<5 {
            let id = UInt32(0x100 + number)
            harness.peer(NodeID(integerLiteral: id), metadata: serverMetadata(at: "203.0.113.\(number)"))
            harness.peer(NodeID(integerLiteral: id + 0x100), metadata: serverMetadata(at: "[2001:db8:1::\(number)]"))
            harness.peer(
                NodeID(integerLiteral: id + 0x200),
                metadata: serverMetadata(at: "127.0.0.1", port: 9_000 + number)
            )
            // Names tell no network, but where a peer comes from does.
            let socket = harness.newConnection()
            _ = harness.bridge.accepted(socket, from: "198.51.100.\(number)", at: harness.now)
            let hello = DHTPeerHello(
                peerID: NodeID(integerLiteral: id + 0x300),
                metadata: serverMetadata(at: "peer\(number).example.org")
            )
            _ = harness.first(.dhtPeerHello(hello), on: socket)
        }
        let book = try #require(harness.advance(by: .seconds(2)).books.first)
        let expected: [NodeID] = [0x100, 0x101, 0x200, 0x201, 0x300, 0x301, 0x302, 0x303, 0x304, 0x400, 0x401]
        #expect(book.map(\.id).sorted() == expected)
    }

    @Test func whoLeftIsRememberedIfItWasHereForLong() {
        var harness = BridgeHarness(remembering: [])
        let long = harness.peer(0x11, metadata: serverMetadata(at: "192.0.2.1"))
        harness.advance(by: .seconds(40), answeringPingsOn: [long])
        let short = harness.peer(0x12, metadata: serverMetadata(at: "198.51.100.1"))
        let stays = harness.peer(0x13, metadata: serverMetadata(at: "203.0.113.1"))
        harness.advance(by: .seconds(29), answeringPingsOn: [long, short, stays])
        harness.close(short)
        harness.close(long)
        let books = harness.advance(by: .seconds(40), answeringPingsOn: [stays]).books
        #expect(books.last?.map(\.id) == [0x13, 0x11], "who is here comes first")
    }

    @Test func strangersWhoComeAndGoPushNobodyOut() {
        var harness = BridgeHarness(remembering: crowd(64), targetPeers: 0)
        for number in 0..<500 {
            let id = NodeID(integerLiteral: UInt32(0x2000 + number))
            let socket = harness.peer(id, metadata: serverMetadata(at: "192.0.\(number / 250).\(number % 250)"))
            harness.advance(by: .milliseconds(100), answeringPingsOn: [socket])
            harness.close(socket)
        }
        let book = harness.bridge.stop(at: harness.now).books.first
        #expect(book.map { Set($0.map(\.id)) } == Set(crowd(64).map(\.id)))
    }

    @Test func theLastBookIsWrittenBeforeAnybodyIsClosed() throws {
        var harness = BridgeHarness(remembering: [])
        harness.peer(0x11, metadata: serverMetadata(at: "192.0.2.1"))
        let link = harness.link()
        _ = harness.tell(.getOnboardingPeer(GetOnboardingPeer(requestID: "r", newNodeID: 0x99)), on: link)
        let actions = harness.bridge.stop(at: harness.now)
        #expect(actions.first?.book?.map(\.id) == [0x11])
        #expect(actions.count == 1, "a question waits")
        let rest = harness.work() + harness.advance(by: .seconds(60))
        #expect(rest.contains(.stopped))
        #expect(rest.books == [], "nothing is written over it while everybody leaves")
    }
}
