import Synchronization

/// The secret that bootstraps and bridges share, which a reload may replace.
public final class CurrentSecret: Sendable {
    private let secret: Mutex<Secret>

    public init(_ secret: Secret) {
        self.secret = Mutex(secret)
    }

    public func matches(_ candidate: String) -> Bool {
        secret.withLock { $0 }.matches(candidate)
    }

    /// The text itself, for the one message that carries it.
    public func reveal() -> String {
        secret.withLock { $0 }.reveal()
    }

    public func replace(with secret: Secret) {
        self.secret.withLock { $0 = secret }
    }
}
