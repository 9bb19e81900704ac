import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes lines to a file descriptor in the background, so that a reader who stops reading, a paused terminal for instance,
/// stops nobody else. What does not fit into the bounded queue is dropped, and counted.
public final class LineWriter: Sendable {
    /// Standard error, which at the end of the process gets a moment to take what is left.
    public static let standardError: LineWriter = {
        let writer = LineWriter(descriptor: STDERR_FILENO)
        atexit { LineWriter.standardError.flush(within: LogLimits.farewell) }
        return writer
    }()

    private struct Queue {
        var pending: [UInt8] = []
        /// True while a turn of `worker` is due or under way.
        var isDraining = false
        var dropped = 0
        var droppedInAll = 0
    }

    private let descriptor: Int32
    private let limit: Int
    private let queue = Mutex(Queue())
    private let worker = DispatchQueue(label: "causeway.log")

    /// - Parameters:
    ///   - descriptor: stays open, and keeps its blocking mode, which other processes may share.
    ///   - limit: bytes that may wait.
    public init(descriptor: Int32, limit: Int = LogLimits.pending) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// Queues a line, or drops it if the queue is full. Returns at once.
    public func write(_ line: [UInt8]) {
        let mustStart = queue.withLock { queue in
            guard queue.pending.count + line.count <= limit else {
                queue.dropped += 1
                queue.droppedInAll += 1
                return false
            }
            queue.pending.append(contentsOf: line)
            defer { queue.isDraining = true }
            return !queue.isDraining
        }
        if mustStart { worker.async { self.drain() } }
    }

    /// How many lines were dropped since the last call.
    public func takeDropped() -> Int {
        queue.withLock { queue in
            // Nothing can be said while there is no room to say it.
            guard queue.dropped > 0, queue.pending.count <= limit / 2 else { return 0 }
            defer { queue.dropped = 0 }
            return queue.dropped
        }
    }

    /// How many lines were ever dropped, for metrics.
    public var droppedInAll: Int { queue.withLock(\.droppedInAll) }

    /// Waits until what is queued now is written, but not longer than `patience`. True if it is written.
    @discardableResult
    public func flush(within patience: Duration) -> Bool {
        let done = DispatchSemaphore(value: 0)
        worker.async { done.signal() }
        let nanoseconds = patience.components.seconds * 1_000_000_000 + patience.components.attoseconds / 1_000_000_000
        return done.wait(timeout: .now() + .nanoseconds(Int(nanoseconds))) == .success
    }

    private func drain() {
        while true {
            let lines = queue.withLock { queue in
                // What is being written counts as taken: at most twice the limit is in memory.
                let lines = queue.pending
                queue.pending = []
                if lines.isEmpty { queue.isDraining = false }
                return lines
            }
            guard !lines.isEmpty else { return }
            put(lines)
        }
    }

    /// Writes all of `bytes`, waiting for the reader if need be. If nobody can ever read them, they are gone.
    private func put(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                // Somebody else made the descriptor non-blocking.
                var event = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&event, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }
}

/// `write(2)`, whose name is taken inside the class.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
