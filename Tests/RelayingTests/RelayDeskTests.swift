import DHTTestKit
import Kademlia
import Relaying
import Testing
import Timekeeping
import WireMessages

@Suite struct RelayDeskTests {
    private var desk = RelayDesk(relay: .node(0xb0), limits: RelayLimits(capacity: 200))
    private var now = Moment(instant: .zero + .seconds(10), unixMilliseconds: 1_800_000_000_000)

    private mutating func open(
        _ session: String,
        by requester: NodeID,
        to target: NodeID,
        _ standing: RelayTarget = .connected
    ) -> String? {
        let request = RelayRequest(targetPeerID: .node(target), sessionID: session)
        let delivery = desk.open(request, by: requester, to: standing, at: now)
        #expect(delivery.recipient == requester)
        guard case .ack(let ack) = delivery.message else {
            Issue.record("no relay_ack")
            return nil
        }
        #expect(ack.sessionID == session)
        #expect(ack.from == .node(0xb0))
        #expect(ack.success == (ack.error == nil))
        return ack.error
    }

    private mutating func wait(_ duration: Duration) {
        now.instant = now.instant + duration
        now.unixMilliseconds += duration.wholeMilliseconds
    }

    private func closing(_ session: String, _ reason: String, by id: NodeID) -> RelayMessage {
        .close(RelayClose(sessionID: session, reason: reason, timestamp: now.unixMilliseconds, from: .node(id)))
    }

    @Test mutating func payloadGoesBothWaysWithItsSenderNamed() {
        #expect(open("s", by: 1, to: 2) == nil)
        for (sender, partner): (NodeID, NodeID) in [(1, 2), (2, 1)] {
            let message = RelayForward(
                from: .node(0xbad),
                sessionID: "s",
                to: .node(partner),
                payload: #"{"encrypted":true,"n":1.50}"#
            )
            let expected = RelayForward(
                from: .node(sender),
                sessionID: "s",
                payload: #"{"encrypted":true,"n":1.50}"#,
                timestamp: now.unixMilliseconds
            )
            #expect(desk.forward(message, from: sender, at: now) == RelayDelivery(to: partner, .forward(expected)))
        }
        #expect(desk.counters.forwarded == 2)
        #expect(desk.counters.bytes == 2 * 27)
    }

    @Test mutating func onlyTheTwoMembersUseASession() {
        #expect(open("s", by: 1, to: 2) == nil)
        let message = RelayForward(sessionID: "s", payload: "1")
        let notHis = RelayDelivery(to: 3, closing("s", "error", by: 0xb0))
        #expect(desk.forward(message, from: 3, at: now) == notHis)
        #expect(desk.ping(RelayPing(sessionID: "s"), from: 3, at: now) == notHis)
        #expect(desk.close(RelayClose(sessionID: "s"), from: 3, at: now) == nil)
        let nobodys = desk.forward(RelayForward(sessionID: "x", payload: "1"), from: 3, at: now)
        #expect(nobodys == RelayDelivery(to: 3, closing("x", "error", by: 0xb0)), "as if it did not exist")
        let third = RelayForward(sessionID: "s", to: .node(3), payload: "1")
        #expect(desk.forward(third, from: 1, at: now) == nil)
        #expect(desk.count == 1)
        #expect(desk.counters.forwarded == 0)
        #expect(desk.counters.dropped == 4)
    }

    @Test mutating func sessionInUseIsNeverOverwritten() {
        #expect(open("s", by: 1, to: 2) == nil)
        #expect(open("s", by: 3, to: 2) == "invalid_session")
        #expect(open("s", by: 3, to: 1) == "invalid_session")
        #expect(open("s", by: 1, to: 3) == "invalid_session")
        #expect(open("s", by: 1, to: 2) == nil, "asked again")
        #expect(open("s", by: 2, to: 1) == nil, "by the other one")
        #expect(desk.count == 1)
        #expect(desk.counters.opened == 1)
        let message = RelayForward(sessionID: "s", payload: "1")
        #expect(desk.forward(message, from: 1, at: now)?.recipient == 2)
    }

