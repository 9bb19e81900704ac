import BootstrapCore
import Logging
import Telemetry
import Timekeeping
import WireMessages

/// What operators read of single joins: each at debug; those who were turned away also for people, at most one line a second for
/// each reason, with how many there were since the last.
struct JoinLog: Sendable {
    private let logger: Logger
    private let throttle = LogThrottle()

    init(logger: Logger) {
        self.logger = logger
    }

    /// Whether anything would be said of it. Nothing is made for lines that nobody reads.
    func wants(_ note: JoinNote) -> Bool {
        if case .turnedAway = note.event { return true }
        return logger.logLevel <= .debug
    }

    func noted(_ note: JoinNote, at now: Moment) {
        switch note.event {
        case .turnedAway(let code):
            guard let count = throttle.count(code, at: now.instant) else {
                logger.debug("newcomer turned away", [.join: "\(note.requestID.text)", .reason: "\(code)"])
                return
            }
            let facts = Logger.Metadata([
                .join: "\(note.requestID.text)", .reason: "\(code)", .count: "\(count)",
            ])
            // Who finds us busy or stopping comes back; that nobody can help is what an operator should look at.
            logger.log(level: code == "no_helper" ? .warning : .info, "newcomer turned away", metadata: facts)
        case .helperNamed(let helper):
            logger.debug("helper named", [.join: "\(note.requestID.text)", .peer: "\(helper)"])
        case .degraded(let peers):
            logger.debug("no helper, but peers to dial", [.join: "\(note.requestID.text)", .peers: "\(peers)"])
        case .heldBack:
            logger.debug("bridges know nobody yet, asking again", [.join: "\(note.requestID.text)"])
        case .genesis, .abandoned, .invited, .accepted, .connected, .failed, .silent, .unknown:
            logger.debug("join went on", [.join: "\(note.requestID.text)", .type: "\(note.event)"])
        }
    }
}
