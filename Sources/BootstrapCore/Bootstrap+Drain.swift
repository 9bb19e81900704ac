import Observation
public import Timekeeping
import WireMessages

extension Bootstrap {
    /// The server is about to stop. New questions are refused at once with the code `stopping`; those that are with the
    /// bridges go on to their end (`questionCount`), and everything else is answered as before.
    public mutating func drain(at now: Moment, actions: inout [Action]) {
        guard !isDraining else { return }
        isDraining = true
        for connection in clients.keys.sorted(by: { $0.value < $1.value }) {
            switch clients[connection]?.join?.progress {
            case .asked, .awaitingBridges:
                clients[connection]?.join?.progress = .asked
                advanceJoin(on: connection, at: now, actions: &actions)
            case .holding(let receipt):
                // The bridges know nobody, and there is no time left to ask them again.
                clients[connection]?.join?.progress = .ended(.emergency([]), receipt)
                advanceJoin(on: connection, at: now, actions: &actions)
            case nil, .judging, .awaitingGenesis, .asking, .ended:
                break
            }
        }
    }

    /// Says goodbye to everybody: clients that understand it are told when to come back, each another time, and all connections
    /// are closed in waves, so that those who look for another server do not do so all at once.
    ///
    /// First go those who were told, then other registered clients, then bridges and newcomers who still hope for an answer.
    ///
    /// - Parameters:
    ///   - waves: how many there may be at most; each comes `BootstrapDefaults.wavePause` after the one before.
    ///   - absence: how long this server certainly is not back; nobody is told to come sooner.
    ///   - actions: what is to be done at once.
    /// - Returns: what is to be done in each wave.
    public mutating func dismiss(
        waves: Int,
        absence: Duration,
        using generator: inout some RandomNumberGenerator,
        actions: inout [Action]
    ) -> [[Action]] {
        let leaving = clients.values.filter { !$0.isClosing }.sorted {
            ($0.placeInLine, $0.connection.value) < ($1.placeInLine, $1.connection.value)
        }
        let window = Self.comeBackWindow(clients: registeredCount).wholeMilliseconds
        for client in leaving where client.isTold {
            let wait = absence.wholeMilliseconds + Int64.random(in: 0...window, using: &generator)
            actions.append(
                .send(client.connection, .serverStopping(ServerStopping(reason: "restart", comeBackAfterMs: wait)))
            )
        }
        let count = max(1, min(waves, leaving.count / BootstrapDefaults.smallestWave))
        return (0..<count).map { wave in
            leaving[(leaving.count * wave / count)..<(leaving.count * (wave + 1) / count)].map { client in
                .close(client.connection, client.isTold ? .restarting : .goingAway)
            }
        }
    }

    /// Over how long clients come back that are told when.
    static func comeBackWindow(clients: Int) -> Duration {
        min(
            max(BootstrapDefaults.comeBackPerClient * clients, BootstrapDefaults.shortestComeBack),
            BootstrapDefaults.longestComeBack
        )
    }

    mutating func refuseStopping(
        on connection: ConnectionID,
        receipt: JoinReceipt? = nil,
        actions: inout [Action]
    ) {
        counters.stopping += 1
        note(.turnedAway(code: "stopping"), receipt, &actions)
        if let client = clients[connection], let join = client.join {
            if join.askedAt == nil { observe(\.asked, of: client.id?.node) }
            observe(\.failed, of: client.id?.node)
            observe(.draining, of: client.id?.node)
        }
        let refusal = Reply.failure(
            "This server is about to stop. Please try again.",
            code: "stopping",
            retryAfterMs: BootstrapDefaults.stoppingRetryAfterMilliseconds,
            receipt: receipt
        )
        finishJoin(on: connection, refusal, actions: &actions)
    }
}

extension Bootstrap.Client {
    fileprivate var isTold: Bool { isRegistered && !isProvenBridge && features.contains(.comeBack) }

    fileprivate var placeInLine: Int {
        if isProvenBridge || join != nil || !isRegistered { return 2 }
        return isTold ? 0 : 1
    }
}