    @Test mutating func refusalsSayWhy() {
        #expect(open("s", by: 1, to: 2, .known) == "target_not_connected")
        #expect(open("s", by: 1, to: 2, .unknown) == "target_not_found")
        #expect(open("s", by: 1, to: 2, .bridge) == "unauthorized")
        #expect(open("s", by: 1, to: 1) == "unauthorized")
        #expect(open("s", by: 1, to: 0xb0) == "unauthorized")
        #expect(open("", by: 1, to: 2) == "invalid_session")
        #expect(open(String(repeating: "s", count: 129), by: 1, to: 2) == "invalid_session")
        let tool = RelayRequest(targetPeerID: .tool("diagnostic_1"), sessionID: "s")
        guard case .ack(let ack) = desk.open(tool, by: 1, to: .unknown, at: now).message else {
            Issue.record("no relay_ack")
            return
        }
        #expect(ack.error == "target_not_found")
        #expect(desk.count == 0)
        #expect(desk.counters.refused == 8)
        #expect(desk.nextDeadline() == nil)
    }

    @Test mutating func capacityIsForEverybodyAndForEach() {
        for number in 0..<8 { #expect(open("a\(number)", by: 1, to: 2) == nil) }
        #expect(open("a8", by: 1, to: 3) == "capacity_reached")
        #expect(open("b", by: 2, to: 3) == nil, "what others opened to it does not count")
        for number in 0..<191 {
            #expect(open("c\(number)", by: NodeID(integerLiteral: 100 + UInt32(number)), to: 2) == nil)
        }
        #expect(desk.count == 200)
        #expect(desk.load == "1")
        #expect(open("d", by: 5, to: 2) == "capacity_reached")
        #expect(open("b", by: 2, to: 3) == nil, "it is open")
        #expect(desk.close(RelayClose(sessionID: "b"), from: 3, at: now)?.recipient == 2)
        #expect(open("d", by: 5, to: 2) == nil)
    }

    /// A bootstrap server has no id of its own, and more room (protocol.md 4.8).
    @Test mutating func roomIsWhatItsOwnerSays() {
        desk = RelayDesk(relay: .tool("bootstrap_server"), limits: RelayLimits(capacity: 500, sessionsPerRequester: 1))
        for number in 0..<501 {
            let request = RelayRequest(targetPeerID: .node(2), sessionID: "s\(number)")
            let requester = NodeID(integerLiteral: 100 + UInt32(number))
            let ack = RelayAck(
                sessionID: request.sessionID,
                success: number < 500,
                timestamp: now.unixMilliseconds,
                error: number < 500 ? nil : "capacity_reached",
                from: .tool("bootstrap_server")
            )
            let delivery = desk.open(request, by: requester, to: .connected, at: now)
            #expect(delivery == RelayDelivery(to: requester, .ack(ack)))
        }
        let second = RelayRequest(targetPeerID: .node(2), sessionID: "t")
        _ = desk.close(RelayClose(sessionID: "s1"), from: 101, at: now)
        guard case .ack(let ack) = desk.open(second, by: 100, to: .connected, at: now).message else {
            Issue.record("no relay_ack")
            return
        }
        #expect(ack.error == "capacity_reached", "one each")
        #expect(desk.load == "0.99")
    }

    @Test mutating func loadIsInHundredths() {
        #expect(desk.load == "0")
        for number in 0..<20 {
            _ = open("s\(number)", by: NodeID(integerLiteral: 100 + UInt32(number)), to: 2)
            if number == 1 { #expect(desk.load == "0.01") }
        }
        #expect(desk.load == "0.10")
    }

    @Test mutating func whoIsNoRelaySaysSo() {
        desk = RelayDesk(relay: .node(0xb0), limits: RelayLimits(capacity: 0))
        #expect(open("s", by: 1, to: 2) == "not_relay_capable")
        #expect(desk.forward(RelayForward(sessionID: "s", payload: "1"), from: 1, at: now) == nil)
        #expect(desk.load == "0")
    }

    @Test mutating func payloadTooLargeIsDroppedAndTheSessionStays() {
        #expect(open("s", by: 1, to: 2) == nil)
        for (size, isForwarded) in [(32 * 1024 - 2, true), (32 * 1024 - 1, false)] {
            let text = String(repeating: "x", count: size)
            let message = RelayForward(sessionID: "s", payload: RawJSON(stringLiteral: "\"\(text)\""))
            #expect((desk.forward(message, from: 1, at: now) != nil) == isForwarded)
        }
        #expect(desk.count == 1)
    }

    @Test mutating func relayAnswersPingsItself() {
        #expect(open("s", by: 1, to: 2) == nil)
        let ping = RelayPing(sessionID: "s", pingID: #""p1""#, timestamp: 77)
        let pong = RelayPong(
            sessionID: "s",
            pingID: #""p1""#,
            timestamp: 77,
            respondedAt: now.unixMilliseconds,
            from: .node(0xb0)
        )
        #expect(desk.ping(ping, from: 2, at: now) == RelayDelivery(to: 2, .pong(pong)))
        let large = RawJSON(stringLiteral: "\"" + String(repeating: "p", count: 200) + "\"")
        #expect(desk.ping(RelayPing(sessionID: "s", pingID: large), from: 2, at: now) == nil)
    }

    @Test mutating func otherMemberHearsOfTheEnd() {
        #expect(open("s", by: 1, to: 2) == nil)
        let close = RelayClose(sessionID: "s", reason: "path_upgrade", timestamp: 1, from: .node(9))
        #expect(desk.close(close, from: 2, at: now) == RelayDelivery(to: 1, closing("s", "path_upgrade", by: 2)))
        #expect(desk.close(close, from: 2, at: now) == nil)
        #expect(open("s", by: 1, to: 2) == nil)
        let long = RelayClose(sessionID: "s", reason: String(repeating: "x", count: 65))
        #expect(desk.close(long, from: 1, at: now) == RelayDelivery(to: 2, closing("s", "manual", by: 1)))
        #expect(desk.count == 0)
        #expect(desk.nextDeadline() == nil)
    }

    @Test mutating func disconnectedMemberEndsItsSessions() {
        #expect(open("b", by: 1, to: 2) == nil)
        #expect(open("a", by: 3, to: 1) == nil)
        #expect(open("c", by: 2, to: 3) == nil)
        #expect(desk.disconnected(9, at: now) == [])
        let told = [
            RelayDelivery(to: 3, closing("a", "peer_disconnected", by: 0xb0)),
            RelayDelivery(to: 2, closing("b", "peer_disconnected", by: 0xb0)),
        ]
        #expect(desk.disconnected(1, at: now) == told)
        #expect(desk.count == 1)
    }

    @Test mutating func idleSessionEndsAfterFiveMinutesWithoutAWord() {
        #expect(open("s", by: 1, to: 2) == nil)
        #expect(open("t", by: 3, to: 2) == nil)
        let opened = now.instant
        #expect(desk.nextDeadline() == opened + .seconds(300))
        wait(.seconds(200))
        _ = desk.forward(RelayForward(sessionID: "s", payload: "1"), from: 2, at: now)
        wait(.seconds(100))
        let ended = [1, 2].map { RelayDelivery(to: $0 == 1 ? 3 : 2, closing("t", "timeout", by: 0xb0)) }
        #expect(desk.expire(at: now) == ended)
        #expect(desk.nextDeadline() == opened + .seconds(500))
        wait(.milliseconds(199_999))
        #expect(desk.expire(at: now) == [])
        wait(.milliseconds(1))
        #expect(desk.expire(at: now).map(\.recipient) == [1, 2])
        #expect(desk.count == 0)
        #expect(desk.nextDeadline() == nil)
        #expect(desk.counters.expired == 2)
    }
}
