import DHTTestKit
import Kademlia
import Testing

@Suite struct RecentBookTests {
    @Test func whoeverWasWrittenLongestAgoGoesFirst() {
        var book = RecentBook<Int>(capacity: 2)
        book.write(1, of: 0xa)
        book.write(2, of: 0xb)
        book.write(3, of: 0xa)
        book.write(4, of: 0xc)
        #expect(book[0xa] == 3 && book[0xb] == nil && book[0xc] == 4)
        book.update(0xa) { $0 = 5 }
        book.write(6, of: 0xd)
        #expect(book[0xa] == nil, "a change in its place is no writing")
        #expect(book.count == 2)
    }

    @Test func whoeverIsTakenOutMakesRoom() {
        var book = RecentBook<Int>(capacity: 2)
        book.write(1, of: 0xa)
        book.write(2, of: 0xb)
        #expect(book.take(0xa) == 1)
        #expect(book.take(0xa) == nil)
        book.write(3, of: 0xc)
        #expect(book[0xb] == 2 && book[0xc] == 3)
    }

    @Test func theOldestAreForgottenUpToOneThatIsNot() {
        var book = RecentBook<Int>(capacity: 4)
        for (id, value) in [(0xa, 1), (0xb, 2), (0xc, 1)] { book.write(value, of: NodeID(integerLiteral: UInt32(id))) }
        book.forget { $0 == 1 }
        #expect(book[0xa] == nil && book[0xb] == 2 && book[0xc] == 1)
    }

    /// Against a list of pairs, which needs no tickets.
    @Test(arguments: SeededGenerator.seeds(4)) func itHoldsWhatAListWouldHold(seed: UInt64) {
        print("recent book seed \(seed)")
        var chance = SeededGenerator(seed: seed)
        var book = RecentBook<UInt64>(capacity: 5)
        var list: [(id: NodeID, value: UInt64)] = []
        for step in 0..<2_000 {
            let id = NodeID(integerLiteral: UInt32.random(in: 1...9, using: &chance))
            switch UInt8.random(in: 0..<8, using: &chance) {
            case 0:
                book.take(id)
                list.removeAll { $0.id == id }
            case 1:
                book.update(id) { $0 += 1 }
                if let place = list.firstIndex(where: { $0.id == id }) { list[place].value += 1 }
            case _:
                let value = UInt64(step) * 1_000
                book.write(value, of: id)
                list.removeAll { $0.id == id }
                list.append((id, value))
                if list.count > 5 { list.removeFirst() }
            }
            #expect(book.count == list.count)
            for id in 1...9 {
                let id = NodeID(integerLiteral: UInt32(id))
                #expect(book[id] == list.first { $0.id == id }?.value)
            }
        }
    }
}
