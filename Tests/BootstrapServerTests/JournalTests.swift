import BootstrapCore
import BootstrapServer
import BridgeLink
import HTTPRoutes
import Kademlia
import Observation
import StateStore
import Testing
import Timekeeping
import WireMessages

/// The book of joins, without a server.
@Suite struct JournalTests {
    private let store = InMemoryHistoryStore()

    private func id(_ number: Int) -> WireRequestID {
        WireRequestID(String(repeating: "0", count: 32 - "\(number)".count) + "\(number)") ?? "none"
    }

    /// - Parameter seconds: since some moment.
    private func moment(_ seconds: Double) -> Moment {
        Moment(
            instant: .zero + .milliseconds(Int64(seconds * 1_000)),
            unixMilliseconds: 1_000_000 + Int64(seconds * 1_000)
        )
    }

    /// A question that a bridge answered within 3 ms.
    private func passage(_ number: Int) -> JoinPassage {
        JoinPassage(
            newcomer: NodeID(integerLiteral: UInt32(number)),
            receipt: JoinReceipt(requestID: id(number), bridge: 0xb1, attempts: 1, queueMs: 0, totalMs: 3),
            total: .milliseconds(3),
            steps: [
                JoinTimeline.Step(afterMicroseconds: 0, event: .asked),
                JoinTimeline.Step(afterMicroseconds: 20, event: .sent, bridge: "b1"),
            ]
        )
    }

    private func journal(remembered: Int = 100, writtenPerSecond: Int = 100) -> JoinJournal {
        JoinJournal(store: store, remembered: remembered, writtenPerSecond: writtenPerSecond, logger: quiet)
    }

    private func stored(_ number: Int) -> [JoinTimeline.Event]? { store.join(id(number).text)?.steps.map(\.event) }

    @Test func aJoinIsWrittenWithAllThatBecameOfIt() async throws {
        let journal = journal()
        journal.ended(passage(1), at: moment(10))
        journal.note(JoinNote(id(1), .helperNamed(0xc)), at: moment(10))
        journal.note(JoinNote(id(1), .invited), at: moment(10.5))
        #expect(stored(1) == nil, "nothing is written on the way")
        journal.flush()
        let timeline = try #require(store.join(id(1).text))
        #expect(timeline.askedAt == 1_009_997)
        #expect(timeline.newcomer == 1 && timeline.helper == 0xc)
        #expect(timeline.steps.map(\.event) == [.asked, .sent, .helperNamed, .invited])
        #expect(timeline.steps.map(\.afterMicroseconds) == [0, 20, 3_000, 503_000])
        journal.note(JoinNote(id(1), .connected), at: moment(11))
        #expect(try await journal.timeline(of: id(1).text)?.outcome == .connected, "what is in memory is newer")
        journal.flush()
        #expect(stored(1)?.last == .connected)
        journal.flush()
        #expect(journal.counters == JoinJournal.Counters(written: 2))
    }

    @Test func aJoinThatIsNotAnsweredYetIsFoundButNotWritten() async throws {
        let journal = journal()
        journal.ended(passage(1), at: moment(0))
        journal.flush()
        #expect(stored(1) == nil)
        #expect(try await journal.timeline(of: id(1).text)?.outcome == .asked)
        journal.note(JoinNote(id(1), .abandoned), at: moment(1))
        journal.flush()
        #expect(stored(1)?.last == .abandoned)
    }

    @Test func ofTooManyThoseThatWentBadlyAreWrittenFirst() {
        let journal = journal(writtenPerSecond: 3)
        let events: [JoinNote.Event] = [
            .helperNamed(0xc), .degraded(peers: 2), .turnedAway(code: "busy"), .helperNamed(0xc), .silent,
        ]
        for (number, event) in events.enumerated() {
            journal.ended(passage(number), at: moment(0))
            journal.note(JoinNote(id(number), event), at: moment(0))
        }
        journal.flush()
        #expect((0..<5).map { stored($0) != nil } == [false, true, true, false, true])
        #expect(journal.counters == JoinJournal.Counters(written: 3, skipped: 2))
        // What is heard of them later brings them back.
        journal.note(JoinNote(id(3), .invited), at: moment(1))
        journal.flush()
        #expect(stored(3) == [.asked, .sent, .helperNamed, .invited])
        #expect(store.join(id(2).text)?.steps.last?.detail == "busy")
    }

