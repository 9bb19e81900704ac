package import LinkCore
package import Timekeeping

/// Watches what goes into a pool and what comes out of it, keeps books of its own, and names the first promise that is broken.
///
/// It knows the pool only through its package surface. Whoever drives a pool tells it of each event before the pool hears of
/// it, of each action afterwards, and then has it look at the pool as a whole.
package struct InvariantChecker: Sendable {
    struct LinkRecord: Sendable {
        enum Kind: Sendable {
            /// Dialled, to stay.
            case pool
            /// Dialled in stateless mode, for one purpose.
            case single
            case dialIn(isNative: Bool)
        }

        enum State: Sendable {
            case dialling, open, authenticating, ready
        }

        var kind: Kind
        var endpoint: EndpointID?
        var address: String?
        var state: State
        var bridge: String?
        var traits: BridgeTraits?
        var isWritable = true
        /// What was put to the bridge here, and whether it may be again.
        var carried: [RequestID: Bool] = [:]
    }

    struct RequestRecord: Sendable {
        var join: Ticket
        var acceptedAt: Instant
        /// Every bridge it was put to, in order, by node id.
        var asked: [String] = []
        /// How often a bridge said no, or busy.
        var declined = 0
        /// Who that was and where, as far as it was clear.
        var declinedBy: [(bridge: String, endpoint: EndpointID)] = []
    }

    let configuration: LinkPool.Configuration
    /// How late timers may fire.
    let lateness: Duration
    package internal(set) var violation: Violation?

    var links: [LinkID: LinkRecord] = [:]
    /// Accepted, not ended.
    var open: [RequestID: RequestRecord] = [:]
    /// In the order of acceptance, with those that have ended since.
    var line: [(id: RequestID, acceptedAt: Instant)] = []
    var lineStart = 0
    var known: Set<RequestID> = []
    /// By their tickets, counted from 1.
    var answers: [SimulatedAnswer] = []
    /// What each bridge announced last.
    var announced: [String: BridgeTraits] = [:]
    var configured: [String: LinkMode]
    var lastDial: [String: Instant] = [:]
    var lastRefusal: [String: Instant] = [:]
    var told: [EndpointID: LinkStatus] = [:]
    var inFlight: [EndpointID: Int] = [:]
    /// Who was where after the last event.
    var places: [(endpoint: EndpointID, bridge: String?)] = []
    var drainEnd: Instant?
    var saidDrained = false
    var isStopped = false

    var looks = 0
    /// The pool's next deadline after the last event.
    var nextDeadline: Instant?
    /// Little happens; the pool's own books need not be read each time.
    var isCalm = false

    // Of the event under way.
    var isMerged = false
    var mayAct = true
    var refused: RequestID?
    /// Requests, whom they were put to, and whether that bridge's address is no longer configured.
    var sent: [(id: RequestID, bridge: String, isRemoved: Bool)] = []

    package init(
        configured: [String: LinkMode],
        configuration: LinkPool.Configuration,
        lateness: Duration = .zero
    ) {
        self.configured = configured
        self.configuration = configuration
        self.lateness = lateness
    }

    mutating func require(_ condition: Bool, _ invariant: Invariant, _ detail: @autoclosure () -> String) {
        if !condition, violation == nil { violation = Violation(invariant, detail()) }
    }

    /// How many requests are open, by the checker's books.
    package var openCount: Int { open.count }
}

// MARK: What goes in

extension InvariantChecker {
    /// What the pool is to hand back for this answer.
    package mutating func ticket(for answer: SimulatedAnswer) -> Ticket {
        answers.append(answer)
        return Ticket(value: UInt64(answers.count))
    }

    func answer(of ticket: Ticket) -> SimulatedAnswer? {
        let index = Int(ticket.value) - 1
        return answers.indices.contains(index) ? answers[index] : nil
    }

    package mutating func submitted(_ id: RequestID, join: Ticket, at now: Instant) {
        require(known.insert(id).inserted, .uniqueIDs, "\(id) is used again")
        open[id] = RequestRecord(join: join, acceptedAt: now)
        line.append((id, now))
        if drainEnd != nil || isStopped { refused = id }
    }

