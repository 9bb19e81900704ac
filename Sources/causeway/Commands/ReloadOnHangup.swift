import Logging
import ServiceLifecycle
import Telemetry
import UnixSignals

/// Takes the configuration over anew at each SIGHUP, and says what became of it.
struct ReloadOnHangup: Service {
    /// What holds when the service starts.
    let running: SettingListing
    let logger: Logger
    /// Hears whether it was reloaded, and one sentence on that.
    var note: @Sendable (_ isReloaded: Bool, _ text: String) -> Void = { _, _ in }
    /// Throws before it changes anything, or not at all; returns what is set now.
    let reload: @Sendable () async throws -> SettingListing

    func run() async throws {
        var running = running
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            ServiceManager.current.tell(.reloading)
            defer { ServiceManager.current.tell(.ready) }
            do {
                let new = try await reload()
                report(running.changes(to: new))
                running = running.adopting(new)
            } catch {
                logger.error("configuration not reloaded; all stays as it was", [.reason: "\(error)"])
                note(false, "configuration not reloaded; all stays as it was: \(error)")
            }
        }
    }

    private func report(_ changes: [SettingListing.Change]) {
        for change in changes {
            let facts: KeyValuePairs<LogKey, Logger.MetadataValue> = [
                .setting: "\(change.key.rawValue)", .previous: "\(change.old)", .value: "\(change.new)",
                .effect: "\(Self.effect(of: change).rawValue)",
            ]
            switch Self.effect(of: change) {
            case .applied, .contentApplied: logger.notice("setting changed", facts)
            case .needsRestart: logger.warning("setting changed", facts)
            }
        }
        let waiting = changes.filter { Self.effect(of: $0) == .needsRestart }.count
        logger.notice(
            "configuration reloaded, certificates included",
            [.count: "\(changes.count)", .needingRestart: "\(waiting)"]
        )
        let names = changes.map { change in
            change.key.rawValue + (Self.effect(of: change) == .needsRestart ? " (needs a restart)" : "")
        }
        note(
            true,
            "configuration reloaded" + (names.isEmpty ? ", nothing changed" : ": \(names.joined(separator: ", "))")
        )
    }

    /// What is in a file is read again, but from the path it had at the start.
    private static func effect(of change: SettingListing.Change) -> SettingDescription.Change {
        change.effect == .contentApplied ? .needsRestart : change.effect
    }
}
