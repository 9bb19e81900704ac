import Logging
import StateStore
import Telemetry

extension SQLiteStateStore {
    /// What happened so far, as it is kept beside the state. A server runs without it as well: then it remembers in memory alone.
    func openedHistory(logger: Logger) -> any HistoryStore {
        do {
            let history = try history()
            if let problem = history.setAside {
                logger.warning(
                    "the history could not be read; it was set aside and begun anew",
                    [.reason: "\(problem)"]
                )
            }
            return history
        } catch {
            logger.warning("no history is kept on disk", [.reason: "\(error)"])
            return InMemoryHistoryStore()
        }
    }
}
