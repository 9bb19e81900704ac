import DHTTestKit
import Kademlia
import Testing

private func group(_ host: String) -> String? { NetworkGroup(host: host)?.description }

@Suite struct NetworkGroupTests {
    @Test(arguments: [
        ("203.0.113.7", "203.0.113.0/24"),
        ("255.255.255.255", "255.255.255.0/24"),
        ("0.0.1.0", "0.0.1.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:DB8:1::6", "2001:db8:1::/48"),
        ("[2001:db8:1::6]", "2001:db8:1::/48"),
        ("2001::", "2001:0:0::/48"),
        ("::2:3:4:5:6:7:8", "0:2:3::/48"),
        ("1:2:3:4:5:6:7::", "1:2:3::/48"),
        ("1:2:3:4:5:6:9.9.9.9", "1:2:3::/48"),
        ("::2", "0:0:0::/48"),
        ("fe80::1%eth0", "fe80:0:0::/48"),
        ("[fe80::1%25eth0]", "fe80:0:0::/48"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("::ffff:cb00:7107", "203.0.113.0/24"),
        ("0:0:0:0:0:ffff:203.0.113.200", "203.0.113.0/24"),
    ])
    func addressLiesInItsNetwork(host: String, network: String) {
        #expect(group(host) == network)
    }

    @Test(arguments: [
        "127.0.0.1", "127.255.0.9", "::1", "[::1]", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1", "0.0.0.0", "::",
        "::ffff:0.0.0.0",
    ])
    func loopbackAndUnspecifiedHaveNoNetwork(host: String) {
        #expect(group(host) == nil)
    }

    @Test(arguments: [
        "", ".", ":", "[", "]", "[]", "%", "localhost", "example.org", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4",
        "1.2.3.04",
        "1..3.4", "1.2.3.", ".1.2.3", "+1.2.3.4", " 1.2.3.4", "1.2.3.4 ", "0x1.2.3.4", "16909060", "[1.2.3.4]x",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2::3", ":::", ":::1", "1:::2", ":1", "1:",
        "1:2:", ":1::2",
        "12345::", "g::", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "::1.2.3", "::1.2.3.4:5", "[::2", "::2]", "fe80::1%",
        "%eth0",
        "\u{661}.2.3.4", "1.2.3.4\u{0}", "99999999999999999999.1.1.1", "[1.2.3.4]",
    ])
    func anythingElseHasNoNetwork(host: String) {
        #expect(group(host) == nil)
    }

    @Test func privateNetworksEndWhereTheyEnd() {
        func isPrivate(_ host: String) -> Bool? { NetworkGroup(host: host)?.isPrivate }
        for host in [
            "10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.1", "192.168.0.1", "192.168.255.1", "100.64.0.1",
            "100.127.255.1", "169.254.169.254", "fc00::1", "fdff:ffff::1", "fe80::1", "febf::1", "::ffff:10.1.2.3",
        ] {
            #expect(isPrivate(host) == true, "\(host)")
        }
        for host in [
            "9.255.255.1", "11.0.0.1", "172.15.255.1", "172.32.0.1", "192.167.255.1", "192.169.0.1", "100.63.255.1",
            "100.128.0.1",
            "169.253.0.1", "169.255.0.1", "0.10.0.1", "fbff::1", "fe00::1", "fe7f::1", "fec0::1", "2001:db8::1",
            "::a00:1",
        ] {
            #expect(isPrivate(host) == false, "\(host)")
        }
    }

    @Test(arguments: SeededGenerator.seeds(2)) func everySpellingOfAnAddressIsInOneNetwork(seed: UInt64) {
        print("network group spelling seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            // Many zeros, so that `::` has something to stand for; never loopback, unspecified or IPv4-mapped.
            var words = (0..<8).map { _ in
                Bool.random(using: &generator) ? UInt16.random(in: .min ... .max, using: &generator) : 0
            }
            words[0] |= 1
            let expected = words.prefix(3).map { String($0, radix: 16) }.joined(separator: ":") + "::/48"
            let plain = words.map { String($0, radix: 16) }
            let padded = plain.map { String(repeating: "0", count: 4 - $0.count) + $0.uppercased() }
            var spellings = [plain.joined(separator: ":"), padded.joined(separator: ":")]
            let start = Int.random(in: 0..<8, using: &generator)
            let end = words[start...].firstIndex { $0 != 0 } ?? 8
            if end > start {
                spellings.append(
                    plain[..<start].joined(separator: ":") + "::" + plain[end...].joined(separator: ":")
                )
            }
            let quad = [words[6] >> 8, words[6] & 0xff, words[7] >> 8, words[7] & 0xff].map(String.init)
            spellings.append(plain.prefix(6).joined(separator: ":") + ":" + quad.joined(separator: "."))
            for spelling in spellings { #expect(group(spelling) == expected, "\(spelling)") }
        }
    }

    @Test(arguments: SeededGenerator.seeds(2)) func noTextTraps(seed: UInt64) {
        print("network group fuzz seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("0012589afF:::...[]%x \u{e9}\u{1F600}\n-")
        var parsed = 0
        for _ in 0..<3_000 {
            let count = Int.random(in: 0...24, using: &generator)
            let text = String((0..<count).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
            if NetworkGroup(host: text) != nil { parsed += 1 }
            // A valid address with one character changed is nearer to the parser's edges.
            var near = Array(Bool.random(using: &generator) ? "[1:2::ffff:1.2.3.4%z]" : "203.0.113.77")
            let index = Int.random(in: near.indices, using: &generator)
            near[index] = alphabet[Int.random(in: alphabet.indices, using: &generator)]
            if NetworkGroup(host: String(near)) != nil { parsed += 1 }
        }
        #expect(parsed > 30, "the fuzz must reach both outcomes")
        #expect(NetworkGroup(host: String(repeating: ":", count: 100_000)) == nil)
        #expect(NetworkGroup(host: String(repeating: "1", count: 100_000)) == nil)
    }
}
