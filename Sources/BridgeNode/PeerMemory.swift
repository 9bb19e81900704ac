import BridgeCore
import Dispatch
import Logging
import StateStore
import Synchronization
import Telemetry

/// Keeps the bridge's peers for after a restart. The disk is waited for by a thread of its own, and what it refuses is lost.
final class PeerMemory: Sendable {
    private struct State: Sendable {
        /// The latest book that is not being written yet.
        var book: [RememberedPeer]?
        var hasFailed = false
    }

    /// How long the start and the end of the bridge wait for the disk.
    private static let patience = DispatchTimeInterval.seconds(2)

    private let store: any PeerBookStore
    private let logger: Logger
    private let worker = DispatchQueue(label: "causeway.peers")
    private let state = Mutex(State())

    init(_ store: any PeerBookStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Hands over who was remembered; nobody, if that cannot be read.
    func read(_ body: @escaping @Sendable ([RememberedPeer]) -> Void) {
        worker.async { [self] in
            do {
                body(
                    try store.peers().map {
                        RememberedPeer(id: $0.nodeID, address: $0.address, lastHeard: $0.lastHeard)
                    }
                )
            } catch {
                logger.warning("remembered peers cannot be read", [.reason: "\(error)"])
                body([])
            }
        }
    }

    /// Writes them in place of those before. On a slow disk the latest ones win.
    func write(_ book: [RememberedPeer]) {
        let isFirst = state.withLock { state in
            defer { state.book = book }
            return state.book == nil
        }
        guard isFirst else { return }
        worker.async { [self] in
            guard let book = state.withLock({ $0.book.take() }) else { return }
            do {
                try store.replacePeers(
                    with: book.map { StoredPeer(nodeID: $0.id, address: $0.address, lastHeard: $0.lastHeard) }
                )
                state.withLock { $0.hasFailed = false }
            } catch {
                failed(error)
            }
        }
    }

    /// Returns when all is read and written that was to be, or the disk takes too long.
    func settle() async {
        await withCheckedContinuation { continuation in
            let waiting = Waiting(continuation)
            worker.async { waiting.end() }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { waiting.end() }
        }
    }

    /// A disk that stays full is news once.
    private func failed(_ error: any Error) {
        let isNews = state.withLock { state in
            defer { state.hasFailed = true }
            return !state.hasFailed
        }
        guard isNews else { return }
        logger.warning("peers cannot be remembered", [.reason: "\(error)"])
    }

    /// Somebody who is to go on once.
    private final class Waiting: Sendable {
        private let continuation: Mutex<CheckedContinuation<Void, Never>?>

        init(_ continuation: CheckedContinuation<Void, Never>) {
            self.continuation = Mutex(continuation)
        }

        func end() {
            continuation.withLock { $0.take() }?.resume()
        }
    }
}
