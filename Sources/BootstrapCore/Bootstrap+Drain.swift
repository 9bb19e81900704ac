public import Timekeeping

extension Bootstrap {
    /// The server is about to stop. New questions are refused at once with the code `stopping`; those that are with the
    /// bridges go on to their end (`questionCount`), and everything else is answered as before.
    public mutating func drain(at now: Moment, actions: inout [Action]) {
        guard !isDraining else { return }
        isDraining = true
        for connection in clients.keys.sorted(by: { $0.value < $1.value }) {
            switch clients[connection]?.join?.progress {
            case .asked:
                advanceJoin(on: connection, at: now, actions: &actions)
            case .holding:
                // The bridges know nobody, and there is no time left to ask them again.
                clients[connection]?.join?.progress = .ended(.emergency([]), nil)
                advanceJoin(on: connection, at: now, actions: &actions)
            case nil, .judging, .awaitingGenesis, .asking, .ended:
                break
            }
        }
    }

    mutating func refuseStopping(on connection: ConnectionID, actions: inout [Action]) {
        counters.stopping += 1
        let refusal = Reply.failure(
            "This server is about to stop. Please try again.",
            code: "stopping",
            retryAfterMs: BootstrapDefaults.stoppingRetryAfterMilliseconds
        )
        finishJoin(on: connection, refusal, actions: &actions)
    }
}
