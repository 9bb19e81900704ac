import Foundation
import GRDB
import Kademlia
import Observation
import StateStore
import Testing

@Suite struct SQLiteHistoryStoreTests {
    let directory: TemporaryDirectory
    private let event = OperatorEvent(id: 3, at: 5, level: .info, kind: .ready, text: "ready")
    private let join = JoinTimeline(
        id: "ff",
        askedAt: 5,
        newcomer: 7,
        steps: [
            JoinTimeline.Step(afterMicroseconds: 0, event: .asked),
            JoinTimeline.Step(afterMicroseconds: 9, event: .turnedAway, detail: "busy"),
        ]
    )

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var path: String { directory.path + "/history.sqlite" }
    private var damaged: String { path + ".damaged" }

    /// Opens, does something, closes.
    private func withHistory<Result>(_ body: (SQLiteHistoryStore) throws -> Result) throws -> Result {
        try body(SQLiteStateStore(directory: directory.path).history())
    }

    private func change(_ sql: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    @Test func whatWasRecordedIsThereAfterReopening() throws {
        try withHistory { (history) throws in
            try history.append(events: [event])
            try history.record(joins: [join])
        }
        try withHistory { (history) throws in
            #expect(history.setAside == nil)
            #expect(try history.lastEventID() == 3)
            #expect(try history.events(from: nil, until: nil, kinds: nil, limit: 9) == [event])
            #expect(try history.join("ff") == join)
        }
    }

    @Test func aPersonCanReadTheFileWithAnyProgram() throws {
        try withHistory { (history) throws in
            try history.record(joins: [join])
            let other = try DatabaseQueue(path: path)
            let row = try other.read { try Row.fetchOne($0, sql: "SELECT outcome, steps FROM joins") }
            #expect(
                row == [
                    "outcome": "turned_away",
                    "steps": #"{"steps":[[0,"asked"],[9,"turned_away",null,"busy"]],"dropped":0}"#,
                ]
            )
            #expect(try other.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
        }
    }

    @Test func onlyTheOwnerMayReadTheFiles() throws {
        try withHistory { (history) throws in
            try history.append(events: [event])
            for suffix in ["", "-wal", "-shm"] {
                let mode = try FileManager.default.attributesOfItem(atPath: path + suffix)[.posixPermissions]
                #expect((mode as? NSNumber)?.intValue == 0o600, "\(suffix)")
            }
        }
    }

    @Test func theDirectoryStaysTakenWhileTheHistoryLives() throws {
        let history = try SQLiteStateStore(directory: directory.path).history()
        #expect(throws: StateStoreError.inUse(path: directory.path)) { try SQLiteStateStore(directory: directory.path) }
        #expect(try history.lastEventID() == 0)
    }

    // MARK: Files that cannot be used

    /// After whatever was done to the file, history begins anew, and the file is still there under its other name.
    private func expectANewBeginning(_ comment: Comment) throws {
        let before = try Data(contentsOf: URL(filePath: path))
        try withHistory { (history) throws in
            #expect(history.setAside != nil, comment)
            #expect(try history.lastEventID() == 0, comment)
            #expect(try history.join("ff") == nil, comment)
            try history.append(events: [event])
            try history.record(joins: [join])
        }
        #expect(try Data(contentsOf: URL(filePath: damaged)) == before, comment)
        try withHistory { (history) throws in
            #expect(history.setAside == nil, comment)
            #expect(try history.lastEventID() == 3, comment)
        }
    }

    @Test func whatIsNoHistoryIsPutAsideAndBegunAnew() throws {
        for length in [0, 1, 15, 100, 5_000] {
            try Data((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }).write(to: URL(filePath: path))
            try expectANewBeginning("garbage of \(length) bytes")
        }
        try Data("SQLite format 3\u{0}and so on".utf8).write(to: URL(filePath: path))
        try expectANewBeginning("only begins like a database")
        try FileManager.default.removeItem(atPath: path)
        try change("CREATE TABLE t (x)")
        try expectANewBeginning("another program's")
    }

    @Test(arguments: ["PRAGMA user_version = 2", "DROP TABLE joins", "DROP TABLE events"])
    func aHistoryOfAnotherShapeIsPutAside(sql: String) throws {
        try withHistory { try $0.append(events: [event]) }
        try change(sql)
        try expectANewBeginning("\(sql)")
    }

    @Test func aHistoryWithPagesOverwrittenIsPutAside() throws {
        try withHistory { (history) throws in
            try history.record(joins: (0..<500).map { JoinTimeline(id: "\($0)", askedAt: 0, newcomer: 7) })
        }
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes.replaceSubrange(4_096..<bytes.count, with: Data(repeating: 0xff, count: bytes.count - 4_096))
        try bytes.write(to: URL(filePath: path))
        try expectANewBeginning("overwritten")
    }

    @Test func aLogOfTheFileThatWasPutAsideIsNotTakenForTheNewOne() throws {
        try withHistory { (history) throws in
            try history.append(events: [event])
            // As a crash leaves them: what was written is in the log alone.
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: directory.path + "/copy" + suffix)
            }
        }
        try FileManager.default.removeItem(atPath: path)
        for suffix in ["", "-wal"] {
            try FileManager.default.moveItem(atPath: directory.path + "/copy" + suffix, toPath: path + suffix)
        }
        #expect(try withHistory { try $0.lastEventID() } == 3, "a whole log counts")
        try Data("x".utf8).write(to: URL(filePath: path))
        try Data(repeating: 7, count: 9_000).write(to: URL(filePath: path + "-wal"))
        try expectANewBeginning("file and log are garbage")
        #expect(try Data(contentsOf: URL(filePath: damaged + "-wal")).count == 9_000)
    }

    @Test func rowsThatCannotBeReadAreLeftOut() throws {
        try withHistory { (history) throws in
            try history.append(events: [event])
            try history.record(joins: [join])
        }
        try change("INSERT INTO events VALUES (4, 6, 'info', 'from_the_future', NULL, 'x')")
        try change("INSERT INTO events VALUES (5, 'x', 'loud', 'ready', NULL, x'ff')")
        try change("INSERT INTO joins VALUES (7, 'aa', 0, 'nobody', NULL, '', '{}')")
        try change("INSERT INTO joins VALUES (8, 'bb', 0, '\(NodeID(integerLiteral: 7))', NULL, '', '{')")
        try withHistory { (history) throws in
            #expect(try history.events(from: nil, until: nil, kinds: nil, limit: 9) == [event])
            #expect(try history.lastEventID() == 5)
            #expect(try history.join("aa") == nil)
            #expect(try history.join("bb") == nil)
        }
    }
}
