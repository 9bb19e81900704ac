import BootstrapServer
import BridgeLink
import LinkCore
import Testing
import Timekeeping
import WireMessages

/// What monitors read of the pool.
@Suite struct PoolReportTests {
    private typealias Pool = LinkPool

    @Test func bridgeHealthHasTheKeysThatMonitorsRead() throws {
        var pool = Pool(bridges: [BridgeAddress("ws://a:1"), BridgeAddress("ws://b:2")])
        var actions: [Pool.Action] = []
        pool.start(at: .zero, actions: &actions)
        let down = try body(of: pool)
        #expect(down.bool("healthy") == false)
        #expect(down.member("bridgeAvailability")?.int64("unavailable") == 2)
        #expect(down.member("bridgeAvailability")?.int64("total") == 2)
        var generator = SystemRandomNumberGenerator()
        for number in 1...2 {
            let link = LinkID(value: UInt64(number))
            pool.opened(link, at: .zero, actions: &actions)
            pool.authenticated(
                link,
                bridge: "b\(number)",
                traits: BridgeTraits(era: .native),
                at: .zero,
                using: &generator,
                actions: &actions
            )
        }
        let up = try body(of: pool)
        // A restart script of the existing network looks for this very text (protocol.md 6.3).
        #expect("\(up)".contains(#""healthy":true"#))
        let availability = try #require(up.member("bridgeAvailability"))
        #expect(availability.int64("available") == 2)
        let first = try #require(availability.elements("results").first)
        #expect(first.string("nodeId") == "b1")
        #expect(first.string("address") == "ws://a:1")
        #expect(first.bool("available") == true)
        #expect(first.string("state") == "CONNECTED")
        #expect(first.string("status") == "connected")
        #expect(first.int64("lastActivity") != nil)
        #expect(first.int64("connectAttempts") == 1)
        #expect(availability.elements("connectedBridgeNodes").count == 2)
    }

    @Test func bridgeThatCannotAnswerIsNotAvailableThoughItIsConnected() throws {
        // Of the current era by all signs, and its own link, on which alone it answers, is not there (protocol.md 3.5).
        var pool = Pool(bridges: [BridgeAddress("ws://a:1")])
        var actions: [Pool.Action] = []
        var generator = SystemRandomNumberGenerator()
        pool.start(at: .zero, actions: &actions)
        pool.opened(LinkID(value: 1), at: .zero, actions: &actions)
        pool.authenticated(LinkID(value: 1), bridge: "b", at: .zero, using: &generator, actions: &actions)
        let result = try #require(try body(of: pool).member("bridgeAvailability")?.elements("results").first)
        #expect(result.string("status") == "connected")
        #expect(result.string("rotation") == "unanswering")
        #expect(result.bool("available") == false)
    }

    private func body(of pool: Pool) throws -> RawJSON {
        let report = PoolReport(
            endpoints: pool.reports(at: .zero),
            counters: pool.counters,
            statistics: PoolStatistics(),
            pending: 0,
            waiting: 0,
            now: .zero
        )
        return try RawJSON(checking: report.bridgeHealth)
    }
}
