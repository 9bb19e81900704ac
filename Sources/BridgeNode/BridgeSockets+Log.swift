import BridgeCore
import Logging
import Telemetry
import WebSocketTransport

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

    func facts(_ connection: WebSocketConnection) -> KeyValuePairs<LogKey, Logger.MetadataValue> {
        let address = connection.remoteAddress.map { "\($0)" } ?? "unknown"
        return [.connection: "\(connection.id)", .address: "\(address)"]
    }
}
