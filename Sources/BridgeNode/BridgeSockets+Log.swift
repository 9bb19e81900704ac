import BridgeCore
import Logging
import MembershipTokens
import Telemetry
import WebSocketTransport
import WireMessages

/// What an operator is told about sockets.
extension BridgeSockets {
    func log(_ reason: BridgeClosing, _ connection: WebSocketConnection) {
        var facts = Logger.Metadata(facts(connection))
        facts[.reason] = "\(reason.reason)"
        switch reason {
        case .unauthorized:
            logger.warning("bootstrap refused: wrong secret", metadata: facts)
        case .full:
            logger.warning("connection refused: limit reached", metadata: facts)
        case .handshakeTimeout, .invalidHandshakeFormat, .invalidHandshake, .helloTimeout, .wrongPeer,
            .alreadyConnected, .tooManySockets, .silent, .flooding, .registrationTimeout, .versionMismatch, .stopping:
            logger.debug("connection closed", metadata: facts)
        }
    }

    func log(_ status: DialInStatus, isNews: Bool) {
        var facts: Logger.Metadata = [:]
        facts[.address] = "\(status.address)"
        switch status.word {
        case .connecting:
            logger.debug("dialling bootstrap", metadata: facts)
        case .connected:
            logger.log(level: isNews ? .info : .debug, "registered at bootstrap", metadata: facts)
        case .disconnected:
            facts[.reason] = "\(status.lastError ?? "")"
            logger.log(level: isNews ? .info : .debug, "bootstrap not connected, trying again", metadata: facts)
        case .failed:
            facts[.reason] = "\(status.lastError ?? "")"
            logger.log(level: isNews ? .warning : .debug, "bootstrap and bridge refuse each other", metadata: facts)
        }
    }

    /// A bootstrap is told of a helper. The id is the one that its log, and the newcomer's receipt, have for it.
    func log(_ answer: UnsignedAnswer) {
        guard logger.logLevel <= .debug, case .onboarding = answer.content else { return }
        logger.debug(
            "helper asked to invite a newcomer",
            [
                .join: "\(answer.requestID)", .node: "\(answer.token.holder)",
                .peer: "\(answer.token.authorizedBy ?? answer.token.issuer)",
            ]
        )
    }

    /// A bootstrap is told that there is none: for people, though not for each newcomer of many.
    func log(_ refusal: OnboardingPeerResponse) {
        guard !refusal.success else { return }
        let code = refusal.code ?? "unknown"
        let count = refusals.count(code, at: clock.now())
        var facts = Logger.Metadata([.join: "\(refusal.requestID)", .reason: "\(code)"])
        if let count { facts[.count] = "\(count)" }
        logger.log(level: count == nil ? .debug : .info, "newcomer not helped", metadata: facts)
    }

    func facts(_ connection: WebSocketConnection) -> KeyValuePairs<LogKey, Logger.MetadataValue> {
        let address = connection.remoteAddress.map { "\($0)" } ?? "unknown"
        return [.connection: "\(connection.id)", .address: "\(address)"]
    }
}
