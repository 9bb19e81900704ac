import Foundation
import GRDB
package import Kademlia

/// Keeps state in one SQLite file, `state.sqlite`, in a directory that belongs to this process alone while the store lives.
///
/// What a call has recorded is on the disk when it returns. A file that is not ours, damaged, or of a newer version is refused
/// and left untouched; one of an older version is brought up to date.
package final class SQLiteStateStore: GenesisLedger, IdentityStore, PeerBookStore {
    /// The file, for messages.
    package let path: String
    private let queue: DatabaseQueue
    /// Released last: when the file is closed.
    let lock: DirectoryLock
    let directory: String

    /// Opens the directory's state, or begins it if the directory has none.
    ///
    /// - Parameter directory: made if it does not exist, readable by its owner only.
    package init(directory: String) throws(StateStoreError) {
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: NSNumber(value: 0o700 as Int16)]
            )
        } catch {
            throw .directoryUnusable(path: directory, reason: Self.reason(of: error))
        }
        lock = try DirectoryLock(path: directory)
        self.directory = directory
        path = directory + "/" + StateFile.name
        if !FileManager.default.fileExists(atPath: path) {
            try StateFile.make(in: directory, lock: lock)
        }
        queue = try StateFile.open(path)
    }

    /// The system's text for what Foundation wraps in an error of its own.
    private static func reason(of error: any Error) -> String {
        let cause = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error ?? error) as NSError
        guard cause.domain == NSPOSIXErrorDomain else { return error.localizedDescription }
        return String(cString: strerror(Int32(truncatingIfNeeded: cause.code)))
    }

    package func genesis() throws -> NodeID? {
        try transaction { database in try self.storedGenesis(database) }
    }

    package func recordGenesis(
        _ node: NodeID,
        replacing previous: NodeID?,
        at unixMilliseconds: Int64
    ) throws -> GenesisDecision {
        try transaction { database in
            if let decided = try self.storedGenesis(database), decided != previous { return .alreadyDecided(decided) }
            try database.execute(
                sql: "INSERT OR REPLACE INTO genesis (only, node, decided_at_ms) VALUES (1, ?, ?)",
                arguments: [node.description, unixMilliseconds]
            )
            return .recorded
        }
    }

    package func loadOrCreateIdentity(make: () -> StoredIdentity) throws -> StoredIdentity {
        try transaction { database in
            if let row = try Row.fetchOne(database, sql: "SELECT node, signing_key FROM identity") {
                guard let node = NodeID(row["node"] as String), let key = row["signing_key"] as Data? else {
                    throw StateStoreError.damaged(path: path, reason: "the identity is not readable")
                }
                return StoredIdentity(nodeID: node, signingKey: Array(key))
            }
            let made = make()
            guard made.signingKey.count == StoredIdentity.signingKeyLength else {
                throw StateStoreError.invalidIdentity
            }
            try database.execute(
                sql: "INSERT INTO identity (only, node, signing_key) VALUES (1, ?, ?)",
                arguments: [made.nodeID.description, Data(made.signingKey)]
            )
            return made
        }
    }

    package func peers() throws -> [StoredPeer] {
        try transaction { database in
            let sql = "SELECT node, address, heard_at_ms FROM peers ORDER BY heard_at_ms DESC, node"
            return try Row.fetchAll(database, sql: sql).compactMap { row in
                guard let node = String.fromDatabaseValue(row["node"]).flatMap({ NodeID($0) }),
                    let address = String.fromDatabaseValue(row["address"]),
                    let lastHeard = Int64.fromDatabaseValue(row["heard_at_ms"])
                else { return nil }
                return StoredPeer(nodeID: node, address: address, lastHeard: lastHeard)
            }
        }
    }

    package func replacePeers(with peers: [StoredPeer]) throws {
        try transaction { database in
            try database.execute(sql: "DELETE FROM peers")
            for peer in peers {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO peers (node, address, heard_at_ms) VALUES (?, ?, ?)",
                    arguments: [peer.nodeID.description, peer.address, peer.lastHeard]
                )
            }
        }
    }

    private func storedGenesis(_ database: Database) throws -> NodeID? {
        guard let text = try String.fetchOne(database, sql: "SELECT node FROM genesis") else { return nil }
        guard let node = NodeID(text) else {
            throw StateStoreError.damaged(path: path, reason: "the genesis decision is not readable")
        }
        return node
    }

    private func transaction<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do {
            return try queue.write(body)
        } catch {
            throw StateStoreError(error, path: path)
        }
    }
}
