import Foundation
import Kademlia
import StateStore
import Synchronization
import Testing

/// What every driver has to do. Each runs through the same tests.
@Suite struct DriverContractTests {
    enum Driver: CaseIterable {
        case memory
        case sqlite

        func ledger(in directory: TemporaryDirectory) throws -> any GenesisLedger {
            switch self {
            case .memory: InMemoryGenesisLedger()
            case .sqlite: try SQLiteStateStore(directory: directory.path)
            }
        }

        func identities(in directory: TemporaryDirectory) throws -> any IdentityStore {
            switch self {
            case .memory: InMemoryIdentityStore()
            case .sqlite: try SQLiteStateStore(directory: directory.path)
            }
        }

        func peerBook(in directory: TemporaryDirectory) throws -> any PeerBookStore {
            switch self {
            case .memory: InMemoryPeerBookStore()
            case .sqlite: try SQLiteStateStore(directory: directory.path)
            }
        }
    }

    @Test(arguments: Driver.allCases) func genesisIsDecidedOnce(driver: Driver) throws {
        let directory = try TemporaryDirectory()
        let ledger = try driver.ledger(in: directory)
        #expect(try ledger.genesis() == nil)
        #expect(try ledger.recordGenesis(0xaa, at: 1) == .recorded)
        #expect(try ledger.recordGenesis(0xbb, at: 2) == .alreadyDecided(0xaa))
        #expect(try ledger.recordGenesis(0xaa, at: 3) == .alreadyDecided(0xaa))
        #expect(try ledger.genesis() == 0xaa)
    }

    @Test(arguments: Driver.allCases) func decisionIsReplacedOnlyByWhoeverKnowsIt(driver: Driver) throws {
        let directory = try TemporaryDirectory()
        let ledger = try driver.ledger(in: directory)
        #expect(try ledger.recordGenesis(0xaa, at: 1) == .recorded)
        #expect(try ledger.recordGenesis(0xbb, replacing: 0xcc, at: 2) == .alreadyDecided(0xaa))
        #expect(try ledger.recordGenesis(0xbb, replacing: 0xaa, at: 3) == .recorded)
        #expect(try ledger.recordGenesis(0xdd, replacing: 0xaa, at: 4) == .alreadyDecided(0xbb))
        #expect(try ledger.genesis() == 0xbb)
    }

    @Test(arguments: Driver.allCases) func ofManyAtOnceExactlyOneDecides(driver: Driver) throws {
        let directory = try TemporaryDirectory()
        let ledger = try driver.ledger(in: directory)
        let decisions = Mutex<[GenesisDecision]>([])
        DispatchQueue.concurrentPerform(iterations: 16) { index in
            guard let decision = try? ledger.recordGenesis(NodeID(integerLiteral: UInt32(index)), at: 0) else { return }
            decisions.withLock { $0.append(decision) }
        }
        let all = decisions.withLock { $0 }
        #expect(all.count == 16)
        #expect(all.count { $0 == .recorded } == 1)
        let winner = try #require(try ledger.genesis())
        #expect(all.allSatisfy { $0 == .recorded || $0 == .alreadyDecided(winner) })
    }

    @Test(arguments: Driver.allCases) func anIdentityIsMadeOnce(driver: Driver) throws {
        let directory = try TemporaryDirectory()
        let identities = try driver.identities(in: directory)
        let first = try identities.loadOrCreateIdentity { StoredIdentity(nodeID: 1, signingKey: Array(0..<32)) }
        #expect(first == StoredIdentity(nodeID: 1, signingKey: Array(0..<32)))
        let second = try identities.loadOrCreateIdentity {
            Issue.record("made a second identity")
            return StoredIdentity(nodeID: 2, signingKey: Array(repeating: 0, count: 32))
        }
        #expect(second == first)
    }

    @Test(arguments: Driver.allCases) func aKeyOfWrongLengthIsRefusedAndNothingKept(driver: Driver) throws {
        let directory = try TemporaryDirectory()
        let identities = try driver.identities(in: directory)
        #expect(throws: StateStoreError.invalidIdentity) {
            try identities.loadOrCreateIdentity { StoredIdentity(nodeID: 1, signingKey: [1, 2, 3]) }
        }
        let made = try identities.loadOrCreateIdentity { StoredIdentity(nodeID: 2, signingKey: Array(0..<32)) }
        #expect(made.nodeID == 2)
    }

    @Test(arguments: Driver.allCases) func thePeersOfTheLastTimeAreRememberedTheLastHeardFirst(driver: Driver) throws {
        let directory = try TemporaryDirectory()
        let book = try driver.peerBook(in: directory)
        #expect(try book.peers() == [])
        let one = StoredPeer(nodeID: 1, address: "ws://192.0.2.1:80", lastHeard: 10)
        let two = StoredPeer(nodeID: 2, address: "wss://peer.example.org", lastHeard: 30)
        let three = StoredPeer(nodeID: 3, address: "ws://[2001:db8::1]:80", lastHeard: 10)
        try book.replacePeers(with: [three, two, one])
        #expect(try book.peers() == [two, one, three], "equal ones by id")
        var moved = one
        moved.address = "ws://192.0.2.9:80"
        try book.replacePeers(with: [one, moved])
        #expect(try book.peers() == [moved], "the others are forgotten, and of one id the later counts")
        try book.replacePeers(with: [])
        #expect(try book.peers() == [])
    }

    @Test func aDescriptionDoesNotShowTheKey() {
        let identity = StoredIdentity(nodeID: 1, signingKey: Array(repeating: 77, count: 32))
        var dumped = ""
        dump(identity, to: &dumped)
        for text in ["\(identity)", String(reflecting: identity), dumped] { #expect(!text.contains("77")) }
    }
}
