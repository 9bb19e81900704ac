import Kademlia
import Observation
import StateStore
import Testing

/// What every history has to do. Each runs through the same tests.
@Suite struct HistoryContractTests {
    enum Driver: CaseIterable {
        case memory
        case sqlite

        func history(
            in directory: TemporaryDirectory,
            events: Int = 10_000,
            joins: Int = 50_000
        ) throws
            -> any HistoryStore
        {
            var bounds = HistoryBounds()
            bounds.events = events
            bounds.joins = joins
            return switch self {
            case .memory: InMemoryHistoryStore(bounds: bounds)
            case .sqlite: try SQLiteStateStore(directory: directory.path).history(bounds: bounds)
            }
        }
    }

    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func event(_ id: Int64, _ kind: OperatorEvent.Kind = .bridgeLost) -> OperatorEvent {
        OperatorEvent(id: id, at: 1_000 + id, level: .warning, kind: kind, subject: "10.0.0.2:9000", text: "n\(id)")
    }

    private func join(_ number: Int, _ steps: [JoinTimeline.Step] = []) -> JoinTimeline {
        JoinTimeline(id: "\(number)", askedAt: Int64(number), newcomer: 7, steps: steps)
    }

    // MARK: Events

    @Test(arguments: Driver.allCases) func eventsAreFoundByTimeAndKindTheNewestOfThemOldestFirst(driver: Driver) throws
    {
        let history = try driver.history(in: directory)
        #expect(try history.lastEventID() == 0)
        #expect(try history.events(from: nil, until: nil, kinds: nil, limit: 10) == [])
        let all = (1...9).map { event($0, $0 % 3 == 0 ? .ready : .bridgeLost) }
        try history.append(events: Array(all.prefix(4)))
        try history.append(events: Array(all.dropFirst(4)))
        #expect(try history.lastEventID() == 9)
        #expect(try history.events(from: nil, until: nil, kinds: nil, limit: 5_000) == all)
        #expect(try history.events(from: nil, until: nil, kinds: nil, limit: 2) == Array(all.suffix(2)))
        #expect(try history.events(from: 1_003, until: 1_006, kinds: nil, limit: 10) == Array(all[2..<5]))
        #expect(try history.events(from: nil, until: nil, kinds: [.ready, .draining], limit: 2) == [all[5], all[8]])
        #expect(try history.events(from: nil, until: nil, kinds: [], limit: 2) == [])
        #expect(try history.events(from: nil, until: nil, kinds: nil, limit: -1) == [])
    }

    @Test(arguments: Driver.allCases) func anEventMayBeReplaced(driver: Driver) throws {
        let history = try driver.history(in: directory)
        try history.append(events: [event(1), event(2)])
        var second = event(2, .ready)
        second.subject = nil
        try history.append(events: [second])
        #expect(try history.events(from: nil, until: nil, kinds: nil, limit: 9) == [event(1), second])
    }

    @Test(arguments: Driver.allCases) func onlyTheNewestEventsAreKept(driver: Driver) throws {
        let history = try driver.history(in: directory, events: 5)
        for id in 1...12 { try history.append(events: [event(Int64(id))]) }
        #expect(try history.events(from: nil, until: nil, kinds: nil, limit: 100).map(\.id) == Array(8...12))
    }

    @Test(arguments: Driver.allCases) func oneAnswerHasAThousandEventsAtMost(driver: Driver) throws {
        let history = try driver.history(in: directory)
        try history.append(events: (1...1_200).map { event($0) })
        let found = try history.events(from: nil, until: nil, kinds: nil, limit: .max)
        #expect(found.map(\.id) == Array(201...1_200))
    }

    // MARK: Joins

    @Test(arguments: Driver.allCases) func aJoinIsFoundByItsIDWithAllItsSteps(driver: Driver) throws {
        let history = try driver.history(in: directory)
        let hostile = "a\"b\\c\u{2028}\u{0}\n</script>ä🦆"
        var whole = JoinTimeline(
            id: "0123456789abcdef0123456789abcdef",
            askedAt: 1_795_344_183_908,
            newcomer: 0xaa,
            helper: 0xbb,
            steps: JoinTimeline.Event.allCases.enumerated().map { number, event in
                JoinTimeline.Step(
                    afterMicroseconds: Int64(number * 1_000_000_007),
                    event: event,
                    bridge: number % 2 == 0 ? "ws://10.0.0.\(number):9000" : nil,
                    detail: number % 3 == 0 ? "\(number) \(hostile)" : nil
                )
            }
        )
        for _ in 0..<40 { whole.append(JoinTimeline.Step(afterMicroseconds: 1, event: .sent)) }
        try history.record(joins: [join(1), whole, join(2)])
        #expect(try history.join(whole.id) == whole)
        #expect(try history.join("1") == join(1))
        #expect(try history.join("3") == nil)
        #expect(try history.join("' OR ''='") == nil)
    }

    @Test(arguments: Driver.allCases) func aLaterWordOnAJoinReplacesTheEarlier(driver: Driver) throws {
        let history = try driver.history(in: directory)
        try history.record(joins: [join(1), join(2)])
        let later = join(1, [JoinTimeline.Step(afterMicroseconds: 5, event: .connected)])
        try history.record(joins: [later])
        #expect(try history.join("1") == later)
    }

    @Test(arguments: Driver.allCases) func onlyTheNewestJoinsAreKeptHoweverOftenTheyAreRecorded(driver: Driver) throws {
        let history = try driver.history(in: directory, joins: 10)
        for number in 0..<30 {
            try history.record(joins: [join(number)])
            for again in max(0, number - 3)...number { try history.record(joins: [join(again)]) }
        }
        let kept = try (0..<30).filter { try history.join("\($0)") != nil }
        #expect(kept == Array(20..<30))
    }
}
