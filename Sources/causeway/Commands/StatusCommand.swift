import ArgumentParser
import FoundationEssentials
import Telemetry
import UnixSignals
import WebSocketTransport
import WireMessages

/// `causeway status`: is everything well, in a terminal.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show whether people are getting in: bridges, joins, peers and events of a running server.",
        discussion: """
            Shows what the live page of a bootstrap server shows, the answer first. Against a bridge's port for monitors \
            (--metrics-port) it shows how the bridge is.

            Every answer to a joining peer has a receipt with an id; --join ID shows what became of that join.

            Exit codes: 0 people can get in; 1 something needs attention; 2 bad arguments; 3 people cannot get in; 4 no answer, \
            or not from a server that can be asked. With --watch 0 when interrupted; with --join and --events 0 or 4.

            EXAMPLES
              causeway status
              causeway status https://boot.example.org --watch
              causeway status --join 5f0c1d2e3b4a59687786a5b4c3d2e1f0
              causeway status --events --since 24h
            """
    )

    @Argument(help: "Address of the server: http, https, ws or wss, with its base path if it has one.")
    var url = "http://127.0.0.1:8080"

    @Flag(help: "Keep looking: every second in place on a terminal, every 10 s in a file. Ends with Ctrl-C.")
    var watch = false

    @Option(help: "Show the way of the join with this id.")
    var join: String?

    @Flag(help: "List what happened: bridges lost and found, and other things to tell a colleague.")
    var events = false

    @Option(help: "How far back --events goes.")
    var since = DurationArgument(.seconds(3_600))

    @Option(help: "How many --events at most; the newest.")
    var limit = 200

    @Option(help: "PEM file with an authority to trust besides the system's.")
    var caFile: String?

    @Flag(help: "Print one JSON object instead.")
    var json = false

    func run() async throws {
        let source = StatusSource(
            url: try StatusSource.url(url),
            trust: try StatusSource.trust(caFile: caFile)
        )
        guard !(watch && (json || join != nil || events)), !(join != nil && events) else {
            throw SettingError(
                name: "--watch, --join, --events",
                problem: "one of them at a time, and --watch without --json"
            )
        }
        guard (1...StatusBounds.listedEvents).contains(limit) else {
            throw SettingError(name: "--limit", problem: "must be between 1 and \(StatusBounds.listedEvents)")
        }
        if let join { return try await show(join: join, source) }
        if events { return try await listEvents(source) }
        if watch { return try await keepLooking(source) }
        switch try await source.look() {
        case .success(let facts): try show(facts)
        case .failure(let silence): try show(silence)
        }
    }

    // MARK: One look

    private func show(_ facts: StatusSource.Facts) throws {
        let verdict: StatusVerdict
        let document: RawJSON
        let screen = StatusScreen()
        switch facts {
        case .bootstrap(let overview, let whole):
            verdict = StatusVerdict(overview, Self.words(overview))
            document = whole
            if !json {
                screen.print(StatusText(overview, verdict, Self.words(overview), width: screen.size.width))
            }
        case .bridge(let bridge, let whole):
            verdict = StatusVerdict(bridge)
            document = whole
            if !json { screen.print(StatusText(bridge, verdict, Self.words(nil), width: screen.size.width)) }
        }
        if json { try Self.print(verdict, document) }
        guard verdict.level.exitCode == 0 else { throw ExitCode(verdict.level.exitCode) }
    }

    private func show(_ silence: StatusSource.Silence) throws {
        let verdict = StatusVerdict(
            level: .unknown,
            title: silence.title,
            detail: "\(silence.reason). \(silence.advice)"
        )
        if json {
            try Self.print(verdict, .null)
        } else {
            let screen = StatusScreen()
            var text = StatusText()
            text.addVerdict(verdict, width: screen.size.width)
            screen.print(text)
        }
        throw ExitCode(verdict.level.exitCode)
    }

    private static func words(_ overview: StatusOverview?) -> StatusWords {
        StatusWords(now: overview.map(\.at).flatMap { $0 > 0 ? $0 : nil } ?? SystemClock.unixMilliseconds())
    }

    /// - Parameter document: what the server said.
    private static func print(_ verdict: StatusVerdict, _ document: RawJSON) throws {
        let found = verdict.findings.map { finding in
            RawJSON.object { writer in
                writer.member("level", finding.level.rawValue)
                writer.member("text", finding.text)
                writer.member("advice", finding.advice)
            }
        }
        printLine(
            .object { writer in
                writer.member("level", verdict.level.rawValue)
                writer.member("title", verdict.title)
                writer.member("detail", verdict.detail)
                writer.member("findings", found)
                writer.member("exitCode", Int64(verdict.level.exitCode))
                writer.member("status", document)
            }
        )
    }

    /// On one line: line breaks are whitespace in JSON, as texts cannot hold them.
    private static func printLine(_ document: RawJSON) {
        let bytes = document.bytes.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 }
        Swift.print(String(decoding: bytes, as: UTF8.self))
    }

    // MARK: History

    private func show(join id: String, _ source: StatusSource) async throws {
        let isWord = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isWord, (1...128).contains(id.utf8.count) else {
            throw SettingError(
                name: "--join",
                problem: "is not the id of a join: it stands in the receipt of its answer"
            )
        }
        let answer = try await history("/api/v1/joins/\(id)", source)
        guard answer.status != 404 else {
            return try say(
                "No such join",
                "no join with this id is known at \(source.shown)",
                "Joins are kept for a while, and by the server that answered them. Is it that one? Ids are in the receipt of an "
                    + "answer, and in the logs."
            )
        }
        guard answer.status == 200, let found: StatusJoin = StatusSource.decode(answer.body), !found.id.isEmpty,
            let document = try? RawJSON(checking: answer.body, limits: .init(whole: answer.body))
        else { return try notOurs(answer, source) }
        guard !json else { return Self.printLine(document) }
        let screen = StatusScreen()
        screen.print(StatusText(found, Self.words(nil), width: screen.size.width))
    }

    private func listEvents(_ source: StatusSource) async throws {
        let now = SystemClock.unixMilliseconds()
        let from = max(0, now - since.duration.components.seconds * 1_000)
        // The server's clock may be ahead, so there is no end.
        let answer = try await history("/api/v1/events?from=\(from)&limit=\(limit)", source)
        guard answer.status == 200, let found: StatusEvents = StatusSource.decode(answer.body),
            let document = try? RawJSON(checking: answer.body, limits: .init(whole: answer.body))
        else { return try notOurs(answer, source) }
        guard !json else { return Self.printLine(document) }
        var text = StatusText()
        text.add(found.events, Self.words(nil))
        if found.events.isEmpty {
            text.line("Nothing happened in the last \(Self.words(nil).duration(milliseconds: now - from)).")
        }
        StatusScreen().print(text)
    }

    private func history(_ path: String, _ source: StatusSource) async throws -> HTTPAnswer {
        do {
            return try await source.get(path)
        } catch let silence as StatusSource.Silence {
            try show(silence)
            throw silence
        }
    }

    private func notOurs(_ answer: HTTPAnswer, _ source: StatusSource) throws {
        try say(
            "No history there",
            "\(source.shown) answers with HTTP status \(answer.status), and keeps no such history",
            "Ask a bootstrap server of this version; a bridge has none."
        )
    }

    private func say(_ title: String, _ reason: String, _ advice: String) throws {
        try show(StatusSource.Silence(title: title, reason: reason, advice: advice))
    }

    // MARK: Again and again

    private func keepLooking(_ source: StatusSource) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        await withTaskGroup { tasks in
            tasks.addTask { try? await Self.keepLooking(source, StatusScreen()) }
            tasks.addTask { for await _ in signals { return } }
            await tasks.next()
            tasks.cancelAll()
        }
    }

    /// Until the task is cancelled.
    private static func keepLooking(_ source: StatusSource, _ screen: StatusScreen) async throws {
        var screen = screen
        var last: (facts: StatusSource.Facts, heard: Int64)?
        let interval = screen.isTerminal ? Duration.seconds(1) : .seconds(10)
        var next = ContinuousClock.now
        while true {
            let looked = try await source.look()
            let now = SystemClock.unixMilliseconds()
            let width = screen.size.width
            switch looked {
            case .success(let facts):
                last = (facts, now)
                screen.replace(with: text(facts, width: width))
            case .failure(let silence):
                screen.replace(with: text(silence, last, now: now, width: width))
            }
            next = max(next + interval, .now)
            try await Task.sleep(until: next, clock: .continuous)
        }
    }

    private static func text(_ facts: StatusSource.Facts, width: Int) -> StatusText {
        switch facts {
        case .bootstrap(let overview, _):
            StatusText(overview, StatusVerdict(overview, words(overview)), words(overview), width: width)
        case .bridge(let bridge, _):
            StatusText(bridge, StatusVerdict(bridge), words(nil), width: width)
        }
    }

    /// What was known last stays below, as it was.
    private static func text(
        _ silence: StatusSource.Silence,
        _ last: (facts: StatusSource.Facts, heard: Int64)?,
        now: Int64,
        width: Int
    ) -> StatusText {
        let words = StatusWords(now: now)
        let since = last.map { " since \(words.moment($0.heard))" } ?? ""
        let verdict = StatusVerdict(
            level: .unknown,
            title: silence.title + since,
            detail: "\(silence.reason). \(silence.advice)"
        )
        var text = StatusText()
        text.addVerdict(verdict, width: width)
        guard let last else { return text }
        text.heading("As it was", words.ago(last.heard))
        text.lines += Self.text(last.facts, width: width).lines
        return text
    }
}
