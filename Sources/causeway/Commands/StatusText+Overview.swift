/// The facts of the server's page, for a terminal: the verdict first, then what needs attention, then the numbers.
extension StatusText {
    init(_ overview: StatusOverview, _ verdict: StatusVerdict, _ words: StatusWords, width: Int) {
        addVerdict(verdict, facts: Self.facts(overview.server, words), width: width)
        addBridges(overview.bridges, words, width: width)
        addJoins(overview, words, width: width)
        addState(overview, words, width: width)
        addUnhelped(overview.unhelped, words, width: width)
        addEvents(overview.events.suffix(Self.shownEvents).reversed(), words)
    }

    private static let shownEvents = 8

    /// - Parameter facts: who it is about.
    mutating func addVerdict(_ verdict: StatusVerdict, facts: String = "", width: Int) {
        line(Piece(verdict.level.mark, verdict.level.style), Piece(" "), Piece(verdict.title, .strong))
        paragraph(verdict.detail, indent: Self.indent, width: width)
        paragraph(facts, style: .faint, indent: Self.indent, width: width)
        guard !verdict.findings.isEmpty else { return }
        heading("Needs attention")
        for finding in verdict.findings {
            paragraph("\(finding.level.mark) \(finding.text)", style: finding.level.style, indent: 2, width: width)
            if !finding.advice.isEmpty {
                paragraph(finding.advice, style: .faint, indent: 2 + Self.indent, width: width)
            }
        }
    }

    /// As wide as the marks, and the space after them.
    private static let indent = 5

    private static func facts(_ server: StatusOverview.Server, _ words: StatusWords) -> String {
        var facts = [server.node.isEmpty ? "bootstrap server" : server.node]
        if !server.version.isEmpty { facts.append("causeway \(server.version)") }
        if let started = server.startedAt { facts.append("up \(words.since(started))") }
        if let memory = server.memoryBytes { facts.append("\(words.bytes(memory)) of memory") }
        if let cpu = server.cpuPercent, (0...1_000_000).contains(cpu) {
            facts.append("\(words.tenths(Int64(cpu * 10))) % CPU")
        }
        return facts.joined(separator: ", ")
    }

    // MARK: Sections

    private mutating func addBridges(_ bridges: [StatusOverview.Bridge], _ words: StatusWords, width: Int) {
        guard !bridges.isEmpty else { return }
        let available = bridges.count(where: \.available)
        heading("Bridges", "\(available) of \(bridges.count) can be asked")
        var table = StatusTable(columns: [
            .init(title: "bridge", weight: StatusTable.never),
            .init(title: "state", weight: StatusTable.never),
            .init(title: "since", weight: 6),
            .init(title: "RTT", isNumber: true, weight: 7),
            .init(title: "in flight", isNumber: true, weight: 5),
            .init(title: "requests", isNumber: true, weight: 4),
            .init(title: "answers", isNumber: true, weight: 3),
            .init(title: "timeouts", isNumber: true, weight: 2),
            .init(title: "busy", isNumber: true, weight: 1),
        ])
        table.rows = bridges.map { bridge in
            [
                Piece(bridge.name), Piece(bridge.state.words, bridge.style),
                Piece(words.since(bridge.since)), Piece(words.microseconds(bridge.roundTripUs)),
                Piece("\(words.whole(bridge.inFlight))/\(words.whole(bridge.window))"),
                Piece(words.whole(bridge.requests)), Piece(words.whole(bridge.answers)),
                Piece(words.whole(bridge.timeouts), bridge.timeouts > 0 ? .warning : .plain),
                Piece(words.whole(bridge.busyAnswers), bridge.busyAnswers > 0 ? .warning : .plain),
            ]
        }
        lines += table.lines(width: width) { row in
            let error = bridges[row].error
            return error.isEmpty ? [] : [[Piece("  \(error)", .bad)]]
        }
    }

    private mutating func addJoins(_ overview: StatusOverview, _ words: StatusWords, width: Int) {
        heading("Joins")
        var table = StatusTable(columns: [.init(title: "", weight: StatusTable.never)])
        for (title, weight) in [
            ("asked", 13), ("named", 12), ("invited", 5), ("accepted", 4), ("connected", 9), ("lost", 3),
            ("degraded", 10),
            ("busy", 8), ("failed", 11), ("p50", 7), ("p90", 2), ("p99", 6),
        ] {
            table.columns.append(.init(title: title, isNumber: true, weight: weight))
        }
        func row(_ title: String, _ counts: StatusOverview.Counts, _ times: StatusOverview.Sample?) -> [Piece] {
            let numbers = [
                counts.asked, counts.named, counts.invited, counts.accepted, counts.connected, counts.lost,
                counts.degraded,
            ]
            return [Piece(title)] + numbers.map { Piece(words.whole($0)) }
                + [counts.busy, counts.failed].map { Piece(words.whole($0), $0 > 0 ? .warning : .plain) }
                + [times?.p50Us, times?.p90Us, times?.p99Us].map { Piece(words.microseconds($0)) }
        }
        if let second = overview.second { table.rows.append(row("last second", second.counts, second)) }
        if let minute = overview.minute { table.rows.append(row("last minute", minute.counts, minute)) }
        table.rows.append(row("since start", overview.totals, nil))
        lines += table.lines(width: width)
    }

