import Kademlia
import NIOHTTP1
import Testing
import WebSocketTransport

@Suite(.timeLimit(.minutes(1))) struct TrustedProxiesTests {
    private static func proxies(_ ranges: String...) -> TrustedProxies {
        TrustedProxies(ranges.compactMap { IPRange($0) })
    }

    /// Two proxies in a row, 10.0.0.1 before us and 10.0.0.2 before that one.
    private static let chain = proxies("10.0.0.0/8", "::1")

    @Test(
        arguments: [
            // What the last trusted proxy saw counts, whatever is written before it.
            (["X-Forwarded-For": "203.0.113.7"], "203.0.113.7"),
            (["X-Forwarded-For": "6.6.6.6, 203.0.113.7"], "203.0.113.7"),
            (["X-Forwarded-For": "6.6.6.6, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
            (["X-Forwarded-For": "6.6.6.6,203.0.113.7\t,  10.0.0.2 "], "203.0.113.7"),
            (["X-Forwarded-For": "6.6.6.6", "x-forwarded-for": "203.0.113.7"], "203.0.113.7"),
            (["X-Forwarded-For": "2001:db8::7"], "2001:db8:0:0:0:0:0:7"),
            (["X-Forwarded-For": "::ffff:203.0.113.7, ::1"], "203.0.113.7"),
            (["X-Forwarded-For": "203.0.113.7", "X-Real-IP": "6.6.6.6"], "203.0.113.7"),
            // A client that is itself in a trusted network.
            (["X-Forwarded-For": "10.9.9.9, 10.0.0.2"], "10.9.9.9"),
            // What is no address ends the search.
            (["X-Forwarded-For": "6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
            (["X-Forwarded-For": "6.6.6.6, 203.0.113.7:4711"], "10.0.0.1"),
            (["X-Forwarded-For": "6.6.6.6, [2001:db8::7]"], "10.0.0.1"),
            (["X-Forwarded-For": "6.6.6.6, 0203.0.113.7"], "10.0.0.1"),
            (["X-Forwarded-For": "203.0.113.7,"], "10.0.0.1"),
            (["X-Forwarded-For": ""], "10.0.0.1"),
            ([:], "10.0.0.1"),
            (["X-Real-IP": "203.0.113.7"], "203.0.113.7"),
            (["X-Real-IP": " 2001:db8::7 "], "2001:db8:0:0:0:0:0:7"),
            (["X-Real-IP": "203.0.113.7, 6.6.6.6"], "10.0.0.1"),
            (["X-Real-IP": "203.0.113.7", "x-real-ip": "6.6.6.6"], "10.0.0.1"),
            (["X-Real-IP": "somebody"], "10.0.0.1"),
        ] as [(HTTPHeaders, String)]
    )
    func clientIsWhomTheLastTrustedProxySaw(headers: HTTPHeaders, client: String) throws {
        let peer = try #require(IPAddress("10.0.0.1"))
        #expect(Self.chain.client(of: peer, headers).description == client)
    }

    @Test func whoIsNotTrustedIsNotBelieved() throws {
        let headers: HTTPHeaders = ["X-Forwarded-For": "10.0.0.1", "X-Real-IP": "10.0.0.1"]
        for (proxies, peer) in [(Self.chain, "203.0.113.7"), (.none, "10.0.0.1"), (Self.chain, "2001:db8::1")] {
            let address = try #require(IPAddress(peer))
            #expect(proxies.client(of: address, headers) == address)
        }
    }

    /// What a server hears of a client at 127.0.0.1 that sends these lines.
    private func clientAddress(_ lines: String..., trusting proxies: TrustedProxies) async throws -> IPAddress? {
        let (addresses, heard) = AsyncStream.makeStream(of: IPAddress?.self)
        let (requested, asked) = AsyncStream.makeStream(of: IPAddress?.self)
        var result: IPAddress?
        try await withServer(
            trustedProxies: proxies,
            onUpgrade: { request in
                asked.yield(request.clientAddress)
                return .accept(RecordingHandler(whenOpened: { heard.yield($0.clientAddress) }))
            }
        ) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(RawConnection.request(RawConnection.upgrade + lines))
            #expect(await connection.readHead().hasPrefix("HTTP/1.1 101 "))
            result = try #require(await addresses.first { _ in true })
            #expect(await requested.first { _ in true } == result, "the application is asked with the same address")
            connection.close()
        }
        return result
    }

    @Test func connectionKnowsTheClientOfATrustedProxy() async throws {
        let address = try await clientAddress(
            "X-Forwarded-For: 6.6.6.6, 203.0.113.7",
            trusting: Self.proxies("127.0.0.0/8")
        )
        #expect(address == IPAddress("203.0.113.7"))
    }

    @Test func forgedHeaderOfAStrangerChangesNothing() async throws {
        for proxies in [TrustedProxies.none, Self.chain] {
            let address = try await clientAddress("X-Forwarded-For: 6.6.6.6", "X-Real-IP: 6.6.6.6", trusting: proxies)
            #expect(address == IPAddress("127.0.0.1"))
        }
    }
}
