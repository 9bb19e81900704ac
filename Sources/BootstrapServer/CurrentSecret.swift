import Synchronization
import Telemetry

/// The secret that bridges must prove, which a reload may replace.
final class CurrentSecret: Sendable {
    private let secret: Mutex<Secret>

    init(_ secret: Secret) {
        self.secret = Mutex(secret)
    }

    func matches(_ candidate: String) -> Bool {
        secret.withLock { $0 }.matches(candidate)
    }

    func replace(with secret: Secret) {
        self.secret.withLock { $0 = secret }
    }
}
