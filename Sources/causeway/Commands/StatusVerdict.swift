/// The answer to "are people getting in, and if not, why": the same as that of the server's page.
struct StatusVerdict: Sendable, Equatable {
    enum Level: String, Sendable, Encodable {
        case ok
        /// Nobody asks, and nothing speaks against it that who would gets in.
        case idle
        case warning
        case bad
        /// No word from the server.
        case unknown

        fileprivate var severity: Int {
            switch self {
            case .ok, .idle: 0
            case .warning: 1
            case .bad, .unknown: 2
            }
        }
    }

    /// Something that needs attention.
    struct Finding: Sendable, Equatable, Encodable {
        var level: Level
        var text: String
        /// What to do; empty if the text says it.
        var advice = ""
    }

    var level: Level
    var title: String
    var detail: String
    /// The worst first, 8 at most.
    var findings: [Finding]

    static let maxFindings = 8

    init(level: Level, title: String, detail: String, findings: [Finding] = []) {
        self.level = level
        self.title = title
        self.detail = detail
        self.findings = findings
    }

    init(_ overview: StatusOverview, _ words: StatusWords) {
        let recent = Lately(overview.seconds)
        self = Self.joins(overview, recent, words)
        findings = Findings(overview, words).found
        guard level.severity == 0, let worst = findings.first?.level, worst.severity > 0 else { return }
        // What needs attention shows, but is not as bad as it could be while people do get in.
        level = recent.counts.ended > 0 ? .warning : worst
    }

    /// How newcomers fared in the shortest time in which enough of them were answered to say something.
    struct Lately: Sendable, Equatable {
        var counts: StatusOverview.Counts
        var words: String

        init(_ seconds: [StatusOverview.Counts]) {
            for (samples, enough, words) in [(15, 20, "15 seconds"), (60, 5, "minute")] {
                let counts = Self.sum(seconds.suffix(samples))
                if counts.ended >= enough {
                    (self.counts, self.words) = (counts, words)
                    return
                }
            }
            (counts, words) = (Self.sum(seconds.suffix(300)), "5 minutes")
        }

        private static func sum(_ samples: ArraySlice<StatusOverview.Counts>) -> StatusOverview.Counts {
            samples.reduce(into: StatusOverview.Counts()) { sum, sample in
                sum.asked &+= sample.asked
                sum.named &+= sample.named
                sum.connected &+= sample.connected
                sum.lost &+= sample.lost
                sum.degraded &+= sample.degraded
                sum.busy &+= sample.busy
                sum.failed &+= sample.failed
            }
        }
    }

    private static func joins(_ overview: StatusOverview, _ recent: Lately, _ words: StatusWords) -> Self {
        let counts = recent.counts
        let (ended, away) = (counts.ended, counts.away)
        let seen = words.plural(ended, "newcomer")
        let led = words.whole(counts.named &+ counts.degraded)
        let outcome = "\(led) of \(seen) got an answer to go on with in the last \(recent.words)."
        if overview.server.isDraining {
            let until = overview.server.drainsUntil.map { " It ends by \(words.moment($0))." } ?? ""
            return Self(level: .warning, title: "The server is stopping", detail: "It takes no newcomers.\(until)")
        }
        if ended == 0 { return silence(overview, words) }
        if ended < 3, away > 0 { return Self(level: .warning, title: "A newcomer was turned away", detail: outcome) }
        if away == ended {
            let detail = "All \(seen) of the last \(recent.words) were turned away."
            return Self(level: .bad, title: "Nobody is getting in", detail: detail)
        }
        if away * 2 >= ended { return Self(level: .bad, title: "Most newcomers are turned away", detail: outcome) }
        if away * 20 > ended { return Self(level: .warning, title: "Some newcomers are turned away", detail: outcome) }
        if counts.degraded * 2 >= ended {
            let detail = "Most are given peers to dial by themselves, not a helper."
            return Self(level: .warning, title: "People get in the hard way", detail: detail)
        }
        let decided = counts.connected &+ counts.lost
        if decided >= 10, counts.lost > counts.connected {
            let part = "\(words.whole(counts.connected)) of \(words.whole(decided))"
            let detail = "Only \(part) connected in the last \(recent.words)."
            return Self(level: .bad, title: "Few newcomers reach their helpers", detail: detail)
        }
        let detail = "\(words.whole(counts.named)) of \(seen) were led to a helper in the last \(recent.words)."
        return Self(level: .ok, title: "People are getting in", detail: detail)
    }

    private static func silence(_ overview: StatusOverview, _ words: StatusWords) -> Self {
        guard overview.server.ready else {
            let detail = "Nobody is asking right now; who does will be turned away."
            return Self(level: .bad, title: "Newcomers cannot get in", detail: detail)
        }
        if overview.server.isNewNetwork {
            let detail = "The network is new. The first peer that asks begins it."
            return Self(level: .idle, title: "Ready for the first peer", detail: detail)
        }
        guard let probe = overview.probe else {
            let detail = "The server is ready; no newcomer asked in 5 minutes."
            return Self(level: .idle, title: "Nobody is asking", detail: detail)
        }
        if probe.ok {
            let detail = "Nobody is asking. The server's own trial join got in \(words.ago(probe.at))."
            return Self(level: .ok, title: "The way in is open", detail: detail)
        }
        let detail = "Nobody is asking right now, and the server's own trial join failed."
        return Self(level: .bad, title: "Newcomers probably cannot get in", detail: detail)
    }
}

