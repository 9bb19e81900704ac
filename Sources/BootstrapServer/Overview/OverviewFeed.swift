import Synchronization

/// Whoever watches: each gets what is published, the newest of it if it is slow.
final class OverviewFeed: Sendable {
    /// More than the people who look at one server. Each costs a connection and a text a second.
    static let maxReaders = 32

    typealias Texts = AsyncStream<[UInt8]>

    private struct Reader: Sendable {
        var continuation: Texts.Continuation
        /// When what it got last was made. A text that was begun earlier and ready later is not for it.
        var last: Int64
    }

    private struct State: Sendable {
        var readers: [UInt64: Reader] = [:]
        var next: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())

    /// nil: there are as many as there may be, or the server stops.
    ///
    /// - Parameters:
    ///   - first: what this one gets at once.
    ///   - at: when that was made.
    func subscribe(first: [UInt8], at: Int64) -> Texts? {
        let (texts, continuation) = Texts.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state -> UInt64? in
            guard !state.isOver, state.readers.count < Self.maxReaders else { return nil }
            defer { state.next += 1 }
            state.readers[state.next] = Reader(continuation: continuation, last: at)
            return state.next
        }
        guard let id else { return nil }
        continuation.yield(first)
        continuation.onTermination = { [weak self] _ in self?.forget(id) }
        return texts
    }

    var hasReaders: Bool { state.withLock { !$0.readers.isEmpty } }

    var hasRoom: Bool { state.withLock { !$0.isOver && $0.readers.count < Self.maxReaders } }

    var readerCount: Int { state.withLock { $0.readers.count } }

    func publish(_ text: [UInt8], at: Int64) {
        let readers = state.withLock { state in
            var due: [Texts.Continuation] = []
            for (id, reader) in state.readers where reader.last < at {
                state.readers[id]?.last = at
                due.append(reader.continuation)
            }
            return due
        }
        for reader in readers { reader.yield(text) }
    }

    /// Ends all of them, for good.
    func finish() {
        let readers = state.withLock { state in
            state.isOver = true
            return Array(state.readers.values)
        }
        for reader in readers { reader.continuation.finish() }
    }

    private func forget(_ id: UInt64) {
        state.withLock { $0.readers[id] = nil }
    }
}
