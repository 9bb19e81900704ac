import DHTTestKit
import Kademlia
import Testing

@Suite struct DistanceTests {
    @Test func distanceIsZeroOnlyToOneself() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100 {
            let left = NodeID.random(using: &generator)
            let right = NodeID.random(using: &generator)
            #expect(left.distance(to: left).leadingZeroBitCount == 160)
            #expect(left.distance(to: left).bucketIndex == nil)
            #expect(left.distance(to: right) == right.distance(to: left))
            #expect(left.distance(to: right).bucketIndex != nil)
        }
    }

    @Test func bucketIndexIsTheHighestDifferingBit() throws {
        for bit in 0..<160 {
            var digits = Array(repeating: Character("0"), count: 40)
            digits[39 - bit / 4] = Character(String(1 << (bit % 4), radix: 16))
            let other = try #require(NodeID(String(digits)))
            let distance = NodeID(high: 0, middle: 0, low: 0).distance(to: other)
            #expect(distance.bucketIndex == bit)
            #expect((0..<160).filter(distance.hasBit) == [bit])
        }
    }

    @Test func distancesCompareAsBigEndianNumbers() throws {
        let zero: NodeID = 0
        let far = try #require(NodeID("8000000000000000000000000000000000000000"))
        let middle = try #require(NodeID("00000000000000010000000000000000ffffffff"))
        let order = [zero.distance(to: 1), zero.distance(to: 2), zero.distance(to: middle), zero.distance(to: far)]
        #expect(order == order.shuffled().sorted())
    }
}
