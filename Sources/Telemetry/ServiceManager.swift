#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whoever started this process and wants to hear how it is doing: systemd with `Type=notify`, or whatever else follows
/// sd_notify(3). Where nobody asked, nothing is said.
public struct ServiceManager: Sendable {
    public enum News: Sendable, Equatable {
        /// Serves from now on; also the end of a reload.
        case ready
        /// Reads its configuration anew.
        case reloading
        /// Does what is left to do, and takes on nothing more.
        case stopping
        /// One line for people, as `systemctl status` shows it.
        case status(String)
        /// Not stuck: what a watchdog waits for.
        case alive
    }

    /// Path of a datagram socket, or, after `@`, its name in the abstract namespace of Linux.
    private let socket: String?

    /// - Parameter socket: what the environment variable `NOTIFY_SOCKET` says.
    public init(socket: String?) {
        self.socket = socket.flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    }

    /// How often a watchdog wants to hear that the process is alive; nil if nobody watches this one (sd_watchdog_enabled(3)).
    ///
    /// - Parameters:
    ///   - microseconds: what `WATCHDOG_USEC` says.
    ///   - process: what `WATCHDOG_PID` says.
    public static func watchdogPace(microseconds: String?, process: String?) -> Duration? {
        guard let limit = microseconds.flatMap({ Int64($0) }), limit > 0 else { return nil }
        if let process, process != "\(getpid())" { return nil }
        // Twice within the limit, as the manual page advises.
        return .microseconds(limit / 2)
    }

    /// Tells it, as far as it listens: a manager that does not is no reason to stop serving.
    ///
    /// - Returns: whether the kernel took the message; false also where nobody asked.
    @discardableResult
    public func tell(_ news: News) -> Bool {
        #if os(Linux)
            guard let socket else { return false }
            return send(Self.text(news), to: socket)
        #else
            return false
        #endif
    }

    #if os(Linux)
        private static func text(_ news: News) -> String {
            switch news {
            case .ready: return "READY=1"
            case .stopping: return "STOPPING=1"
            case .status(let line): return "STATUS=\(line.split(whereSeparator: \.isNewline).joined(separator: " "))"
            case .alive: return "WATCHDOG=1"
            case .reloading:
                var time = timespec()
                clock_gettime(CLOCK_MONOTONIC, &time)
                return "RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)"
            }
        }

        private func send(_ text: String, to path: String) -> Bool {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var name = Array(path.utf8)
            let room = MemoryLayout.size(ofValue: address.sun_path)
            // A path ends with a zero, which needs a place; an abstract name begins with one.
            guard name.count < room else { return false }
            if name.first == UInt8(ascii: "@") { name[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
            let isPath = name.first != 0
            let length = MemoryLayout<sockaddr_un>.size - room + name.count + (isPath ? 1 : 0)
            let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            let bytes = Array(text.utf8)
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, socklen_t(length))
                }
            } == bytes.count
        }
    #endif
}
