import BridgeLink
import Kademlia
import LinkCore
import Logging
import NIOCore
import Synchronization
import Telemetry
import Timekeeping
import WebSocketTransport
import WireMessages

/// One persistent link to a bridge, kept by the very pool that a bootstrap server uses.
final class PersistentLink: Sendable {
    private let pool: BridgePool
    private let clock: SystemClock
    private let eventLoop: any EventLoop
    private let nextKey = Atomic<UInt64>(0)

    init(
        _ bridge: WebSocketURL,
        secret: Secret,
        window: Int,
        group: any EventLoopGroup,
        clock: SystemClock,
        logger: Logger
    ) {
        var configuration = BridgePool.Configuration(bridges: [BridgeTarget(bridge)], secret: secret, name: "bench")
        configuration.pool.maxInFlightPerLink = window
        pool = BridgePool(
            configuration: configuration,
            client: BridgePool.client(for: configuration.pool, group: group, logger: logger),
            eventLoop: group.next(),
            clock: clock
        )
        self.clock = clock
        eventLoop = group.next()
    }

    /// Returns once the bridge has accepted the secret.
    func open() async throws {
        let (changes, continuation) = AsyncStream.makeStream(of: Int.self)
        let overdue = eventLoop.scheduleTask(in: TimeAmount(LoadDefaults.patience)) {
            continuation.finish()
        }
        defer { overdue.cancel() }
        pool.start(
            observer: BridgePool.Observer(bridgesChanged: { continuation.yield($0.bridges.count) })
        )
        for await connected in changes where connected > 0 { return }
        let error = pool.report().endpoints.first?.lastError
        throw LoadError.link(error.map { "\($0)" } ?? "not connected within \(LoadDefaults.patience)")
    }

    /// Asks for one newcomer.
    func ask(end: @escaping @Sendable (LoadOutcome) -> Void) {
        let startedAt = clock.now()
        pool.ask(
            key: nextKey.wrappingAdd(1, ordering: .relaxed).newValue,
            newcomer: NewcomerID.next(),
            metadata: RequestScript.metadata
        ) { [clock] outcome, _ in
            switch outcome {
            case .helper: end(.succeeded(latency: clock.now() - startedAt))
            case .emergency: end(.failed("no helper, but emergency peers"))
            case .busy: end(.failed("busy"))
            case .unavailable: end(.failed("unavailable"))
            case .stopping: end(.failed("stopping"))
            }
        }
    }

    /// How many links have been authenticated; more than one means that a link was lost on the way.
    var linksOpened: Int { pool.report().endpoints.reduce(0) { $0 + $1.linksOpened } }

    func close() {
        pool.stop()
    }
}
