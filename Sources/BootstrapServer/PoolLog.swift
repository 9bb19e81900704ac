import LinkCore
import Logging
import Telemetry
import Timekeeping

/// What operators read of the links: each change once, in constant words.
struct PoolLog: Sendable {
    let logger: Logger

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
        case .disconnected:
            logger.log(level: change.isNews ? .warning : .debug, "bridge link disconnected", metadata: facts)
        case .failed:
            logger.log(level: change.isNews ? .error : .debug, "bridge refused the secret", metadata: facts)
        }
    }

    func noticed(_ notice: PoolNotice) {
        switch notice {
        case .ejected(_, let bridge, let duration):
            logger.warning(
                "bridge ejected: it is connected but does not answer",
                [.bridge: "\(bridge ?? "unknown")", .seconds: "\(duration.wholeMilliseconds / 1_000)"]
            )
        case .readmitted(_, let bridge):
            logger.info("bridge answers again", [.bridge: "\(bridge ?? "unknown")"])
        case .lastBridgeFailing(_, let bridge):
            logger.error(
                "the last bridge does not answer; it stays in use, for there is no other",
                [.bridge: "\(bridge ?? "unknown")"]
            )
        case .removed(_, let address):
            logger.info("bridge removed", [.address: "\(address ?? "dialled in")"])
        }
    }
}
