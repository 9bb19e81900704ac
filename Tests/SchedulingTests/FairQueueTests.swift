import DHTTestKit
import Scheduling
import Testing

@Suite struct FairQueueTests {
    private let a = SourceID(value: 1)
    private let b = SourceID(value: 2)
    private let c = SourceID(value: 3)

    /// A queue of these, in this order.
    private func queue(_ elements: [(Int, SourceID)], capacity: Int = 100) -> FairQueue<Int> {
        var queue = FairQueue<Int>(capacity: capacity)
        for (element, source) in elements { _ = queue.append(element, of: source) }
        return queue
    }

    private func takeAll(_ queue: inout FairQueue<Int>) -> [Int] {
        var taken: [Int] = []
        while !queue.isEmpty {
            queue.offer(skippingAtMost: 0) {
                taken.append($0)
                return .take
            }
        }
        return taken
    }

    @Test func sourcesTakeTurnsAndKeepTheirOwnOrder() {
        var line = queue([(10, a), (11, a), (12, a), (20, b), (21, b), (30, c)])
        let taken = takeAll(&line)
        #expect(taken == [10, 20, 30, 11, 21, 12])
    }

    @Test func oneSourceAloneIsAnOrdinaryLine() {
        var line = queue((0..<50).map { ($0, a) })
        let taken = takeAll(&line)
        #expect(taken == Array(0..<50))
    }

    @Test func newcomerWaitsOneRoundWhateverOthersHaveInLine() {
        var line = queue((0..<40).map { ($0, a) } + [(100, b)])
        let taken = takeAll(&line)
        #expect(taken.firstIndex(of: 100) == 1)
    }

    @Test func fullLineTurnsTheNextOfTheLongestSourceAway() {
        var line = queue([(1, a), (2, a), (3, a)], capacity: 3)
        let loser = line.append(4, of: a)
        #expect(loser == 4)
        #expect(line.count == 3)
    }

    @Test func greedySourceIsDisplacedFromItsEnd() {
        var line = queue([(1, a), (2, a), (3, a)], capacity: 3)
        let loser = line.append(20, of: b)
        #expect(loser == 3)
        let taken = takeAll(&line)
        #expect(taken == [1, 20, 2])
    }

    @Test func sourceGainsNothingByDisplacingItsEqual() {
        var line = queue([(1, a), (2, a), (20, b)], capacity: 3)
        var loser = line.append(21, of: b)
        #expect(loser == 21)
        loser = line.append(30, of: c)
        #expect(loser == 2)
        loser = line.append(31, of: c)
        #expect(loser == 31)
    }

    @Test func everyNewcomerFindsAPlaceUntilAllHaveOne() {
        var line = queue((0..<100).map { ($0, a) })
        var losers: [Int] = []
        for number in 0..<120 {
            if let loser = line.append(1000 + number, of: SourceID(value: UInt64(10 + number))) { losers.append(loser) }
        }
        // The greedy one keeps one place of a hundred.
        #expect(losers == Array((1..<100).reversed()) + Array(1099..<1120))
        #expect(line.count == 100)
    }

    @Test func withdrawnElementsAreNotOffered() {
        var line = queue([(1, a), (2, a), (20, b)])
        line.remove(1, of: a)
        line.remove(20, of: b)
        line.remove(99, of: c)
        #expect(line.count == 1)
        let taken = takeAll(&line)
        #expect(taken == [2])
    }

    @Test func sourceThatWithdrewAndComesBackHasOneTurn() {
        var line = queue([(1, a), (20, b)])
        line.remove(1, of: a)
        _ = line.append(2, of: a)
        _ = line.append(3, of: a)
        let taken = takeAll(&line)
        #expect(taken == [2, 20, 3])
    }

    @Test func skippedSourcesKeepTheirPlaceInTheirOwnLine() {
        var line = queue([(10, a), (11, a), (20, b)])
        var offered: [Int] = []
        line.offer(skippingAtMost: 5) {
            offered.append($0)
            return $0 == 20 ? .take : .skip
        }
        #expect(offered == [10, 20])
        let taken = takeAll(&line)
        #expect(taken == [10, 11])
    }

    @Test func skippingHasABound() {
        var line = queue((0..<50).map { ($0, SourceID(value: UInt64($0))) })
        var offered = 0
        line.offer(skippingAtMost: 5) { _ in
            offered += 1
            return .skip
        }
        #expect(offered == 6)
        #expect(line.count == 50)
    }

    @Test func stopLeavesEverythingAsItIs() {
        var line = queue([(1, a), (20, b)])
        line.offer(skippingAtMost: 5) { _ in .stop }
        let taken = takeAll(&line)
        #expect(taken == [1, 20])
    }

    @Test(arguments: SeededGenerator.seeds(20))
    func nothingIsLostOrInvented(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        var line = FairQueue<Int>(capacity: 30)
        var inside: [Int: SourceID] = [:]
        for number in 0..<600 {
            switch Int.random(in: 0..<10, using: &chance) {
            case 0..<6:
                let source = SourceID(value: UInt64.random(in: 0..<12, using: &chance) / 3)
                inside[number] = source
                if let loser = line.append(number, of: source) { inside[loser] = nil }
            case 6..<8:
                guard let (element, source) = inside.min(by: { $0.key < $1.key }) else { continue }
                inside[element] = nil
                line.remove(element, of: source)
            default:
                line.offer(skippingAtMost: 3) {
                    guard $0.isMultiple(of: 3) else { return .skip }
                    inside[$0] = nil
                    return .take
                }
            }
            #expect(line.count == inside.count && line.count <= 30, "seed \(seed)")
        }
        let rest = takeAll(&line)
        #expect(rest.sorted() == inside.keys.sorted(), "seed \(seed)")
    }
}
