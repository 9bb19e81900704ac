import LinkCore
import Logging
import Observation
import Telemetry
import Timekeeping

/// What operators read of the links: each change once, in constant words.
struct PoolLog: Sendable {
    let logger: Logger
    let observatory: Observatory

    func statusChanged(_ change: StatusChange) {
        var facts = Logger.Metadata()
        if let address = change.address { facts[.address] = "\(address)" }
        if let bridge = change.bridge { facts[.bridge] = "\(bridge)" }
        if let error = change.error { facts[.reason] = "\(error)" }
        switch change.status {
        case .connecting:
            logger.debug("bridge link connecting", metadata: facts)
        case .connected:
            logger.info("bridge link connected", metadata: facts)
            observatory.note(.bridgeConnected, .info, subject: change.name, "bridge link connected")
        case .disconnected:
            logger.log(level: change.isNews ? .warning : .debug, "bridge link disconnected", metadata: facts)
            guard change.isNews else { break }
            observatory.note(.bridgeLost, .warning, subject: change.name, "bridge link disconnected\(change.because)")
        case .failed:
            logger.log(level: change.isNews ? .error : .debug, "bridge refused the secret", metadata: facts)
            guard change.isNews else { break }
            observatory.note(.bridgeRefused, .error, subject: change.name, "bridge refused the secret\(change.because)")
        }
    }

    func noticed(_ notice: PoolNotice) {
        switch notice {
        case .ejected(_, let bridge, let duration):
            logger.warning(
                "bridge ejected: it is connected but does not answer",
                [.bridge: "\(bridge ?? "unknown")", .seconds: "\(duration.wholeMilliseconds / 1_000)"]
            )
            observatory.note(
                .bridgeEjected,
                .warning,
                subject: bridge,
                "bridge ejected for \(duration.wholeMilliseconds / 1_000) s: it is connected but does not answer"
            )
        case .readmitted(_, let bridge):
            logger.info("bridge answers again", [.bridge: "\(bridge ?? "unknown")"])
            observatory.note(.bridgeReadmitted, .info, subject: bridge, "bridge answers again")
        case .lastBridgeFailing(_, let bridge):
            let text = "the last bridge does not answer; it stays in use, for there is no other"
            logger.error("\(text)", [.bridge: "\(bridge ?? "unknown")"])
            observatory.note(.lastBridgeFailing, .error, subject: bridge, text)
        case .removed(_, let address):
            logger.info("bridge removed", [.address: "\(address ?? "dialled in")"])
            observatory.note(.bridgeRemoved, .info, subject: address, "bridge removed")
        }
    }
}

extension StatusChange {
    fileprivate var name: String? { address ?? bridge }
    fileprivate var because: String { error.map { ": \($0)" } ?? "" }
}
