import BridgeCore
import Logging
import NIOCore
import Synchronization
import Telemetry
import Timekeeping

/// Looks at the process once a second: tells the bridge when memory runs short and when it no longer does, and logs a line on
/// resource use from time to time.
final class ResourceWatch: Sendable {
    /// Memory can be filled at some 100 MB a second; in this time that is well below what is kept free.
    private static let period = TimeAmount.seconds(1)
    /// How long a reading serves those who ask. Monitors are strangers, and counting descriptors may take milliseconds.
    private static let readingAge = Duration.seconds(1)
    /// While memory is short, how often what was freed is given back: it walks the whole heap.
    private static let returnInterval = Duration.seconds(10)

    private struct State: Sendable {
        var reading: ProcessResources?
        var pressure: MemoryPressure?
        var returnAt = Instant.zero
        var logAt: Instant?
        var task: RepeatedTask?
        var isStopped = false
    }

    private let sockets: BridgeSockets
    private let connectionLimit: Int
    private let queueCapacity: Int
    private let logInterval: Duration?
    private let eventLoop: any EventLoop
    private let clock: SystemClock
    private let logger: Logger
    /// Read once: it changes only if somebody changes it under a running process.
    private let descriptorLimit: Int?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - connectionLimit, queueCapacity: of the bridge, for reports.
    ///   - memoryLimit: resident bytes above which memory is short; nil: never.
    ///   - logInterval: nil: no log lines.
    init(
        _ sockets: BridgeSockets,
        connectionLimit: Int,
        queueCapacity: Int,
        memoryLimit: Int?,
        logInterval: Duration?,
        eventLoop: any EventLoop,
        clock: SystemClock,
        logger: Logger
    ) {
        self.sockets = sockets
        self.connectionLimit = connectionLimit
        self.queueCapacity = queueCapacity
        self.logInterval = logInterval
        self.eventLoop = eventLoop
        self.clock = clock
        self.logger = logger
        descriptorLimit = MachineLimits.current().descriptors
        state = Mutex(State(pressure: memoryLimit.map { MemoryPressure(limit: $0) }))
    }

    func start() {
        let now = clock.now()
        state.withLock { state in
            guard state.task == nil, !state.isStopped else { return }
            guard state.pressure != nil || logInterval != nil else { return }
            state.logAt = logInterval.map { now + $0 }
            state.task = eventLoop.scheduleRepeatedTask(initialDelay: Self.period, delay: Self.period) {
                [weak self] task in
                guard let self else { return task.cancel() }
                self.look()
            }
        }
    }

    /// Ends the timer; nobody is told of anything any more.
    func stop() {
        let task = state.withLock { state in
            state.isStopped = true
            return state.task.take()
        }
        task?.cancel()
    }

    /// What the process uses, as of now or at most a second ago.
    func reading() -> ProcessResources {
        let now = clock.now()
        if let reading = state.withLock({ $0.reading }), now - reading.readAt < Self.readingAge { return reading }
        let reading = ProcessResources.read(at: now)
        state.withLock { $0.reading = reading }
        return reading
    }

    func report() -> ResourceReport {
        ResourceReport(
            sockets.status(),
            reading(),
            connectionLimit: connectionLimit,
            queueCapacity: queueCapacity,
            pressure: state.withLock { $0.pressure },
            descriptorLimit: descriptorLimit
        )
    }

    private func look() {
        checkMemory()
        let now = clock.now()
        let isDue = state.withLock { state in
            guard let logInterval, let logAt = state.logAt, now >= logAt else { return false }
            // From when it was due, so that lines keep their distance, unless we were held up for longer than that.
            state.logAt = now - logAt < logInterval ? logAt + logInterval : now + logInterval
            return true
        }
        if isDue { logger.info("resource use", metadata: report().facts) }
    }

    private func checkMemory() {
        guard let pressure = state.withLock({ $0.pressure }), var resident = ProcessResources.residentBytes() else {
            return
        }
        if resident > pressure.limit || pressure.isOn, mayReturnMemory() {
            ProcessResources.returnFreedMemory()
            resident = ProcessResources.residentBytes() ?? resident
        }
        guard let isOn = state.withLock({ $0.pressure?.update(residentBytes: resident) }) ?? nil else { return }
        let facts: KeyValuePairs<LogKey, Logger.MetadataValue> = [
            .resident: "\(resident)", .memoryLimit: "\(pressure.limit)",
        ]
        if isOn {
            logger.warning("memory is short: nobody new is let in, and requests are answered busy", facts)
        } else {
            logger.info("memory is no longer short", facts)
        }
        sockets.step { bridge, _, _ in
            bridge.memoryPressureChanged(isHigh: isOn)
            return []
        }
    }

    private func mayReturnMemory() -> Bool {
        let now = clock.now()
        return state.withLock { state in
            guard now >= state.returnAt else { return false }
            state.returnAt = now + Self.returnInterval
            return true
        }
    }
}
