import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// What peers are told of each other (robustness.md, S13-S16; protocol.md 8, S12-S14).
@Suite struct HygieneTests {
    private static func metadata(_ address: String) -> RawJSON {
        .object { writer in
            writer.member("nodeType", "nodejs")
            writer.member("listeningAddress", address)
            writer.member("bridgeAuthToken", "secret")
            writer.member("membershipToken", RawJSON.object { $0.member("a", Int64(1)) })
            writer.member("anything", "else")
        }
    }

    /// What a peer at `viewer` is told of one at `host` that names `address`.
    private func listed(_ address: String, from host: String?, to viewer: String?) -> RawJSON? {
        var harness = BootstrapHarness(genesis: 0x9)
        harness.open(1, host: host)
        harness.register(0xa, on: 1, metadata: Self.metadata(address))
        harness.open(2, host: viewer)
        harness.register(0xb, on: 2)
        harness.say(.getPeers(GetPeers(requestID: "g")), on: 2)
        return harness.responses(to: 2).first?.join?.peers.first?.metadata ?? nil
    }

    @Test(
        arguments: [
            ("wss://example.org/node1", "198.51.100.7", "203.0.113.9", true),
            ("ws://198.51.100.7:8083", "198.51.100.7", "203.0.113.9", true),
            ("ws://127.0.0.1:9", nil, nil, true),
            ("ws://0.0.0.0:9", nil, nil, true),
            // Into networks where the peer is not, or whoever would dial it.
            ("ws://169.254.169.254/latest", "198.51.100.7", "203.0.113.9", false),
            ("ws://10.0.0.1:22", "198.51.100.7", "203.0.113.9", false),
            ("ws://127.0.0.1:9", "198.51.100.7", "203.0.113.9", false),
            ("ws://127.0.0.1:9", nil, "203.0.113.9", false),
            ("ws://0.0.0.0:9", "198.51.100.7", "203.0.113.9", false),
            // No addresses.
            ("http://example.org", "198.51.100.7", "203.0.113.9", false),
            ("javascript:alert(1)", nil, nil, false),
            ("ws://", nil, nil, false),
        ] as [(String, String?, String?, Bool)]
    )
    func addressesArePassedOnWhereTheyMeanWhatTheySay(address: String, host: String?, viewer: String?, isShown: Bool) {
        let metadata = listed(address, from: host, to: viewer)
        #expect(metadata?.string("listeningAddress") == (isShown ? address : nil))
        #expect(metadata?.string("nodeType") == "nodejs")
    }

    @Test func secretsAndTokensAndWhatWeDoNotKnowStayHere() {
        let metadata = listed("ws://127.0.0.1:9", from: nil, to: nil)
        #expect(metadata == #"{"nodeType":"nodejs","listeningAddress":"ws://127.0.0.1:9"}"#)
    }

    @Test func fewPeersOfOneNetworkAreListed() {
        var harness = BootstrapHarness(genesis: 0x9)
        for number in 0..<40 {
            harness.open(UInt64(100 + number), host: "198.51.100.\(number)")
            harness.register(NodeID(high: 1, middle: 1, low: UInt32(number)), on: UInt64(100 + number))
        }
        harness.open(1, host: "192.0.2.1")
        harness.register(0xa, on: 1)
        harness.open(2, host: "203.0.113.1")
        harness.register(0xb, on: 2)
        harness.say(.getPeers(GetPeers(requestID: "g")), on: 2)
        let peers = harness.responses(to: 2).first?.join?.peers.map(\.nodeID) ?? []
        #expect(peers.count == BootstrapDefaults.maxListedPerGroup + 1)
        #expect(peers.contains(.node(0xa)), "the crowd does not hide the others")
    }

    @Test func peersOnThisMachineAreNotCountedAsOneNetwork() {
        var harness = BootstrapHarness(genesis: 0x9)
        for number in 0..<30 {
            harness.joinRegistered(NodeID(high: 1, middle: 1, low: UInt32(number)), on: UInt64(100 + number))
        }
        harness.joinRegistered(0xb, on: 2)
        harness.say(.getPeers(GetPeers(requestID: "g", maxPeers: "1000")), on: 2)
        #expect(harness.responses(to: 2).first?.join?.peers.count == WireLimits.peers)
    }
}
