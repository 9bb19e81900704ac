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

    @Test(arguments: [0, 2, 99]) func anotherVersionIsRefused(version: Int) throws {
        try withStore { _ = try $0.recordGenesis(0xaa, at: 1) }
        try change("PRAGMA user_version = \(version)")
        #expect(try refusal() == .unknownVersion(path: directory.file.path, found: version, supported: 1))
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

    @Test(arguments: ["UPDATE genesis SET node = 'nonsense'", "DROP TABLE genesis", "DROP TABLE identity"])
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