    @Test func newsOfAJoinThatHasLeftTheMemoryReachesTheDisk() async throws {
        let journal = journal(remembered: 2)
        for number in 0..<3 {
            journal.ended(passage(number), at: moment(0))
            journal.note(JoinNote(id(number), .helperNamed(0xc)), at: moment(0))
            if number == 1 { journal.flush() }
        }
        journal.note(JoinNote(id(0), .invited), at: moment(2))
        journal.note(JoinNote(id(0), .accepted), at: moment(3))
        journal.flush()
        #expect(stored(0) == [.asked, .sent, .helperNamed, .invited, .accepted])
        #expect(store.join(id(0).text)?.steps.last?.afterMicroseconds == 3_003_000)
        #expect(try await journal.timeline(of: id(0).text)?.outcome == .accepted)
        #expect(try await journal.timeline(of: id(9).text) == nil)
    }

    @Test func whatLeavesTheMemoryUnwrittenIsCounted() {
        let journal = journal(remembered: 2)
        for number in 0..<5 {
            journal.ended(passage(number), at: moment(0))
            journal.note(JoinNote(id(number), .helperNamed(0xc)), at: moment(0))
        }
        journal.flush()
        #expect(journal.counters == JoinJournal.Counters(written: 2, skipped: 3))
    }

    @Test func aHistoryThatCannotBeWrittenCostsNothingButItself() async throws {
        let journal = JoinJournal(store: BrokenHistory(), logger: quiet)
        journal.ended(passage(1), at: moment(0))
        journal.note(JoinNote(id(1), .turnedAway(code: "no_helper")), at: moment(0))
        journal.flush()
        #expect(journal.counters == JoinJournal.Counters(failed: 1))
        #expect(try await journal.timeline(of: id(1).text)?.outcome == .turnedAway)
        #expect(journal.page(for: id(1).text).statusCode == 200)
        #expect(journal.page(for: id(2).text).statusCode == 503)
    }

    // MARK: The page

    @Test func thePageTellsEachStep() throws {
        let journal = journal()
        journal.ended(passage(1), at: moment(10))
        journal.note(JoinNote(id(1), .turnedAway(code: "no_helper")), at: moment(12))
        let page = journal.page(for: id(1).text)
        #expect(page.statusCode == 200 && page.contentType == "application/json")
        let newcomer = NodeID(integerLiteral: 1).description
        let expected =
            #"{"id":"\#(id(1))","askedAt":1009997,"newcomer":"\#(newcomer)","helper":null,"outcome":"turned_away","#
            + #""steps":[{"at":1009997,"afterUs":0,"event":"asked","bridge":null,"detail":null},"#
            + #"{"at":1009997,"afterUs":20,"event":"sent","bridge":"b1","detail":null},"#
            + #"{"at":1012000,"afterUs":2003000,"event":"turned_away","bridge":null,"detail":"no_helper"}],"#
            + #""stepsDropped":0}"#
        #expect(String(decoding: page.body, as: UTF8.self) == expected)
    }

    @Test(arguments: [
        "", "1", String(repeating: "A", count: 32), "../../etc/passwd", String(repeating: "0", count: 33),
    ])
    func whatIsNoIDIsABadRequest(id: String) throws {
        let page = journal().page(for: id)
        #expect(page.statusCode == 400)
        #expect(try RawJSON(checking: page.body).string("code") == "invalid_join_id")
    }

    @Test func anUnknownJoinIsNotFound() throws {
        let page = journal().page(for: id(1).text)
        #expect(page.statusCode == 404)
        let body = try RawJSON(checking: page.body)
        #expect(body.string("code") == "unknown_join")
        #expect(body.string("error")?.isEmpty == false)
    }
}

private struct BrokenHistory: HistoryStore {
    struct Broken: Error {}

    func append(events: [OperatorEvent]) throws { throw Broken() }
    func lastEventID() throws -> Int64 { throw Broken() }
    func events(from: Int64?, until: Int64?, kinds: [OperatorEvent.Kind]?, limit: Int) throws -> [OperatorEvent] {
        throw Broken()
    }
    func record(joins: [JoinTimeline]) throws { throw Broken() }
    func join(_ id: String) throws -> JoinTimeline? { throw Broken() }
}