    package mutating func cancelled(_ id: RequestID) {
        open[id] = nil
    }

    package mutating func opened(_ link: LinkID) {
        if links[link]?.state == .dialling { links[link]?.state = .open }
    }

    package mutating func authenticated(_ link: LinkID, bridge: String, traits: BridgeTraits) {
        guard links[link]?.state == .authenticating else { return }
        let claimed = links[link]?.bridge
        links[link]?.state = .ready
        links[link]?.bridge = bridge
        links[link]?.traits = traits
        if claimed == nil || claimed == bridge { announced[bridge] = traits }
    }

    /// Whether the bridge announced it, on this link or lately on another: when it comes back as another version it announces
    /// other features, and what is left of its former life is dead and may be told anything.
    func has(_ feature: (BridgeTraits) -> Bool, _ record: LinkRecord?) -> Bool {
        let own = record?.traits.map(feature) ?? false
        return own || record?.bridge.flatMap { announced[$0] }.map(feature) ?? false
    }

    /// The other end, or the network, ended the connection, or refused the secret on it.
    package mutating func closed(_ link: LinkID, refusedSecret: Bool = false, at now: Instant) {
        guard let record = links[link] else { return }
        if refusedSecret {
            // The pool closes it; but by then it must not say anything more there.
            if case .pool = record.kind, let address = record.address { lastRefusal[address] = now }
        } else {
            links[link] = nil
            if case .dialIn = record.kind { forgetQuestions(to: record.bridge) }
        }
    }

    /// A bridge of the current era that has lost its own connection has lost its answers: it may be asked again.
    mutating func forgetQuestions(to bridge: String?) {
        for id in links.keys where links[id]?.bridge == bridge {
            let carried = links[id]?.carried ?? [:]
            links[id]?.carried = carried.mapValues { _ in true }
        }
    }

    package mutating func dialledIn(_ link: LinkID, bridge: String, isNative: Bool, traits: BridgeTraits) {
        // It knows the secret now, so dialling it again at once is no knocking at a locked door.
        lastRefusal = [:]
        links[link] = LinkRecord(
            kind: .dialIn(isNative: isNative),
            state: isNative ? .open : .ready,
            bridge: bridge,
            traits: traits
        )
    }

    package mutating func writabilityChanged(_ link: LinkID, isWritable: Bool) {
        links[link]?.isWritable = isWritable
    }

    /// The event under way concerns nobody: the pool must not act on it.
    package mutating func expectsNothing() {
        mayAct = false
    }

    /// Some open request, if there is one.
    func anyOpen(using chance: inout some RandomNumberGenerator) -> RequestID? {
        guard lineStart < line.count else { return nil }
        let start = Int.random(in: lineStart..<line.count, using: &chance)
        let place =
            line[start...].firstIndex { open[$0.id] != nil } ?? line[lineStart...].firstIndex { open[$0.id] != nil }
        return place.map { line[$0].id }
    }

    package enum AnswerKind: Sendable {
        case success, refused, busy, unusable
    }

    /// - Returns: whether it comes from a bridge that was not asked.
    @discardableResult
    package mutating func answered(_ id: RequestID, on link: LinkID, _ kind: AnswerKind) -> Bool {
        guard let bridge = links[link]?.bridge, let record = open[id] else {
            mayAct = false
            return false
        }
        guard record.asked.contains(bridge) else {
            mayAct = false
            return true
        }
        switch kind {
        case .refused, .busy:
            open[id]?.declined += 1
            if let endpoint = onlyEndpoint(of: bridge) { open[id]?.declinedBy.append((bridge, endpoint)) }
        case .success, .unusable: break
        }
        return false
    }

    package mutating func reconfigured(_ bridges: [String: LinkMode]) {
        configured = bridges
        lastDial = [:]
        lastRefusal = [:]
    }

    package mutating func draining(until end: Instant) {
        if drainEnd == nil { drainEnd = end }
    }

    package mutating func stopped() {
        isStopped = true
    }
}
