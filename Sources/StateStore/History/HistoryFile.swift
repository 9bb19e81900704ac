import Foundation
import GRDB

/// The SQLite file of a history: how it is made, recognised and opened, and what becomes of one that cannot be used.
enum HistoryFile {
    static let name = "history.sqlite"
    /// Where a file that cannot be used is put, for whoever wants to look into it. There is one: the next takes its place.
    static let nameOfDamaged = "history.sqlite.damaged"
    /// "CWAH" in ASCII (`PRAGMA application_id`).
    static let applicationID: Int64 = 0x4357_4148
    /// Goes up with every change of the tables (`PRAGMA user_version`). Another version is put aside, so that a program that was
    /// rolled back starts, too.
    static let version = 1

    /// What SQLite keeps beside a file in WAL mode. They take their mode from the file.
    private static let companions = ["-wal", "-shm"]

    private static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = "history"
        // Somebody may look into the file with another program for a moment.
        configuration.busyMode = .timeout(1)
        // A writer every second must not cost a wait for the disk each time. After a crash of the machine the last seconds may
        // be missing, which is all that can happen: GRDB sets `synchronous = NORMAL` with it.
        configuration.journalMode = .wal
        return configuration
    }

    /// Opens the file, or begins it.
    ///
    /// - Returns: also why the file that was there could not be used, if so.
    static func open(in directory: String) throws(StateStoreError) -> (DatabaseQueue, setAside: StateStoreError?) {
        let path = directory + "/" + name
        var problem: StateStoreError?
        if FileManager.default.fileExists(atPath: path) {
            do {
                return (try reopen(path), setAside: nil)
            } catch {
                // A full disk, or another reader for a moment: the file is good, and a start without it is better than none of it.
                if case .failed = error { throw error }
                problem = error
                try setAside(in: directory)
            }
        }
        return (try make(in: directory), setAside: problem)
    }

    /// The file is looked at before anything is written to it: whatever it is, it can then be put aside as it was.
    private static func reopen(_ path: String) throws(StateStoreError) -> DatabaseQueue {
        try StateFile.checkBeginning(of: path)
        do {
            var reading = GRDB.Configuration()
            reading.readonly = true
            reading.busyMode = .timeout(1)
            let reader = try DatabaseQueue(path: path, configuration: reading)
            try reader.read { database in try check(database, path: path) }
            try reader.close()
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try StateFile.reserveToOwner(path)
            return queue
        } catch {
            throw StateStoreError(error, path: path)
        }
    }

    private static func check(_ database: Database, path: String) throws {
        let application = try Int64.fetchOne(database, sql: "PRAGMA application_id")
        guard application == applicationID else {
            throw StateStoreError.notAStateFile(path: path, reason: "it is a database of another program")
        }
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard found == version else {
            throw StateStoreError.unknownVersion(path: path, found: found, supported: version)
        }
        // The quick one: comparing each index with its table would take seconds, and is not worth a slow start.
        let verdict = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard verdict == "ok" else { throw StateStoreError.damaged(path: path, reason: verdict) }
        for table in ["events", "joins"] where try !database.tableExists(table) {
            throw StateStoreError.damaged(path: path, reason: "the table \(table) is missing")
        }
    }

    private static func setAside(in directory: String) throws(StateStoreError) {
        let path = directory + "/" + name
        let aside = directory + "/" + nameOfDamaged
        do {
            for suffix in [""] + companions {
                try? FileManager.default.removeItem(atPath: aside + suffix)
                guard FileManager.default.fileExists(atPath: path + suffix) else { continue }
                // A log that stayed would be taken for the new file's.
                try FileManager.default.moveItem(atPath: path + suffix, toPath: aside + suffix)
            }
        } catch {
            throw .failed(path: path, reason: "it cannot be put aside: \(error)")
        }
    }

    /// A crash before this is done leaves a file that is put aside at the next start.
    private static func make(in directory: String) throws(StateStoreError) -> DatabaseQueue {
        let path = directory + "/" + name
        try StateFile.touch(path, in: directory)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { database in
                try database.execute(
                    sql: """
                        PRAGMA application_id = \(applicationID);
                        PRAGMA user_version = \(version);
                        CREATE TABLE events (
                            id INTEGER PRIMARY KEY NOT NULL,
                            at INTEGER NOT NULL,
                            level TEXT NOT NULL,
                            kind TEXT NOT NULL,
                            subject TEXT,
                            text TEXT NOT NULL
                        );
                        CREATE TABLE joins (
                            number INTEGER PRIMARY KEY NOT NULL,
                            id TEXT UNIQUE NOT NULL,
                            asked_at INTEGER NOT NULL,
                            newcomer TEXT NOT NULL,
                            helper TEXT,
                            outcome TEXT NOT NULL,
                            steps TEXT NOT NULL
                        );
                        """
                )
            }
            return queue
        } catch {
            throw StateStoreError(error, path: path)
        }
    }
}