/// What needs attention, apart from how newcomers fare.
private struct Findings {
    private(set) var found: [StatusVerdict.Finding] = []
    private let overview: StatusOverview
    private let words: StatusWords

    init(_ overview: StatusOverview, _ words: StatusWords) {
        self.overview = overview
        self.words = words
        findServer()
        findBridges()
        findReason()
        findRoom()
        let order = found.enumerated().sorted { one, other in
            let (left, right) = (one.element.level.severity, other.element.level.severity)
            return left == right ? one.offset < other.offset : left > right
        }
        found = order.prefix(StatusVerdict.maxFindings).map(\.element)
    }

    private mutating func find(_ level: StatusVerdict.Level, _ text: String, _ advice: String = "") {
        let finding = StatusVerdict.Finding(level: level, text: text, advice: advice)
        if !found.contains(finding) { found.append(finding) }
    }

    private mutating func findServer() {
        for reason in overview.server.notReady { find(.bad, "Not ready: \(reason).") }
        guard let probe = overview.probe, !probe.ok else { return }
        let place = probe.step.isEmpty ? "" : " at \"\(probe.step)\""
        let why = probe.error.isEmpty ? "" : ": \(probe.error)"
        find(.bad, "The server's own trial join failed \(words.ago(probe.at))\(place)\(why).")
    }

    /// Those that refuse us first: they do not come back by themselves.
    private mutating func findBridges() {
        let bridges = overview.bridges
        if bridges.isEmpty {
            find(.warning, "No bridge is configured and none has dialled in.", "Name one with --bridge.")
        }
        let away = bridges.filter { !$0.available && $0.state != .retiring }
        let refusing = away.filter { $0.state == .failed }
        let listed = refusing + away.filter { $0.state != .failed }
        let level = away.count == bridges.count ? StatusVerdict.Level.bad : .warning
        for bridge in listed.prefix(3) {
            let why = bridge.error.isEmpty ? "" : " (\(bridge.error))"
            let advice = bridge.state == .failed ? "The secret here and there must be the same." : ""
            find(level, "\(bridge.name) \(bridge.state.words) since \(words.moment(bridge.since))\(why).", advice)
        }
        if away.count > 3 { find(level, "\(away.count) of \(bridges.count) bridges cannot be asked.") }
    }

    /// Why most of those who got no helper got none, if they are many and the bridges above do not say it.
    private mutating func findReason() {
        let all = overview.unhelped.reduce(0) { $0 &+ $1.fiveMinutes }
        let named = overview.seconds.reduce(0) { $0 &+ $1.named }
        guard let main = overview.unhelped.max(by: { $0.fiveMinutes < $1.fiveMinutes }), all > 0,
            Double(all) > 0.05 * (Double(named) + Double(all)), main.reason != .draining
        else { return }
        let isSaid = main.reason == .noBridge || main.reason == .knownPeers
        if isSaid, !overview.bridges.contains(where: \.available) { return }
        let text = main.reason.words.prefix(1).lowercased() + main.reason.words.dropFirst()
        find(.warning, "Most of those without a helper, in the last 5 minutes: \(text).", main.reason.advice)
    }

    private mutating func findRoom() {
        let (queue, peers) = (overview.queue, overview.peers)
        if queue.waitingLimit > 0, queue.waiting > queue.waitingLimit / 2 {
            let part = "\(words.whole(queue.waiting)) of at most \(words.whole(queue.waitingLimit))"
            find(.warning, "\(part) questions wait for a bridge.", "Add bridges.")
        }
        if peers.limit > 0, Double(peers.registered) > 0.9 * Double(peers.limit) {
            let part = "\(words.whole(peers.registered)) of at most \(words.whole(peers.limit))"
            find(.warning, "\(part) peers are here.", "Raise the limit or add a bootstrap server.")
        } else if let room = overview.room.peers, Double(room) < 0.1 * Double(peers.registered) {
            find(.warning, "Room for about \(words.whole(room)) more peers only.")
        }
    }
}

extension StatusOverview.Bridge.State {
    var words: String {
        switch self {
        case .connected: "connected"
        case .ejected: "does not answer"
        case .connecting: "connecting"
        case .disconnected: "disconnected"
        case .failed: "refuses us"
        case .retiring: "retiring"
        case .unknown: "unknown"
        }
    }
}

extension StatusOverview.Unhelped.Reason {
    var words: String {
        switch self {
        case .bridgePeers: "Peers from a bridge's emergency reply"
        case .knownPeers: "Peers known to this server"
        case .noBridge: "No bridge could be asked"
        case .timedOut: "No bridge answered in time"
        case .bridgeRefused: "The bridges knew nobody"
        case .unusableAnswer: "A bridge's answer was unusable"
        case .busy: "Too many questions at once"
        case .peersFull: "This server is full"
        case .draining: "This server is stopping"
        case .other: "Other reasons"
        }
    }

    var advice: String {
        switch self {
        case .bridgePeers: "The bridges know peers but no helper among them."
        case .knownPeers: "No bridge named a helper; newcomers dial peers by themselves."
        case .noBridge: "Look at the bridges: are they running, is the secret the same?"
        case .timedOut: "The bridges are overloaded or cut off. Look at their own metrics."
        case .bridgeRefused: "Are peers in the network? Bridges learn of them within a minute."
        case .unusableAnswer: "Its version may not fit this server."
        case .busy: "Add bridges, or raise their windows."
        case .peersFull: "Raise the limit of peers or add a bootstrap server."
        case .draining: "They come back by themselves."
        case .other: "The log of the server says more."
        }
    }
}
