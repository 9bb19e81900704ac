import Foundation
import GRDB

/// The SQLite file of a state directory: how it is made, recognised and opened.
enum StateFile {
    static let name = "state.sqlite"
    /// A file being made. One that is found was left by a crash before the state directory was ever used.
    static let nameWhileMaking = "state.sqlite.new"
    /// "CWAY" in ASCII: tells our files from other databases (`PRAGMA application_id`).
    static let applicationID: Int64 = 0x4357_4159
    /// Goes up whenever an older program would misread the file (`PRAGMA user_version`).
    static let version = 2
    /// The tables of each version that we read.
    private static let tables = [
        1: ["genesis", "identity"],
        2: ["genesis", "identity", "peers"],
    ]
    /// What version 2 added.
    private static let peersTable = """
        CREATE TABLE peers (
            node TEXT PRIMARY KEY NOT NULL,
            address TEXT NOT NULL,
            heard_at_ms INTEGER NOT NULL
        );
        """

    /// The first bytes of every SQLite file (https://www.sqlite.org/fileformat.html, 1.3).
    private static let magic = Data("SQLite format 3\u{0}".utf8)

    private static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.label = "state"
        // Somebody may look into the file with another program for a moment.
        configuration.busyMode = .timeout(1)
        configuration.prepareDatabase { database in
            // A commit returns only after file and directory are on the disk.
            try database.execute(sql: "PRAGMA synchronous = EXTRA")
        }
        return configuration
    }

    /// Makes the file of a directory that has none. It gets its name only when it is complete, so that an empty or half-made file
    /// under that name always means damage. It is readable by its owner only, as a private key may be in it.
    static func make(in directory: String, lock: DirectoryLock) throws(StateStoreError) {
        let path = directory + "/" + nameWhileMaking
        do {
            try? FileManager.default.removeItem(atPath: path)
            try touch(path, in: directory)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { database in
                try database.execute(
                    sql: """
                        PRAGMA application_id = \(applicationID);
                        PRAGMA user_version = \(version);
                        CREATE TABLE genesis (
                            only INTEGER PRIMARY KEY CHECK (only = 1),
                            node TEXT NOT NULL,
                            decided_at_ms INTEGER NOT NULL
                        );
                        CREATE TABLE identity (
                            only INTEGER PRIMARY KEY CHECK (only = 1),
                            node TEXT NOT NULL,
                            signing_key BLOB NOT NULL CHECK (length(signing_key) = \(StoredIdentity.signingKeyLength))
                        );
                        \(peersTable)
                        """
                )
            }
            try queue.close()
            try FileManager.default.moveItem(atPath: path, toPath: directory + "/" + name)
        } catch let error as StateStoreError {
            throw error
        } catch {
            throw .directoryUnusable(path: directory, reason: "\(error)")
        }
        guard lock.synchronize() else { throw .directoryUnusable(path: directory, reason: DirectoryLock.reason()) }
    }

    /// Opens a file that exists, if it is one of ours and whole. One of an older version becomes one of this version.
    static func open(_ path: String) throws(StateStoreError) -> DatabaseQueue {
        try checkBeginning(of: path)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            let found = try queue.read { database in try check(database, path: path) }
            try reserveToOwner(path)
            if found < version { try queue.write(migrate) }
            return queue
        } catch {
            throw StateStoreError(error, path: path)
        }
    }

    /// Makes an empty file that only its owner may read.
    static func touch(_ path: String, in directory: String) throws(StateStoreError) {
        let isMade = FileManager.default.createFile(
            atPath: path,
            contents: Data(),
            attributes: [.posixPermissions: NSNumber(value: 0o600 as Int16)]
        )
        guard isMade else { throw .directoryUnusable(path: directory, reason: DirectoryLock.reason()) }
    }

    static func reserveToOwner(_ path: String) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: NSNumber(value: 0o600 as Int16)],
            ofItemAtPath: path
        )
    }

    /// SQLite takes an empty file for a new database. To us it means that something emptied it.
    static func checkBeginning(of path: String) throws(StateStoreError) {
        let beginning: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            beginning = try file.read(upToCount: magic.count) ?? Data()
            try file.close()
        } catch {
            throw .failed(path: path, reason: "\(error)")
        }
        guard !beginning.isEmpty else { throw .notAStateFile(path: path, reason: "it is empty") }
        guard beginning == magic else { throw .notAStateFile(path: path, reason: "it is not an SQLite file") }
    }

    /// In one transaction: a crash leaves the old version whole.
    private static func migrate(_ database: Database) throws {
        try database.execute(sql: peersTable)
        try database.execute(sql: "PRAGMA user_version = \(version)")
    }

    /// - Returns: the version of the file, one that we read.
    private static func check(_ database: Database, path: String) throws -> Int {
        let application = try Int64.fetchOne(database, sql: "PRAGMA application_id")
        guard application == applicationID else {
            throw StateStoreError.notAStateFile(path: path, reason: "it is a database of another program")
        }
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard let tables = tables[found] else {
            throw StateStoreError.unknownVersion(path: path, found: found, supported: version)
        }
        let verdict = try String.fetchOne(database, sql: "PRAGMA integrity_check(1)") ?? "no answer"
        guard verdict == "ok" else { throw StateStoreError.damaged(path: path, reason: verdict) }
        // SQLite reads what is missing at the end as zeros.
        let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let pageSize = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        guard size?.int64Value == pages * pageSize else {
            throw StateStoreError.damaged(path: path, reason: "its end is missing")
        }
        for table in tables where try !database.tableExists(table) {
            throw StateStoreError.damaged(path: path, reason: "the table \(table) is missing")
        }
        return found
    }
}

extension StateStoreError {
    /// Sorts an error of the database by what it says about the file.
    init(_ error: any Error, path: String) {
        if let error = error as? StateStoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            self = .failed(path: path, reason: "\(error)")
            return
        }
        let reason = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_NOTADB: self = .notAStateFile(path: path, reason: reason)
        case .SQLITE_CORRUPT: self = .damaged(path: path, reason: reason)
        default: self = .failed(path: path, reason: reason)
        }
    }
}
