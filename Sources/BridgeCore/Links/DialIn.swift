public import Timekeeping

/// One of the bootstraps that the bridge dials, by its place in `Bridge.Configuration.bootstraps`.
public struct BootstrapID: Sendable, Hashable, Comparable {
    public let index: Int

    public init(index: Int) {
        self.index = index
    }

    public static func < (left: BootstrapID, right: BootstrapID) -> Bool {
        left.index < right.index
    }
}

/// How long to wait before a bootstrap is dialled again. The owner decides; the bridge says after what.
public protocol DialInWait: Sendable {
    /// The wait after one more failure.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration
    /// The longest wait, for what time alone is unlikely to mend.
    func longest(using generator: inout some RandomNumberGenerator) -> Duration
    /// The next wait is the shortest again.
    mutating func reset()
}

/// How it stands with one bootstrap that the bridge dials.
public struct DialInStatus: Sendable, Equatable {
    public enum Word: String, Sendable {
        /// Being dialled, or asked to register us.
        case connecting
        /// Registered: it can put its questions.
        case connected
        /// Not reached, or lost; tried again soon.
        case disconnected
        /// Refused, by it or by us. Tried again, but somebody should look.
        case failed
    }

    public var address: String
    public var word: Word
    /// When the word changed last.
    public var since: Instant
    /// Why the last attempt or connection ended; nil if none did. May hold text of the bootstrap's.
    public var lastError: String?
    /// It proved the secret on the connection that is open now. Existing bootstraps never do.
    public var isProven: Bool
    /// Attempts so far.
    public var dials: Int
}

/// What the bridge knows of one bootstrap that it dials itself (protocol.md 3.1 (c)): at most one attempt or connection at a
/// time, and never the last attempt.
///
///     idle ──begin──► dialling ──opened──► registering ──registered──► registered
///                        ▲ │                    │                          │
///                  begin │ └────────────────────┴───── ended ──────────────┘
///                      waiting ◄────────────────────────┘
struct DialIn: Sendable {
    enum Phase: Sendable, Equatable {
        case idle
        /// A timer says when to go on.
        case waiting
        case dialling
        case registering
        case registered(since: Instant)
    }

    /// Why an attempt or a connection ended.
    enum Setback: Sendable, Equatable {
        /// Nobody there, or gone: trying again helps.
        case lost(String)
        /// The bootstrap reaches us on another link. Nothing is wrong, but that link may go.
        case alreadyLinked(String)
        /// One side will not have the other until somebody changes something.
        case refused(String)
        /// Refused by us. As existing bootstraps prove nothing, only a proof ends the suspicion.
        case wrongSecret

        var text: String {
            switch self {
            case .lost(let text), .alreadyLinked(let text), .refused(let text): text
            case .wrongSecret: "The bootstrap does not know the secret"
            }
        }

        var word: DialInStatus.Word {
            switch self {
            case .lost, .alreadyLinked: .disconnected
            case .refused, .wrongSecret: .failed
            }
        }
    }

    private(set) var phase = Phase.idle
    private(set) var status: DialInStatus
    /// Why the open connection is about to end, once that is known.
    private var verdict: Setback?
    private var lastSetback: Setback?
    private var wait: any DialInWait
    /// What an operator was told last.
    private var told: (word: DialInStatus.Word, error: String?)?

    init(address: String, wait: any DialInWait) {
        self.wait = wait
        status = DialInStatus(
            address: address,
            word: .disconnected,
            since: .zero,
            lastError: nil,
            isProven: false,
            dials: 0
        )
    }

    /// - Returns: false when an attempt or a connection stands.
    mutating func begin(at now: Instant) -> Bool {
        switch phase {
        case .idle, .waiting: break
        case .dialling, .registering, .registered: return false
        }
        phase = .dialling
        verdict = nil
        status.dials += 1
        enter(.connecting, at: now)
        return true
    }

    /// - Returns: false when nobody asked for this connection.
    mutating func opened() -> Bool {
        guard phase == .dialling else { return false }
        phase = .registering
        return true
    }

    /// - Returns: whether that is news.
    mutating func registered(at now: Instant) -> Bool {
        guard case .registering = phase else { return false }
        phase = .registered(since: now)
        verdict = nil
        enter(.connected, at: now)
        switch lastSetback {
        // The next thing it does may be the same as last time.
        case .wrongSecret, .alreadyLinked: return false
        case .lost, .refused, nil: return isNews()
        }
    }

    /// The bootstrap proved the secret.
    /// - Returns: whether that is news.
    mutating func proven() -> Bool {
        status.isProven = true
        guard lastSetback == .wrongSecret else { return false }
        lastSetback = nil
        return isNews()
    }

    /// What will have been the reason when the open connection ends; the first reason counts.
    mutating func judge(_ setback: Setback) {
        if verdict == nil { verdict = setback }
    }

    /// The attempt or the connection is over.
    /// - Returns: how long to wait, and whether the reason is news.
    mutating func ended(
        _ reason: Setback,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> (wait: Duration, isNews: Bool) {
        let setback = verdict ?? reason
        if case .registered(let since) = phase, now - since >= BridgeDefaults.dialInProvingTime { wait.reset() }
        phase = .waiting
        verdict = nil
        lastSetback = setback
        status.isProven = false
        status.lastError = setback.text
        enter(setback.word, at: now)
        switch setback {
        case .lost: return (wait.next(using: &generator), isNews())
        case .alreadyLinked: return (wait.longest(using: &generator), false)
        case .refused, .wrongSecret: return (wait.longest(using: &generator), isNews())
        }
    }

    private mutating func enter(_ word: DialInStatus.Word, at now: Instant) {
        if status.word != word { status.since = now }
        status.word = word
    }

    /// Whether an operator has not just been told the same.
    private mutating func isNews() -> Bool {
        let error = status.word == .connected ? nil : status.lastError
        if let told, told == (status.word, error) { return false }
        told = (status.word, error)
        return true
    }
}
