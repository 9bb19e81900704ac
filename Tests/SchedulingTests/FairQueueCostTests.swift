import Scheduling
import Testing

/// What is quadratic in the length of the line takes minutes here; what is not, fractions of a second.
@Suite struct FairQueueCostTests {
    private static let many = 10_000
    private static let plenty = Duration.seconds(4)

    private func source(_ number: Int) -> SourceID {
        SourceID(value: UInt64(number))
    }

    @Test func fullLineOfManySourcesTurnsAwayWithoutLookingAtAll() {
        var line = FairQueue<Int>(capacity: Self.many)
        for number in 0..<Self.many { _ = line.append(number, of: source(number)) }
        let time = ContinuousClock().measure {
            for number in 0..<Self.many { _ = line.append(number, of: source(Self.many + number)) }
        }
        #expect(time < Self.plenty)
    }

    @Test func manyEquallyGreedySourcesAreDisplacedWithoutLookingAtAll() {
        var line = FairQueue<Int>(capacity: Self.many)
        for number in 0..<Self.many { _ = line.append(number, of: source(number % (Self.many / 2))) }
        var displaced = 0
        let time = ContinuousClock().measure {
            for number in 0..<Self.many {
                if line.append(Self.many + number, of: source(Self.many + number)) != Self.many + number {
                    displaced += 1
                }
            }
        }
        #expect(displaced == Self.many / 2)
        #expect(time < Self.plenty)
    }

    @Test func manySourcesAreServedInTurnsWithoutLookingAtAll() {
        var line = FairQueue<Int>(capacity: 2 * Self.many)
        for number in 0..<2 * Self.many { _ = line.append(number, of: source(number % Self.many)) }
        var taken: [Int] = []
        let time = ContinuousClock().measure {
            while !line.isEmpty {
                line.offer(skippingAtMost: 0) {
                    taken.append($0)
                    return .take
                }
            }
        }
        #expect(taken == Array(0..<2 * Self.many))
        #expect(time < Self.plenty)
    }

    @Test func withdrawalsOfManySourcesLeaveNoCrowdOfEmptyLines() {
        var line = FairQueue<Int>(capacity: 100)
        let time = ContinuousClock().measure {
            for number in 0..<Self.many {
                _ = line.append(number, of: source(number))
                line.remove(number, of: source(number))
            }
        }
        #expect(line.isEmpty)
        #expect(time < Self.plenty)
    }
}
