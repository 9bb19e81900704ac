import BridgeLink
import Kademlia
import LinkCore
import Logging
import NIOPosix
import Observation
import Synchronization
import Telemetry
import Testing
import Timekeeping
import WebSocketTransport
import WireMessages

/// The pool on real sockets, against bridges whose answers the test chooses.
@Suite(.timeLimit(.minutes(1))) struct BridgePoolTests {
    @Test func thousandQuestionsTravelOverOneConnectionEach() async throws {
        try await withPool(of: [ScriptedBridge(id: 1), ScriptedBridge(id: 2)]) { pool, bridges in
            let outcomes = await pool.askAll(1_000)
            #expect(outcomes.allSatisfy { $0.isHelper })
            let seen = bridges.map { bridge in bridge.seen.withLock { $0 } }
            #expect(seen.map(\.connections) == [1, 1])
            #expect(seen.map(\.requestsBeforeAuthentication) == [0, 0])
            #expect(seen.map(\.requests.count).reduce(0, +) == 1_000)
        }
    }

    @Test func bridgesAreAskedInTurn() async throws {
        try await withPool(of: [ScriptedBridge(id: 1), ScriptedBridge(id: 2)]) { pool, bridges in
            // Within the links' windows, so that none waits for whichever is free first.
            _ = await pool.askAll(400)
            let asked = bridges.map { bridge in bridge.seen.withLock { $0.requests.count } }
            #expect(asked == [200, 200])
        }
    }

    @Test func eachQuestionGetsItsOwnAnswer() async throws {
        try await withPool(of: [ScriptedBridge(id: 1)]) { pool, _ in
            let outcomes = await pool.askAll(100)
            let helpers = outcomes.map { outcome in
                if case .helper(let answer) = outcome { answer.inviterPeerID } else { NodeID(0) }
            }
            #expect(helpers == (0..<100).map(newcomerID))
        }
    }

    @Test func questionsOnALostLinkAreAnsweredByTheOtherBridge() async throws {
        let silent = ScriptedBridge(id: 1, .silent)
        try await withPool(of: [silent, ScriptedBridge(id: 2)]) { pool, bridges in
            async let outcomes = pool.askAll(50)
            await silent.waitUntil { $0.requests.count >= 25 }
            silent.cutAll()
            let helped = await outcomes.allSatisfy { $0.isHelper }
            #expect(helped)
            #expect(pool.report().counters.moved == 25)
            let others = bridges[1].seen.withLock { $0.requests.count }
            #expect(others == 50)
        }
    }

    @Test func busyBridgeIsPassedOver() async throws {
        try await withPool(of: [ScriptedBridge(id: 1, .busy), ScriptedBridge(id: 2)]) { pool, _ in
            #expect(await pool.askAll(20).allSatisfy { $0.isHelper })
        }
    }

    @Test func allBridgesBusyIsSaidWithATime() async throws {
        try await withPool(of: [ScriptedBridge(id: 1, .busy), ScriptedBridge(id: 2, .busy)]) { pool, _ in
            guard case .busy(let retryAfter) = await pool.ask(newcomer: 7) else {
                Issue.record("expected busy")
                return
            }
            #expect(retryAfter > .zero && retryAfter <= .seconds(5))
        }
    }

    @Test func everyOutcomeHasAReceiptWithTheIDThatTheBridgesWereTold() async throws {
        try await withPool(of: [ScriptedBridge(id: 1, .busy), ScriptedBridge(id: 2)]) { pool, _ in
            let (outcome, passage) = await pool.passage(newcomer: 7)
            #expect(outcome.isHelper && passage.newcomer == 7)
            #expect(passage.receipt.bridge == 2 && passage.receipt.attempts == 2)
            #expect(passage.steps.map(\.event) == [.asked, .sent, .busy, .sent])
            #expect(passage.steps.map(\.bridge) == [nil, NodeID(1), NodeID(1), NodeID(2)].map { $0?.description })
        }
        try await withPool(of: [ScriptedBridge(id: 1, .busy)]) { pool, _ in
            let (outcome, passage) = await pool.passage(newcomer: 7)
            #expect(!outcome.isHelper)
            #expect(passage.receipt.bridge == nil && passage.receipt.requestID?.text.utf8.count == 32)
            #expect(passage.steps.map(\.event) == [.asked, .sent, .busy])
        }
    }

    @Test func silentBridgeCostsOneAttemptTimeout() async throws {
        let bridges = [ScriptedBridge(id: 1, .silent), ScriptedBridge(id: 2)]
        try await withPool(of: bridges, attemptTimeout: .seconds(4)) { pool, _ in
            #expect(await pool.askAll(2).allSatisfy { $0.isHelper })
            #expect(pool.report().counters.retries == 1)
        }
    }

    @Test func bridgeThatHangsUpIsDialledAgainByItself() async throws {
        let bridge = ScriptedBridge(id: 1)
        try await withPool(of: [bridge]) { pool, _ in
            bridge.cutAll()
            await bridge.waitUntil { $0.connections == 2 }
            #expect(await pool.askAll(5).allSatisfy { $0.isHelper })
        }
    }

    @Test func wrongSecretIsFailedAndSaysWhy() async throws {
        let statuses = StatusWatch()
        try await withPool(of: [ScriptedBridge(id: 1, .refusesSecret)], watch: statuses, ready: false) { pool, _ in
            for await _ in statuses.changes where pool.report().endpoints[0].status == .failed { break }
            let report = pool.report().endpoints[0]
            #expect(report.status == .failed)
            #expect("\(report.lastError.map { "\($0)" } ?? "")".contains("Unauthorized"))
        }
    }

    @Test func listOfConnectedBridgesFollowsTheLinks() async throws {
        let watch = StatusWatch()
        try await withPool(of: [ScriptedBridge(id: 1)], watch: watch) { _, _ in
            let connected = watch.bridges.withLock { $0 }
            #expect(connected.map(\.nodeID) == [1])
            #expect(connected.first?.listeningAddress == "ws://listed")
        }
        let connected = watch.bridges.withLock { $0 }
        #expect(connected.isEmpty, "stopping empties it")
    }
}

