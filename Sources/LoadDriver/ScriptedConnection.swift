import NIOCore
import Synchronization
import Telemetry
import Timekeeping
import WebSocketTransport

/// Plays a script on a new socket. The latency runs from the dial to the last wanted answer; the end comes when the socket
/// has closed, so a closed loop never has more sockets open than operations under way.
final class ScriptedConnection<Conversation: Script>: WebSocketHandler {
    private struct State: Sendable {
        var script: Conversation
        var outcome: LoadOutcome?
        var overdue: Scheduled<Void>?
        var end: (@Sendable (LoadOutcome) -> Void)?
    }

    private let clock: SystemClock
    private let startedAt: Instant
    private let state: Mutex<State>

    private init(script: Conversation, clock: SystemClock, end: @escaping @Sendable (LoadOutcome) -> Void) {
        self.clock = clock
        startedAt = clock.now()
        state = Mutex(State(script: script, end: end))
    }

    /// Dials and plays. `end` is called once.
    static func play(
        _ script: Conversation,
        at url: WebSocketURL,
        client: WebSocketClient,
        clock: SystemClock,
        end: @escaping @Sendable (LoadOutcome) -> Void
    ) {
        let connection = ScriptedConnection(script: script, clock: clock, end: end)
        client.connect(to: url, handler: connection).whenFailure { error in
            connection.finish(.failed("connect: \(error)"))
        }
    }

    func opened(_ connection: WebSocketConnection) {
        let overdue = connection.eventLoop.scheduleTask(in: TimeAmount(LoadDefaults.patience)) {
            self.settle(.failed("no answer within \(LoadDefaults.patience)"), connection)
        }
        let opening = state.withLock { state in
            state.overdue = overdue
            return state.script.opening()
        }
        for message in opening { connection.send(message) }
    }

    func received(_ message: WebSocketMessage, on connection: WebSocketConnection) {
        let step = state.withLock { state in
            guard state.outcome == nil else { return ScriptStep.wait }
            return message.payload.withUnsafeReadableBytes { state.script.received($0) }
        }
        switch step {
        case .wait: break
        case .say(let text): connection.send(text)
        case .done: settle(.succeeded(latency: clock.now() - startedAt), connection)
        case .failed(let reason): settle(.failed(reason), connection)
        }
    }

    func closed(_ closure: WebSocketClosure, on connection: WebSocketConnection) {
        let code = closure.code.map { "\($0.rawValue) " } ?? ""
        finish(.failed("closed before the answer: \(code)\(closure.reason)"))
    }

    private func settle(_ outcome: LoadOutcome, _ connection: WebSocketConnection) {
        state.withLock { state in
            if state.outcome == nil { state.outcome = outcome }
        }
        connection.close(.normal, reason: "")
    }

    /// - Parameter fallback: the outcome, if the conversation came to none.
    private func finish(_ fallback: LoadOutcome) {
        let (end, outcome, overdue) = state.withLock { state in
            defer {
                state.end = nil
                state.overdue = nil
            }
            return (state.end, state.outcome ?? fallback, state.overdue)
        }
        overdue?.cancel()
        end?(outcome)
    }
}
