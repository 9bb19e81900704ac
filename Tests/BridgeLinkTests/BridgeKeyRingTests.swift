import Kademlia
import Testing
import WireMessages

@testable import BridgeLink

@Suite struct BridgeKeyRingTests {
    private func key(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    private func bridge(_ number: Int) -> NodeID { NodeID(high: 1, middle: 0, low: UInt32(number)) }

    @Test func onlyWhatChangesTheSetIsNews() {
        var ring = BridgeKeyRing()
        let news = [1, 1, 2, 2, 1].map { ring.learn(key($0), of: bridge(1)) }
        #expect(news == [true, false, true, false, true])
        #expect(ring.keys.map(\.publicKey) == [key(1)], "a bridge has one key, its latest")
    }

    @Test func upperCaseIsTheSameKey() {
        var ring = BridgeKeyRing()
        let news = ["AB", "ab"].map { ring.learn(String(repeating: $0, count: 32), of: 1) }
        #expect(news == [true, false])
        #expect(ring.keys.map(\.publicKey) == [String(repeating: "ab", count: 32)])
    }

    @Test(arguments: [
        "", "ab", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
        String(repeating: "g", count: 64), String(repeating: "é", count: 32), String(repeating: "ａ", count: 64),
    ])
    func whatIsNoKeyIsIgnored(text: String) {
        var ring = BridgeKeyRing()
        let isNews = ring.learn(text, of: 1)
        #expect(!isNews && ring.keys.isEmpty)
    }

    @Test func oldestMakesRoom() {
        var ring = BridgeKeyRing()
        // The first says its key again and is the newest then.
        let numbers = Array(0..<BridgeKeyRing.capacity) + [0, 99]
        let news = numbers.map { ring.learn(key($0), of: bridge($0)) }
        #expect(news.filter { !$0 }.count == 1)
        #expect(ring.keys.count == BridgeKeyRing.capacity)
        let bridges = ring.keys.map(\.bridgeNodeID)
        #expect(bridges.contains(bridge(0)) && bridges.contains(bridge(99)) && !bridges.contains(bridge(1)))
    }
}
