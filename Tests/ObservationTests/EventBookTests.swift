import Observation
import Testing

@Suite struct EventBookTests {
    private func event(at: Int64 = 0, _ kind: OperatorEvent.Kind = .bridgeLost) -> OperatorEvent {
        OperatorEvent(at: at, level: .warning, kind: kind, subject: "wss://bridge", text: "bridge link disconnected")
    }

    @Test func idsGoOnWhereTheProcessBeforeEnded() {
        var earlier = event()
        earlier.id = 41
        var book = EventBook(earlier: [earlier], lastID: 41)
        book.append(event())
        #expect(book.events.map(\.id) == [41, 42])
        let unwritten = book.takeUnwritten()
        #expect(unwritten.map(\.id) == [42], "the earlier one is written")
        let none = book.takeUnwritten()
        #expect(none.isEmpty)
    }

    @Test func kindThatComesTooOftenIsSuppressedAndCounted() {
        var book = EventBook()
        for _ in 0..<100 { book.append(event(at: 5_000)) }
        #expect(book.events.count == EventBook.maxPerKindAndMinute)
        #expect(book.suppressed == 100 - EventBook.maxPerKindAndMinute)
        book.append(event(at: 5_001, .notReady))
        #expect(book.events.last?.kind == .notReady, "others have their own room")
        book.append(event(at: 61_000))
        #expect(book.events.last?.at == 61_000, "and a minute later it has room again")
    }

    @Test func bookIsBounded() {
        var book = EventBook()
        for minute in 0..<1_000 { book.append(event(at: Int64(minute) * 60_000)) }
        #expect(book.events.count == EventBook.maxEvents)
        #expect(book.events.last?.id == 1_000)
        let unwritten = book.takeUnwritten()
        #expect(unwritten.count == EventBook.maxEvents)
    }

    @Test func textsFromOutsideAreCutAndCleaned() {
        let event = OperatorEvent(
            at: 0,
            level: .info,
            kind: .bridgeLost,
            subject: String(repeating: "<b>", count: 20_000),
            text: "a\nb\u{202E}" + String(repeating: "x", count: 60_000)
        )
        #expect(event.subject?.utf8.count == OperatorEvent.maxSubjectBytes)
        #expect(event.text.utf8.count == OperatorEvent.maxTextBytes)
        #expect(event.text.hasPrefix("a b "))
    }
}
