import Timekeeping
import WireMessages

extension Bootstrap {
    /// `forward_signal`: handed to the target as it came, and answered (protocol.md 2.8).
    mutating func forward(_ message: ForwardSignal, on connection: ConnectionID, actions: inout [Action]) {
        guard speaker(on: connection, claimed: message.fromPeer) != nil else {
            refuse(
                "fromPeer is not this connection's",
                code: "id_mismatch",
                message.requestID,
                on: connection,
                actions: &actions
            )
            return
        }
        guard let target = reachable(message.toPeer) else {
            // Old clients wait for the response, newer ones read the notice: both are sent.
            let text = "Target peer not connected"
            actions.append(.send(connection, .error(ErrorNotice(text, code: "not_connected"))))
            refuse(text, code: "not_connected", message.requestID, on: connection, actions: &actions)
            return
        }
        let signal = Signal(fromPeer: message.fromPeer, toPeer: message.toPeer, signal: message.signal)
        actions.append(.send(target.connection, .signal(signal)))
        reply(message.requestID, on: connection, with: .success(nil), actions: &actions)
    }

    /// `signal` sent by a peer: the older form, without an answer.
    mutating func forward(
        _ message: Signal,
        on connection: ConnectionID,
        at now: Moment,
        actions: inout [Action]
    ) {
        guard speaker(on: connection, claimed: message.fromPeer) != nil else { return }
        guard let target = message.toPeer.flatMap(reachable) else {
            let text = "Target peer not connected"
            actions.append(.send(connection, .signalError(SignalError(message: text, error: text))))
            return
        }
        let signal = Signal(fromPeer: message.fromPeer, signal: message.signal, timestamp: now.unixMilliseconds)
        actions.append(.send(target.connection, .signal(signal)))
    }

    /// Whoever other peers may send something to under that id. A bridge has no use for it, and its connection may carry every
    /// join (robustness.md, S18).
    func reachable(_ id: ClientID) -> Client? {
        guard let client = holder(of: id), !client.isProvenBridge else { return nil }
        return client
    }
}
