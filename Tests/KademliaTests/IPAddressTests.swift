import DHTTestKit
import Kademlia
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("203.0.113.7", "203.0.113.7"), ("0.0.0.0", "0.0.0.0"), ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8:0:0:0:0:0:1"), ("2001:DB8:0:0::A", "2001:db8:0:0:0:0:0:a"),
        ("::", "0:0:0:0:0:0:0:0"), ("::203.0.113.7", "0:0:0:0:0:0:cb00:7107"),
    ])
    func literalIsRead(text: String, meaning: String) {
        #expect(IPAddress(text)?.description == meaning)
        #expect(IPAddress(meaning) == IPAddress(text))
    }

    @Test(arguments: [
        "", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "01.2.3.4", "1.2.3", "localhost", "unknown",
        "::1/128", "1.2.3.4,5.6.7.8", "\u{661}.2.3.4",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func loopbackAndUnspecifiedAreKnown() {
        for text in ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"] {
            #expect(IPAddress(text)?.isLoopback == true, "\(text)")
        }
        for text in ["126.255.255.255", "128.0.0.0", "::2", "::", "0.0.0.0", "::7f00:1"] {
            #expect(IPAddress(text)?.isLoopback == false, "\(text)")
        }
        #expect(IPAddress("::")?.isUnspecified == true)
        #expect(IPAddress("0.0.0.0")?.isUnspecified == true)
        #expect(IPAddress("::1")?.isUnspecified == false)
    }

    @Test(
        arguments: [
            (
                "10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"],
                ["9.255.255.255", "11.0.0.0", "::a00:1"]
            ),
            ("192.0.2.1", ["192.0.2.1"], ["192.0.2.0", "192.0.2.2"]),
            ("0.0.0.0/0", ["1.2.3.4", "255.255.255.255"], ["::1", "2001:db8::1"]),
            ("::/0", ["::1", "2001:db8::1", "1.2.3.4"], []),
            ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db9::", "32.1.13.184"]),
            ("2001:db8::8000:0:0:0/65", ["2001:db8::8000:0:0:0", "2001:db8::ffff:0:0:1"], ["2001:db8::7fff:0:0:1"]),
            ("::1/128", ["::1"], ["::", "::2"]),
        ] as [(String, [String], [String])]
    )
    func rangeHoldsWhatBeginsAlike(range: String, inside: [String], outside: [String]) throws {
        let range = try #require(IPRange(range))
        for text in inside { #expect(range.contains(try #require(IPAddress(text))), "\(text)") }
        for text in outside { #expect(!range.contains(try #require(IPAddress(text))), "\(text)") }
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.1.2.3/8",
        "::/129", "2001:db8::1/64", "10.0.0.0/8 ", "ten/8", "10.0.0.0/0008",
    ])
    func rangeThatIsNoneIsRefused(text: String) {
        #expect(IPRange(text) == nil)
    }

    @Test func privateRangesEndWhereTheyEnd() throws {
        func isPrivate(_ text: String) throws -> Bool {
            let address = try #require(IPAddress(text))
            return IPRange.private.contains { $0.contains(address) }
        }
        for text in [
            "10.0.0.0", "172.16.0.0", "172.31.255.255", "192.168.255.255", "169.254.169.254", "fc00::", "fdff::1",
            "fe80::1", "febf::1",
        ] {
            #expect(try isPrivate(text), "\(text)")
        }
        for text in [
            "9.255.255.255", "172.15.255.255", "172.32.0.0", "192.167.0.0", "100.64.0.1", "127.0.0.1", "fbff::1",
            "fe00::1", "fec0::1", "::1", "8.8.8.8",
        ] {
            #expect(try !isPrivate(text), "\(text)")
        }
    }
}
