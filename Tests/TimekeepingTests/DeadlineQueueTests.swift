import DHTTestKit
import Testing
import Timekeeping

@Suite struct DeadlineQueueTests {
    @Test func keysComeOutInOrderOfTheirDeadlines() {
        var queue = DeadlineQueue<String>()
        queue.set("late", at: .zero + .seconds(3))
        queue.set("early", at: .zero + .seconds(1))
        queue.set("same, but later asked", at: .zero + .seconds(1))
        #expect(queue.next() == .zero + .seconds(1))
        #expect(queue.popDue(at: .zero) == nil)
        #expect(queue.popDue(at: .zero + .seconds(5)) == "early")
        #expect(queue.popDue(at: .zero + .seconds(5)) == "same, but later asked")
        #expect(queue.popDue(at: .zero + .seconds(5)) == "late")
        #expect(queue.next() == nil)
    }

    @Test func newDeadlineReplacesTheOldAndACancelledKeyNeverFires() {
        var queue = DeadlineQueue<String>()
        queue.set("a", at: .zero + .seconds(1))
        queue.set("a", at: .zero + .seconds(4))
        queue.set("b", at: .zero + .seconds(2))
        queue.cancel("b")
        #expect(queue.popDue(at: .zero + .seconds(3)) == nil)
        #expect(queue.popDue(at: .zero + .seconds(4)) == "a")
        #expect(queue.count == 0)
    }

    @Test(arguments: SeededGenerator.seeds(20))
    func behavesLikeADictionaryOfInstants(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = DeadlineQueue<Int>()
        var model: [Int: Instant] = [:]
        for _ in 0..<2_000 {
            let key = Int.random(in: 0..<50, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                let instant = Instant(nanoseconds: Int64.random(in: 0..<1_000, using: &generator))
                queue.set(key, at: instant)
                model[key] = instant
            case 2:
                queue.cancel(key)
                model[key] = nil
            default:
                let now = Instant(nanoseconds: Int64.random(in: 0..<1_000, using: &generator))
                let due = model.values.filter { $0 <= now }.min()
                let popped = queue.popDue(at: now)
                #expect(popped.flatMap { model[$0] } == due, "seed \(seed)")
                if let popped { model[popped] = nil }
            }
            #expect(queue.count == model.count, "seed \(seed)")
        }
    }
}