    private mutating func addState(_ overview: StatusOverview, _ words: StatusWords, width: Int) {
        let (queue, peers, room) = (overview.queue, overview.peers, overview.room)
        heading("Now")
        var facts: [(String, String)] = []
        facts.append(
            (
                "queue",
                "\(words.whole(queue.inFlight)) of \(words.whole(queue.window)) at the bridges, "
                    + "\(words.whole(queue.waiting)) of at most \(words.whole(queue.waitingLimit)) waiting"
            )
        )
        let limit = peers.limit > 0 ? " of at most \(words.whole(peers.limit))" : ""
        facts.append(
            ("peers", "\(words.whole(peers.registered))\(limit); \(words.plural(peers.connections, "connection"))")
        )
        let kinds = [
            ("browsers", peers.browsers), ("servers", peers.servers), ("bridges", peers.bridges),
            ("others", peers.others),
        ]
        facts.append(("kinds", Self.list(kinds, words)))
        let nats = [
            ("open", peers.natOpen), ("easy", peers.natEasy), ("hard", peers.natHard), ("unknown", peers.natUnknown),
            ("did not say", peers.natUnreported),
        ]
        facts.append(("NAT", Self.list(nats, words)))
        if let more = room.peers {
            let size = room.bytesPerPeer.map { ", \(words.bytes($0)) each" } ?? ""
            facts.append(("room", "for about \(words.whole(more)) more peers (\(room.limitedBy.words))\(size)"))
        }
        if let joins = room.joinsPerSecond {
            facts.append(("speed", "about \(words.whole(joins)) joins a second on one core"))
        }
        if let probe = overview.probe {
            let how = probe.ok ? "got in" : "failed"
            facts.append(("trial", "the server's own trial join \(how) \(words.ago(probe.at))"))
        }
        for (name, text) in facts {
            line(Piece(name + String(repeating: " ", count: max(1, 7 - name.count)), .faint), Piece(text))
        }
    }

    private static func list(_ counts: [(String, Int)], _ words: StatusWords) -> String {
        let some = counts.filter { $0.1 > 0 }
        return some.isEmpty ? "none" : some.map { "\($0.0) \(words.whole($0.1))" }.joined(separator: ", ")
    }

    private mutating func addUnhelped(_ entries: [StatusOverview.Unhelped], _ words: StatusWords, width: Int) {
        guard !entries.isEmpty else { return }
        heading("Without a helper")
        var table = StatusTable(columns: [
            .init(title: "why", weight: StatusTable.never),
            .init(title: "5 min", isNumber: true, weight: StatusTable.never),
            .init(title: "hour", isNumber: true, weight: 1),
            .init(title: "total", isNumber: true, weight: 2),
        ])
        table.rows = entries.map { entry in
            [
                Piece(entry.reason.words), Piece(words.whole(entry.fiveMinutes)), Piece(words.whole(entry.hour)),
                Piece(words.whole(entry.total)),
            ]
        }
        lines += table.lines(width: width)
    }

    private mutating func addEvents(_ events: some Collection<StatusEvent>, _ words: StatusWords) {
        guard !events.isEmpty else { return }
        // The newest first: what does not fit onto the screen is the oldest.
        heading("Recent events")
        add(events, words)
    }

    mutating func add(_ events: some Collection<StatusEvent>, _ words: StatusWords) {
        for event in events {
            let style: Style =
                switch event.level {
                case .info: .plain
                case .warning: .warning
                case .error: .bad
                }
            let subject = event.subject.isEmpty ? "" : "  (\(event.subject))"
            line(Piece("\(words.moment(event.at))  ", .faint), Piece(event.text, style), Piece(subject, .faint))
        }
    }
}

extension StatusVerdict.Level {
    /// Also for those who see no colours.
    var mark: String {
        switch self {
        case .ok, .idle: "OK  "
        case .warning: "WARN"
        case .bad: "BAD "
        case .unknown: "??  "
        }
    }

    var style: StatusText.Style {
        switch self {
        case .ok, .idle: .good
        case .warning: .warning
        case .bad, .unknown: .bad
        }
    }

    /// Of `causeway status`.
    var exitCode: Int32 {
        switch self {
        case .ok, .idle: 0
        case .warning: 1
        case .bad: 3
        case .unknown: 4
        }
    }
}

extension StatusOverview.Bridge {
    fileprivate var style: StatusText.Style {
        switch state {
        case .connected: available ? .good : .warning
        case .connecting, .retiring: .plain
        case .ejected, .unknown: .warning
        case .disconnected, .failed: .bad
        }
    }
}

extension StatusOverview.Room.Limit {
    fileprivate var words: String {
        switch self {
        case .limit: "up to the configured limit"
        case .memory: "limited by memory"
        case .files: "limited by open files"
        case .cpu: "limited by CPU"
        case .other: "estimated"
        }
    }
}
