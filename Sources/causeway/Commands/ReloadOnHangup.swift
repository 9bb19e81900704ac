import Logging
import ServiceLifecycle
import Telemetry
import UnixSignals

/// Takes the configuration over anew at each SIGHUP.
struct ReloadOnHangup: Service {
    let logger: Logger
    /// Throws before it changes anything, or not at all.
    let reload: @Sendable () async throws -> Void

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do {
                try await reload()
                logger.notice("configuration reloaded")
            } catch {
                logger.error("configuration not reloaded; all stays as it was", [.reason: "\(error)"])
            }
        }
    }
}
