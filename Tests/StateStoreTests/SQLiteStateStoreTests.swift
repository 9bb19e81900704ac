import Foundation
import GRDB
import Kademlia
import StateStore
import Testing

@Suite struct SQLiteStateStoreTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Opens, does something, closes.
    private func withStore<Result>(_ body: (SQLiteStateStore) throws -> Result) throws -> Result {
        try body(SQLiteStateStore(directory: directory.path))
    }

    /// The error with which opening is refused, after checking that the file was not touched.
    private func refusal() throws -> StateStoreError? {
        let before = try Data(contentsOf: directory.file)
        let error = #expect(throws: StateStoreError.self) { try SQLiteStateStore(directory: directory.path) }
        #expect(try Data(contentsOf: directory.file) == before)
        return error
    }

    @Test func whatWasRecordedIsThereAfterReopening() throws {
        let identity = StoredIdentity(nodeID: 7, signingKey: Array(100..<132))
        try withStore { store in
            #expect(try store.recordGenesis(0xaa, at: 1_795_344_183_908) == .recorded)
            _ = try store.loadOrCreateIdentity { identity }
        }
        let store = try SQLiteStateStore(directory: directory.path)
        #expect(try store.genesis() == 0xaa)
        #expect(try store.recordGenesis(0xbb, at: 0) == .alreadyDecided(0xaa))
        #expect(try store.loadOrCreateIdentity { StoredIdentity(nodeID: 8, signingKey: []) } == identity)
    }

    // MARK: Version 1

    /// A file as version 1 made it.
    private func makeVersionOne() throws {
        let queue = try DatabaseQueue(path: directory.file.path)
        try queue.write { database in
            try database.execute(
                sql: """
                    PRAGMA application_id = 1129791833;
                    PRAGMA user_version = 1;
                    CREATE TABLE genesis (
                        only INTEGER PRIMARY KEY CHECK (only = 1),
                        node TEXT NOT NULL,
                        decided_at_ms INTEGER NOT NULL
                    );
                    CREATE TABLE identity (
                        only INTEGER PRIMARY KEY CHECK (only = 1),
                        node TEXT NOT NULL,
                        signing_key BLOB NOT NULL CHECK (length(signing_key) = 32)
                    );
                    INSERT INTO genesis VALUES (1, '00000000000000000000000000000000000000aa', 5);
                    INSERT INTO identity VALUES (1, '00000000000000000000000000000000000000bb', zeroblob(32));
                    """
            )
        }
        try queue.close()
    }

    @Test func aFileOfVersionOneIsBroughtUpToDateAndLosesNothing() throws {
        try makeVersionOne()
        let peer = StoredPeer(nodeID: 1, address: "ws://192.0.2.1:80", lastHeard: 7)
        for round in 0..<2 {
            try withStore { store in
                #expect(try store.genesis() == 0xaa)
                let identity = try store.loadOrCreateIdentity { StoredIdentity(nodeID: 8, signingKey: []) }
                #expect(identity == StoredIdentity(nodeID: 0xbb, signingKey: Array(repeating: 0, count: 32)))
                #expect(try store.peers() == (round == 0 ? [] : [peer]))
                try store.replacePeers(with: [peer])
            }
        }
        let queue = try DatabaseQueue(path: directory.file.path)
        #expect(try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 2)
    }

    @Test func aDamagedFileOfVersionOneStaysAsItIs() throws {
        try makeVersionOne()
        try change("DROP TABLE identity")
        #expect(
            try refusal() == .damaged(path: directory.file.path, reason: "the table identity is missing")
        )
    }

    // MARK: Peers

    @Test func peersAreThereAfterReopening() throws {
        let peers = (0..<64).map {
            StoredPeer(
                nodeID: NodeID(integerLiteral: $0),
                address: "ws://192.0.2.\($0):80",
                lastHeard: 1_000 - Int64($0)
            )
        }
        try withStore { try $0.replacePeers(with: peers.shuffled()) }
        #expect(try withStore { try $0.peers() } == peers)
    }

    @Test func aPeerThatCannotBeReadIsLeftOut() throws {
        let peer = StoredPeer(nodeID: 1, address: "ws://192.0.2.1:80", lastHeard: 7)
        try withStore { try $0.replacePeers(with: [peer]) }
        try change("INSERT INTO peers VALUES ('nobody', 'ws://192.0.2.2:80', 8)")
        try change("INSERT INTO peers VALUES ('00000000000000000000000000000000000000cc', x'00ff', 'long ago')")
        #expect(try withStore { try $0.peers() } == [peer])
    }

    @Test func whatWasRecordedIsInTheFileWhileTheStoreIsOpen() throws {
        try withStore { store in
            _ = try store.recordGenesis(0xaa, at: 5)
            var configuration = Configuration()
            configuration.readonly = true
            let other = try DatabaseQueue(path: directory.file.path, configuration: configuration)
            let rows = try other.read { try Row.fetchAll($0, sql: "SELECT node, decided_at_ms FROM genesis") }
            #expect(rows == [["node": NodeID(integerLiteral: 0xaa).description, "decided_at_ms": 5]])
            #expect(try other.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "delete")
        }
    }

    @Test func aSecondStoreOnADirectoryIsRefusedUntilTheFirstIsGone() throws {
        try withStore { _ in
            _ = #expect(throws: StateStoreError.inUse(path: directory.path)) {
                try SQLiteStateStore(directory: directory.path)
            }
        }
        #expect(throws: Never.self) { try SQLiteStateStore(directory: directory.path) }
    }

    @Test func onlyTheOwnerMayReadTheFile() throws {
        let inner = directory.path + "/a/b"
        let store = try SQLiteStateStore(directory: inner)
        func mode(_ path: String) throws -> Int? {
            (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
        }
        #expect(try mode(store.path) == 0o600)
        #expect(try mode(inner) == 0o700)
        #expect(try FileManager.default.contentsOfDirectory(atPath: inner) == ["state.sqlite"])
    }

    @Test func anEmptyFileIsRefused() throws {
        try Data().write(to: directory.file)
        #expect(try refusal() == .notAStateFile(path: directory.file.path, reason: "it is empty"))
    }

    @Test(arguments: [1, 15, 16, 100, 511, 512, 4_096, 50_000]) func garbageIsRefused(length: Int) throws {
        try Data((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }).write(to: directory.file)
        #expect(try refusal() == .notAStateFile(path: directory.file.path, reason: "it is not an SQLite file"))
    }

    @Test func aFileThatOnlyBeginsLikeADatabaseIsRefused() throws {
        try Data("SQLite format 3\u{0}and so on".utf8).write(to: directory.file)
        guard case .notAStateFile = try refusal() else {
            Issue.record("expected .notAStateFile")
            return
        }
    }

    @Test func aDatabaseOfAnotherProgramIsRefused() throws {
        let queue = try DatabaseQueue(path: directory.file.path)
        try queue.write { try $0.execute(sql: "CREATE TABLE t (x)") }
        try queue.close()
        #expect(
            try refusal() == .notAStateFile(path: directory.file.path, reason: "it is a database of another program")
        )
    }

    @Test(arguments: [0, 3, 99]) func anotherVersionIsRefused(version: Int) throws {
        try withStore { _ = try $0.recordGenesis(0xaa, at: 1) }
        try change("PRAGMA user_version = \(version)")
        #expect(try refusal() == .unknownVersion(path: directory.file.path, found: version, supported: 2))
    }

    @Test func aTruncatedFileIsRefused() throws {
        try withStore { _ = try $0.recordGenesis(0xaa, at: 1) }
        let whole = try Data(contentsOf: directory.file)
        for length in [whole.count / 2, whole.count - 1, 4_096, 100, 20] {
            try whole.prefix(length).write(to: directory.file)
            switch try refusal() {
            case .damaged, .notAStateFile: break
            case let other: Issue.record("\(length) bytes: \(other.map { "\($0)" } ?? "no error")")
            }
        }
    }

    @Test func aFileWithPagesOverwrittenIsRefused() throws {
        try withStore { _ = try $0.recordGenesis(0xaa, at: 1) }
        var bytes = try Data(contentsOf: directory.file)
        bytes.replaceSubrange(4_096..<bytes.count, with: Data(repeating: 0xff, count: bytes.count - 4_096))
        try bytes.write(to: directory.file)
        guard case .damaged = try refusal() else {
            Issue.record("expected .damaged")
            return
        }
    }

    @Test(arguments: [
        "UPDATE genesis SET node = 'nonsense'", "DROP TABLE genesis", "DROP TABLE identity", "DROP TABLE peers",
    ])
    func aFileWhoseContentsMakeNoSenseIsRefusedAtTheLatestWhenRead(sql: String) throws {
        try withStore { _ = try $0.recordGenesis(0xaa, at: 1) }
        try change(sql)
        #expect {
            try withStore { _ = try $0.genesis() }
        } throws: { error in
            if case .damaged = error as? StateStoreError { true } else { false }
        }
    }

    @Test func whatACrashLeftBeforeTheFirstUseIsSweptAway() throws {
        try Data("half".utf8).write(to: URL(filePath: directory.path + "/state.sqlite.new"))
        let store = try SQLiteStateStore(directory: directory.path)
        #expect(try store.genesis() == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["state.sqlite"])
    }

    @Test func aDirectoryThatCannotBeMadeIsNamed() throws {
        try Data().write(to: URL(filePath: directory.path + "/file"))
        let error = #expect(throws: StateStoreError.self) {
            try SQLiteStateStore(directory: directory.path + "/file/sub")
        }
        guard case .directoryUnusable(let path, _) = error else {
            Issue.record("expected .directoryUnusable")
            return
        }
        #expect(path == directory.path + "/file/sub")
    }

    /// A process that dies in the middle of a commit leaves a journal; the half commit must not count.
    @Test func aCommitThatWasCutShortDoesNotCount() throws {
        try withStore { _ in }
        let before = try Data(contentsOf: directory.file)
        // A transaction left open, its pages forced to the file, and file and journal copied as a crash would leave them.
        let queue = try DatabaseQueue(path: directory.file.path)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
            let node = NodeID(integerLiteral: 0xaa).description
            try database.execute(sql: "INSERT INTO genesis VALUES (1, ?, 1)", arguments: [node])
            try database.execute(sql: "CREATE TABLE filler (x); INSERT INTO filler VALUES (zeroblob(200000))")
            let crashed = try TemporaryDirectory()
            for suffix in ["", "-journal"] {
                try FileManager.default.copyItem(
                    atPath: directory.file.path + suffix,
                    toPath: crashed.file.path + suffix
                )
            }
            #expect(try Data(contentsOf: crashed.file) != before)
            #expect(try SQLiteStateStore(directory: crashed.path).genesis() == nil)
            try database.execute(sql: "ROLLBACK")
        }
    }

    private func change(_ sql: String) throws {
        let queue = try DatabaseQueue(path: directory.file.path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }
}
