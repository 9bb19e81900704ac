/// What kind of node it says it is.
public enum NodeKind: Sendable, Hashable, CaseIterable {
    case server
    case browser
    case bridge
    /// The stateless era, whose hello does not tell (protocol.md 4.2).
    case unknown
}

/// How a browser's router treats what comes from outside, as the browser found out (protocol.md 2.10, `natType`).
public enum NAT: Sendable, Hashable, CaseIterable {
    /// `open` or `easy`: others get through.
    case easy
    /// `hard`: every destination sees another port, so two of these seldom meet.
    case hard
    /// It did not say, or does not know.
    case unknown
}

/// How a node can be reached by one that is not connected to it (protocol.md 4.9).
public enum Reach: Sendable, Hashable {
    /// It accepts WebSocket connections at an address it announced. `secure` when that address is public and `wss`, which is
    /// what a browser on an https page needs.
    case dialable(secure: Bool)
    /// A browser: it dials others, and meets other browsers through WebRTC.
    case browser(NAT)
    /// It can't be dialled and is no browser.
    case unreachable
    /// It did not say, or announced an address that means nothing to others.
    case unknown
}

extension Reach: CaseIterable {
    public static let allCases: [Reach] = [
        .dialable(secure: true), .dialable(secure: false), .browser(.easy), .browser(.hard), .browser(.unknown),
        .unreachable, .unknown,
    ]

    /// Its place in `allCases`.
    var index: Int {
        switch self {
        case .dialable(secure: true): 0
        case .dialable(secure: false): 1
        case .browser(.easy): 2
        case .browser(.hard): 3
        case .browser(.unknown): 4
        case .unreachable: 5
        case .unknown: 6
        }
    }
}

/// Whether two nodes can be expected to connect, whichever of them dials (protocol.md 2.7, 4.9).
public enum Prospect: Sendable, Hashable, CaseIterable {
    case sure
    /// Nothing known speaks against it, but it takes something we don't know.
    case hope
    case none

    /// What is known of `helper` and `newcomer` meeting. It is the same the other way round.
    public init(of helper: Reach, with newcomer: Reach) {
        self =
            switch (helper, newcomer) {
            case (.browser(let one), .browser(let other)): Self(between: one, and: other)
            // The page may have come by plain http, and may then dial plain ws.
            case (.dialable(let secure), .browser), (.browser, .dialable(let secure)): secure ? .sure : .hope
            case (.dialable, _), (_, .dialable): .sure
            case (.unknown, _), (_, .unknown): .hope
            case (.unreachable, _), (_, .unreachable): .none
            }
    }

    private init(between one: NAT, and other: NAT) {
        self =
            switch (one, other) {
            case (.easy, _), (_, .easy), (.unknown, .unknown): .sure
            case (.hard, _), (_, .hard): .hope
            }
    }
}
