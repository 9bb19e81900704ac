import LoadDriver
import NIOPosix
import Telemetry
import WebSocketTransport

/// The servers of one measurement, each in a process of its own. They end with it.
final class BenchStage {
    /// What bridges here want to hear of bootstrap servers.
    let secret = BenchProcess.randomSecret()
    private var processes: [BenchProcess] = []

    /// Takes as many open files as the system allows, for thousands of sockets.
    init() {
        _ = MachineLimits.takingAll(logger: BenchCommand.logger)
    }

    func instantBridge() throws -> MeasuredServer { try add(.instantBridge()) }

    func bridgeNode() throws -> MeasuredServer { try add(.bridgeNode(secret: secret)) }

    func echoServer() throws -> MeasuredServer { try add(.echoServer()) }

    /// - Parameter maxPeers: peers that there is room for; nil: as many as servers take by default.
    func bootstrap(
        bridges: [MeasuredServer],
        stateless: Bool = false,
        maxPeers: Int? = nil
    ) throws -> MeasuredServer {
        try add(
            .bootstrap(bridges: bridges.map(\.url), stateless: stateless, maxPeers: maxPeers, secret: secret)
        )
    }

    /// - Parameter foreign: a server that is not of this stage takes part.
    func context(foreign: Bool = false) -> LoadContext {
        LoadContext(
            group: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            processes: foreign ? nil : processes.map(\.observed)
        )
    }

    /// The last one first, as servers would miss what they are connected to.
    func stop() {
        for process in processes.reversed() { process.stop() }
    }

    private func add(_ process: BenchProcess) throws -> MeasuredServer {
        processes.append(process)
        return MeasuredServer(url: try process.address(), process: process.observed)
    }
}
