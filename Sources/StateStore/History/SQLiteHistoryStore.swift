import GRDB
import Kademlia
package import Observation

/// Keeps history in one SQLite file, `history.sqlite`, beside the state; `SQLiteStateStore.history` opens it.
///
/// Nothing depends on it: a file that cannot be used is put aside and begun anew, and what a call has recorded may be lost if the
/// machine stops within seconds.
package final class SQLiteHistoryStore: HistoryStore {
    /// The file, for messages.
    package let path: String
    /// Why the file that was there could not be used, if so.
    package let setAside: StateStoreError?
    private let bounds: HistoryBounds
    private let queue: DatabaseQueue
    /// The directory stays ours while either store lives.
    private let lock: DirectoryLock

    init(directory: String, lock: DirectoryLock, bounds: HistoryBounds) throws(StateStoreError) {
        (queue, setAside) = try HistoryFile.open(in: directory)
        path = directory + "/" + HistoryFile.name
        self.lock = lock
        self.bounds = bounds
    }

    package func append(events: [OperatorEvent]) throws {
        guard !events.isEmpty else { return }
        try write { database in
            let insert = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO events (id, at, level, kind, subject, text) VALUES (?, ?, ?, ?, ?, ?)"
            )
            for event in events {
                try insert.execute(arguments: [
                    event.id, event.at, event.level.rawValue, event.kind.rawValue, event.subject, event.text,
                ])
            }
            // Both ends of the key: however many there are, this looks at what it removes.
            let prune = "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?"
            try database.cachedStatement(sql: prune).execute(arguments: [bounds.events])
        }
    }

    package func lastEventID() throws -> Int64 {
        try read { try Int64.fetchOne($0, sql: "SELECT max(id) FROM events") ?? 0 }
    }

    package func events(
        from: Int64?,
        until: Int64?,
        kinds: [OperatorEvent.Kind]?,
        limit: Int
    ) throws -> [OperatorEvent] {
        let limit = min(max(0, limit), HistoryBounds.maxAnswer)
        // The names of kinds are our own words.
        let kindsFit = kinds.map { " AND kind IN (" + $0.map { "'\($0.rawValue)'" }.joined(separator: ",") + ")" }
        let sql = """
            SELECT id, at, level, kind, subject, text FROM events WHERE at >= ? AND at < ?\(kindsFit ?? "")
            ORDER BY id DESC LIMIT ?
            """
        let rows = try read {
            try Row.fetchAll($0, sql: sql, arguments: [from ?? .min, until ?? .max, limit])
        }
        return rows.reversed().compactMap { row in
            guard let id = Int64.fromDatabaseValue(row["id"]), let at = Int64.fromDatabaseValue(row["at"]),
                let level = String.fromDatabaseValue(row["level"]).flatMap(OperatorEvent.Level.init(rawValue:)),
                let kind = String.fromDatabaseValue(row["kind"]).flatMap(OperatorEvent.Kind.init(rawValue:)),
                let text = String.fromDatabaseValue(row["text"])
            else { return nil }
            let subject = String.fromDatabaseValue(row["subject"])
            return OperatorEvent(id: id, at: at, level: level, kind: kind, subject: subject, text: text)
        }
    }

    package func record(joins: [JoinTimeline]) throws {
        guard !joins.isEmpty else { return }
        try write { database in
            // Not INSERT OR REPLACE: the row keeps its number, so that numbers have no holes and tell how many there are.
            let insert = try database.cachedStatement(
                sql: """
                    INSERT INTO joins (id, asked_at, newcomer, helper, outcome, steps) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (id) DO UPDATE SET asked_at = excluded.asked_at, newcomer = excluded.newcomer,
                        helper = excluded.helper, outcome = excluded.outcome, steps = excluded.steps
                    """
            )
            for join in joins {
                try insert.execute(arguments: [
                    join.id, join.askedAt, join.newcomer.description, join.helper?.description, join.outcome.rawValue,
                    StoredSteps.text(of: join),
                ])
            }
            let prune = "DELETE FROM joins WHERE number <= (SELECT max(number) FROM joins) - ?"
            try database.cachedStatement(sql: prune).execute(arguments: [bounds.joins])
        }
    }

    package func join(_ id: String) throws -> JoinTimeline? {
        let sql = "SELECT asked_at, newcomer, helper, steps FROM joins WHERE id = ?"
        guard let row = try read({ try Row.fetchOne($0, sql: sql, arguments: [id]) }),
            let askedAt = Int64.fromDatabaseValue(row["asked_at"]),
            let newcomer = String.fromDatabaseValue(row["newcomer"]).flatMap({ NodeID($0) }),
            let stored = String.fromDatabaseValue(row["steps"]).flatMap({ try? StoredSteps($0) })
        else { return nil }
        return JoinTimeline(
            id: id,
            askedAt: askedAt,
            newcomer: newcomer,
            helper: String.fromDatabaseValue(row["helper"]).flatMap { NodeID($0) },
            steps: stored.steps,
            stepsDropped: stored.dropped
        )
    }

    private func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do {
            return try queue.read(body)
        } catch {
            throw StateStoreError(error, path: path)
        }
    }

    private func write(_ body: (Database) throws -> Void) throws {
        do {
            try queue.write(body)
        } catch {
            throw StateStoreError(error, path: path)
        }
    }
}

extension SQLiteStateStore {
    /// The history that is kept beside the state. Call it once.
    ///
    /// - Throws: if not even a new file can be made; an `InMemoryHistoryStore` does then.
    package func history(bounds: HistoryBounds = HistoryBounds()) throws(StateStoreError) -> SQLiteHistoryStore {
        try SQLiteHistoryStore(directory: directory, lock: lock, bounds: bounds)
    }
}
