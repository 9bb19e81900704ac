import FoundationEssentials
import NIOCore
import NIOPosix
import ServiceLifecycle
import Telemetry

extension ServiceManager {
    /// The one that the environment names.
    static let current = ServiceManager(socket: ProcessInfo.processInfo.environment["NOTIFY_SOCKET"])
}

/// Tells the service manager when the server serves, that it is not stuck, and when it begins to stop. As the last of a group
/// it is the first that hears of the end.
struct ServiceNews: Service {
    let manager: ServiceManager
    /// Returns where the server listens; throws if it never will, of which the server itself says why.
    let address: @Sendable () async throws -> String
    /// Returns at once, unless the server is stuck.
    let touch: @Sendable () async -> Void

    func run() async throws {
        do {
            let address = try await cancelWhenGracefulShutdown(address)
            manager.tell(.ready)
            manager.tell(.status("Serving at \(address)"))
            if let pace = Self.watchdogPace { try await cancelWhenGracefulShutdown { try await watch(every: pace) } }
        } catch {
            // Stopped, or it never listened: the server itself says why.
        }
        try? await gracefulShutdown()
        manager.tell(.stopping)
        manager.tell(.status("Stopping: answers those who have asked, and takes in nobody"))
    }

    /// As people write it.
    static func text(of address: SocketAddress) -> String {
        let host = address.ipAddress ?? "unknown"
        return "\(host.contains(":") ? "[\(host)]" : host):\(address.port ?? 0)"
    }

    private static var watchdogPace: Duration? {
        let environment = ProcessInfo.processInfo.environment
        return ServiceManager.watchdogPace(
            microseconds: environment["WATCHDOG_USEC"],
            process: environment["WATCHDOG_PID"]
        )
    }

    /// Until cancelled. A loop that does not turn, or a lock that is not given back, keeps it from saying so.
    private func watch(every pace: Duration) async throws {
        while true {
            for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() { try await loop.submit {}.get() }
            await touch()
            manager.tell(.alive)
            try await Task.sleep(for: pace)
        }
    }
}
