import Kademlia
import NIOCore
import Synchronization
import WebSocketTransport

/// The peer that a network begins with: joins, then stays connected, so that those who come later are led to a helper.
final class FirstPeer: WebSocketHandler {
    private struct State: Sendable {
        var script: JoinScript
        var connection: WebSocketConnection?
        var hasSettled = false
    }

    private let state: Mutex<State>
    private let joined: EventLoopPromise<Void>

    private init(node: NodeID, joined: EventLoopPromise<Void>) {
        state = Mutex(State(script: JoinScript(node: node, goal: .network)))
        self.joined = joined
    }

    /// Returns once the network has begun; throws ``LoadError`` if the bootstrap leads nowhere.
    static func join(
        _ url: WebSocketURL,
        client: WebSocketClient,
        eventLoop: any EventLoop
    ) async throws -> FirstPeer {
        var generator = SystemRandomNumberGenerator()
        let joined = eventLoop.makePromise(of: Void.self)
        let peer = FirstPeer(node: .random(using: &generator), joined: joined)
        let overdue = eventLoop.scheduleTask(in: TimeAmount(LoadDefaults.patience)) {
            peer.settle(failure: "no answer within \(LoadDefaults.patience)")
        }
        client.connect(to: url, handler: peer).whenFailure { error in
            peer.settle(failure: "connect: \(error)")
        }
        defer { overdue.cancel() }
        do {
            try await joined.futureResult.get()
        } catch {
            peer.leave()
            throw error
        }
        return peer
    }

    func leave() {
        state.withLock(\.connection)?.close(.normal, reason: "")
    }

    func opened(_ connection: WebSocketConnection) {
        let opening = state.withLock { state in
            state.connection = connection
            return state.script.opening()
        }
        for message in opening { connection.send(message) }
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        let step = state.withLock { state in
            guard !state.hasSettled else { return ScriptStep.wait }
            return message.payload.withUnsafeReadableBytes { state.script.received($0) }
        }
        switch step {
        case .wait: break
        case .say(let text): connection.send(text)
        case .done: settle(failure: nil)
        case .failed(let reason): settle(failure: reason)
        }
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        settle(failure: "closed before the answer: \(closure.reason)")
    }

    private func settle(failure: String?) {
        let isFirst = state.withLock { state in
            defer { state.hasSettled = true }
            return !state.hasSettled
        }
        guard isFirst else { return }
        if let failure {
            joined.fail(LoadError.firstPeer(failure))
        } else {
            joined.succeed()
        }
    }
}