/// What the pool's observer was told.
final class StatusWatch: Sendable {
    let bridges = Mutex<[ConnectedBridge]>([])
    /// How many bridges are connected, at each change of any status word.
    let changes: AsyncStream<Int>
    let changed: AsyncStream<Int>.Continuation

    init() {
        (changes, changed) = AsyncStream.makeStream()
    }
}

private func newcomerID(_ number: Int) -> NodeID {
    NodeID(high: 7, middle: 7, low: UInt32(number))
}

/// Runs bridges and a pool that is linked to all of them.
func withPool(
    of bridges: [ScriptedBridge],
    mode: LinkMode = .persistent,
    watch: StatusWatch = StatusWatch(),
    ready: Bool = true,
    attemptTimeout: Duration = .seconds(15),
    notified: @escaping @Sendable (BridgePool, NodeID, BridgeNotice) -> Void = { _, _, _ in },
    _ body: @Sendable (BridgePool, [ScriptedBridge]) async throws -> Void
) async throws {
    try await withThrowingTaskGroup { tasks in
        var urls: [WebSocketURL] = []
        for bridge in bridges {
            let (ports, port) = AsyncStream<Int>.makeStream()
            tasks.addTask { try await bridge.run { port.yield($0) } }
            for await number in ports {
                urls.append(try WebSocketURL("ws://127.0.0.1:\(number)"))
                break
            }
        }
        let targets = urls.map { BridgeTarget($0, mode: mode) }
        var configuration = BridgePool.Configuration(bridges: targets, secret: Secret("s"), name: "test")
        // Far beyond what a loaded machine needs, except where a test waits for the limit itself.
        configuration.pool.attemptTimeout = attemptTimeout
        configuration.pool.readinessPatience = .seconds(10)
        configuration.pool.backoffBase = .milliseconds(20)
        let pool = BridgePool(
            configuration: configuration,
            client: BridgePool.client(
                for: configuration.pool,
                group: MultiThreadedEventLoopGroup.singleton,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            clock: SystemClock()
        )
        pool.start(
            observer: BridgePool.Observer(
                bridgesChanged: { connected in
                    watch.bridges.withLock { $0 = connected.bridges }
                    watch.changed.yield(connected.bridges.count)
                },
                notified: { [weak pool] bridge, notice in
                    if let pool { notified(pool, bridge, notice) }
                },
                statusChanged: { _ in watch.changed.yield(watch.bridges.withLock { $0.count }) }
            )
        )
        if ready {
            for await count in watch.changes where count == bridges.count { break }
        }
        try await body(pool, bridges)
        pool.stop()
        tasks.cancelAll()
        while let result = await tasks.nextResult() {
            if case .failure(let error) = result, !(error is CancellationError) { throw error }
        }
    }
}

extension BridgePool {
    func ask(newcomer: NodeID) async -> Outcome {
        await passage(newcomer: newcomer).outcome
    }

    func passage(newcomer: NodeID) async -> (outcome: Outcome, passage: JoinPassage) {
        await withCheckedContinuation { continuation in
            ask(key: UInt64(newcomer.low), newcomer: newcomer, metadata: "{}") { outcome, passage in
                continuation.resume(returning: (outcome, passage))
            }
        }
    }

    /// Asks for so many newcomers at once; answers in their order.
    fileprivate func askAll(_ count: Int) async -> [Outcome] {
        let outcomes = Mutex<[Int: Outcome]>([:])
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            for number in 0..<count {
                ask(key: UInt64(number), newcomer: newcomerID(number), metadata: "{}") { outcome, _ in
                    let isLast = outcomes.withLock { outcomes in
                        outcomes[number] = outcome
                        return outcomes.count == count
                    }
                    if isLast { continuation.resume() }
                }
            }
        }
        return outcomes.withLock { outcomes in (0..<count).compactMap { outcomes[$0] } }
    }
}

extension BridgePool.Outcome {
    fileprivate var isHelper: Bool {
        if case .helper = self { true } else { false }
    }
}
