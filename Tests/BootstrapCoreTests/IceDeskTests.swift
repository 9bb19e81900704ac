import BootstrapCore
import DHTTestKit
import Kademlia
import Testing
import Timekeeping
import WireMessages

/// Two browsers that start, or restart, at one moment (protocol.md 2.11).
@Suite struct IceDeskTests {
    private var desk = IceDesk()
    private var now = Moment(instant: .zero + .seconds(10), unixMilliseconds: 1_800_000_000_000)

    private mutating func ask(
        _ requester: NodeID,
        _ target: ClientID,
        _ session: String = "s",
        candidates: RawJSON? = nil,
        profile: RawJSON? = nil,
        isTargetHere: Bool = true
    ) -> [IceDelivery] {
        let message = IceCoordinate(target: target, candidates: candidates, profile: profile, sessionID: session)
        return desk.coordinate(IceRequest(message), from: requester, isTargetHere: isTargetHere, at: now)
    }

    private mutating func ask(
        _ requester: NodeID,
        _ target: NodeID,
        _ session: String = "s",
        candidates: RawJSON? = nil,
        profile: RawJSON? = nil,
        isTargetHere: Bool = true
    ) -> [IceDelivery] {
        ask(
            requester,
            .node(target),
            session,
            candidates: candidates,
            profile: profile,
            isTargetHere: isTargetHere
        )
    }

    private mutating func askRestart(
        _ requester: NodeID,
        _ target: NodeID,
        _ session: String = "r",
        profile: RawJSON? = nil,
        myProfile: RawJSON? = nil
    ) -> [IceDelivery] {
        let message = IceRestartCoordinate(
            target: .node(target),
            profile: profile,
            myProfile: myProfile,
            sessionID: session
        )
        return desk.coordinate(IceRequest(message), from: requester, isTargetHere: true, at: now)
    }

    private mutating func wait(_ duration: Duration) -> [IceDelivery] {
        now.instant = now.instant + duration
        now.unixMilliseconds += duration.wholeMilliseconds
        return desk.tick(at: now)
    }

    private func sessionPending(_ deliveries: [IceDelivery], for requester: NodeID) -> String? {
        guard case .iceCoordinatePending(let pending)? = deliveries.first?.message, deliveries.count == 1,
            deliveries[0].recipient == requester
        else { return nil }
        return pending.sessionID
    }

    private func starts(_ deliveries: [IceDelivery]) -> [NodeID: IceStart] {
        var starts: [NodeID: IceStart] = [:]
        for delivery in deliveries {
            guard case .iceStart(let start) = delivery.message else { continue }
            starts[delivery.recipient] = start
        }
        return starts
    }

    private func error(_ deliveries: [IceDelivery]) -> IceCoordinateError? {
        guard case .iceCoordinateError(let error)? = deliveries.first?.message, deliveries.count == 1 else {
            return nil
        }
        return error
    }

    // MARK: Both come

    @Test mutating func bothStartAtOneMomentWithWhatTheOtherBrought() {
        let first = ask(2, 1, "one", candidates: #"[{"candidate":"a"}]"#, profile: #"{"natType":"hard"}"#)
        guard case .iceCoordinatePending(let pending)? = first.first?.message else {
            Issue.record("not pending")
            return
        }
        #expect(first.map(\.recipient) == [2], "the other one hears nothing yet")
        #expect(pending.sessionID == "one")
        #expect(pending.target == .node(1))
        _ = wait(.seconds(3))
        let both = ask(1, 2, "two", candidates: #"["b"]"#, profile: #"{"natType":"easy","hasIPv6":false}"#)
        func start(with peer: NodeID, _ candidates: RawJSON, _ profile: RawJSON) -> BootstrapToPeer {
            .iceStart(
                IceStart(
                    sessionID: "one",
                    timestamp: now.unixMilliseconds + 100,
                    peer: .node(peer),
                    peerCandidates: candidates,
                    peerProfile: profile,
                    hardNatPair: false,
                    shouldAttemptCoordinatedRestart: false,
                    estimatedSuccessRate: "0.6"
                )
            )
        }
        #expect(
            both == [
                IceDelivery(to: 2, start(with: 1, #"["b"]"#, #"{"natType":"easy","hasIPv6":false}"#)),
                IceDelivery(to: 1, start(with: 2, #"[{"candidate":"a"}]"#, #"{"natType":"hard"}"#)),
            ]
        )
        #expect(desk.count == 0)
        #expect(desk.nextDeadline() == nil)
        #expect(desk.counters.started == 1)
    }

    @Test mutating func bothRestartAtOneMoment() {
        let hard: RawJSON = #"{"natType":"hard","portPattern":"sequential"}"#
        let first = askRestart(1, 2, "one", profile: hard)
        guard case .iceRestartPending(let pending)? = first.first?.message else {
            Issue.record("not pending")
            return
        }
        #expect(pending.target == .node(2))
        #expect(ask(2, 1, "start").map(\.recipient) == [2], "a start is another matter")
        let both = askRestart(2, 1, "two", myProfile: hard)
        let expected = [(1, 2), (2, 1)].map { (peer: NodeID, other: NodeID) in
            let go = IceRestartGo(
                sessionID: "one",
                timestamp: now.unixMilliseconds + 100,
                peer: .node(other),
                peerProfile: hard,
                hardNatPair: true,
                estimatedSuccessRate: "0.3"
            )
            return IceDelivery(to: peer, .iceRestartGo(go))
        }
        #expect(both == expected)
        #expect(desk.count == 1, "the start still waits")
        #expect(desk.counters.restarted == 1)
    }

    /// The numbers of existing servers.
    @Test(arguments: [
        (#"{}"#, #"{}"#, false, "0.85"),
        (#"{"natType":"open"}"#, #"{"natType":"easy"}"#, false, "0.85"),
        (#"{"natType":"unknown"}"#, #"{"natType":"hard"}"#, false, "0.6"),
        (#"{"natType":"hard"}"#, #"{"natType":"hard"}"#, true, "0.2"),
        (#"{"natType":"hard","portPattern":"sequential"}"#, #"{"natType":"hard"}"#, true, "0.2"),
        (
            #"{"natType":"hard","portPattern":"sequential"}"#, #"{"natType":"hard","portPattern":"random"}"#, true,
            "0.05"
        ),
        (#"{"natType":"hard","portPattern":"none"}"#, #"{"natType":"hard","portPattern":"random"}"#, true, "0.05"),
        (
            #"{"natType":"hard","portPattern":"sequential"}"#, #"{"natType":"hard","portPattern":"sequential"}"#, true,
            "0.3"
        ),
        (#"{"natType":"hard","hasIPv6":true}"#, #"{"natType":"hard","hasIPv6":true}"#, true, "0.9"),
        (#"{"natType":"open","hasIPv6":true}"#, #"{"natType":"easy","hasIPv6":true}"#, false, "0.9"),
        (#"{"natType":"hard","hasIPv6":true}"#, #"{"natType":"hard"}"#, true, "0.2"),
        (#"{"natType":["hard"],"hasIPv6":1}"#, #"[]"#, false, "0.85"),
    ])
    func outlookDependsOnBothProfiles(_ one: String, _ other: String, _ isHardPair: Bool, _ rate: String) throws {
        for (first, second) in [(one, other), (other, one)] {
            var desk = IceDesk()
            var both: [IceDelivery] = []
            for (peer, target, profile): (NodeID, NodeID, String) in [(1, 2, first), (2, 1, second)] {
                let message = IceCoordinate(
                    target: .node(target),
                    profile: try RawJSON(checking: Array(profile.utf8)),
                    sessionID: "s"
                )
                both = desk.coordinate(IceRequest(message), from: peer, isTargetHere: true, at: now)
            }
            let starts = starts(both)
            #expect(starts.count == 2)
            for start in starts.values {
                #expect(start.hardNatPair == isHardPair)
                #expect(start.shouldAttemptCoordinatedRestart == isHardPair)
                #expect(start.estimatedSuccessRate?.description == rate)
            }
        }
    }

    @Test mutating func clientGetsAListAndAnObjectWhateverTheOtherSent() {
        _ = ask(1, 2)
        let both = starts(ask(2, 1, profile: #""hard""#))
        for start in both.values {
            #expect(start.peerCandidates == "[]")
            #expect(start.peerProfile == "{}")
        }
        #expect(both.count == 2)
    }

    @Test mutating func addressesInAProfileStayPrivate() {
        let profile: RawJSON = #"""
            {"natType":"easy","ipv4External":"192.0.2.7","ipv6Addresses":["2001:db8::1"],"ipv4Host":["10.0.0.1"],
            "userAgent":"Mozilla/5.0","_natAnalysis":{"localSockets":[]},"platform":"linux"}
            """#
        _ = ask(1, 2, profile: profile)
        #expect(starts(ask(2, 1))[2]?.peerProfile == #"{"natType":"easy","platform":"linux"}"#)
        let large = RawJSON(
            stringLiteral: #"{"natType":"hard","platform":""# + String(repeating: "x", count: 1_024) + #""}"#
        )
        _ = ask(1, 2, profile: large)
        #expect(starts(ask(2, 1))[2]?.peerProfile == "{}")
    }

    // MARK: One does not come

    @Test mutating func whoWaitsInVainHearsSoAfterTenSeconds() {
        _ = ask(1, 2, "one")
        _ = askRestart(3, 2, "two")
        #expect(desk.nextDeadline() == now.instant + .seconds(10))
        #expect(wait(.milliseconds(9_999)) == [])
        let told = wait(.milliseconds(1))
        #expect(told.map(\.recipient) == [1, 3])
        guard case .iceCoordinateTimeout(let timeout) = told[0].message,
            case .iceRestartTimeout(let restart) = told[1].message
        else {
            Issue.record("no timeouts")
            return
        }
        #expect(timeout.sessionID == "one" && restart.sessionID == "two")
        #expect(timeout.message != nil && timeout.message == timeout.error)
        #expect(restart.message != nil && restart.message == restart.error)
        #expect(desk.counters.timedOut == 2)
        #expect(desk.nextDeadline() == nil && desk.memberCount == 0)
        #expect(sessionPending(ask(2, 1, "late"), for: 2) == "late", "a wait of its own")
    }

    @Test mutating func askingAgainRenewsTheWaitButNotForEver() {
        _ = ask(1, 2, "one", candidates: #"["old"]"#)
        #expect(wait(.seconds(8)) == [])
        #expect(sessionPending(ask(1, 2, "again", candidates: #"["new"]"#), for: 1) == "one")
        #expect(desk.count == 1)
        #expect(wait(.seconds(8)) == [])
        #expect(sessionPending(ask(1, 2), for: 1) == "one")
        #expect(desk.nextDeadline() == now.instant + .seconds(4), "20 s after the first time")
        #expect(wait(.seconds(4)).map(\.recipient) == [1])
        _ = ask(1, 2, "one", candidates: #"["old"]"#)
        _ = ask(1, 2, "again", candidates: #"["new"]"#)
        let both = starts(ask(2, 1))
        #expect(both[2]?.peerCandidates == #"["new"]"#)
        #expect(both[1]?.sessionID == "one")
    }

    @Test mutating func whoWaitsHearsWhenTheOtherLeaves() {
        _ = ask(3, 2, "three")
        _ = askRestart(1, 2, "one")
        _ = ask(2, 4, "two")
        let told = desk.left(2)
        #expect(told.map(\.recipient) == [1, 3])
        guard case .iceRestartError(let restart) = told[0].message,
            case .iceCoordinateError(let start) = told[1].message
        else {
            Issue.record("no errors")
            return
        }
        #expect(start.sessionID == "three" && start.peer == .node(2))
        #expect(start.error != nil && start.error == start.message)
        #expect(restart.sessionID == "one" && restart.peer == .node(2))
        #expect(restart.error != nil && restart.error == restart.message)
        #expect(desk.count == 0 && desk.memberCount == 0, "its own request is void, and nobody has to know")
        #expect(desk.nextDeadline() == nil)
        #expect(desk.left(2) == [])
    }

    // MARK: Refusals

    @Test mutating func targetMustBeAnotherPeerThatIsHere() {
        let absent = error(ask(1, 2, "s", isTargetHere: false))
        #expect(absent?.error == "Target peer not connected")
        #expect(absent?.message == absent?.error)
        #expect(absent?.sessionID == "s" && absent?.peer == .node(2))
        #expect(error(ask(1, .tool("diagnostic_1")))?.error == "Target peer not connected")
        #expect(error(ask(1, 1))?.error == "A peer cannot coordinate with itself")
        #expect(error(ask(1, 2, ""))?.error == "sessionId must have 1 to 128 bytes")
        #expect(error(ask(1, 2, String(repeating: "s", count: 129)))?.error == "sessionId must have 1 to 128 bytes")
        #expect(desk.count == 0 && desk.memberCount == 0)
        #expect(desk.counters.refused == 5)
    }

    @Test mutating func restartIsRefusedInItsOwnWords() {
        guard case .iceRestartError(let refusal)? = askRestart(1, 1).first?.message else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.error == "A peer cannot coordinate with itself" && refusal.message == refusal.error)
        let restart = IceRestartCoordinate(target: .node(2), sessionID: "r")
        guard case .iceRestartError(let unregistered) = IceRequest(restart).refusalOfStrangers,
            case .iceCoordinateError(let other) = IceRequest(
                IceCoordinate(target: .node(2), sessionID: "s")
            ).refusalOfStrangers
        else {
            Issue.record("not refused")
            return
        }
        #expect(unregistered.sessionID == "r" && other.sessionID == "s")
        #expect(unregistered.error == other.error && other.error == other.message && other.error != nil)
    }

    @Test(arguments: [#"{"length":1}"#, #""x""#, "[1]", "[null]", #"["a",["b"]]"#])
    mutating func
        candidatesMustBeAListOfCandidates(_ text: String) throws
    {
        let candidates = try RawJSON(checking: Array(text.utf8))
        #expect(error(ask(1, 2, candidates: candidates))?.error == "candidates must be a list of at most 64 candidates")
        #expect(desk.count == 0)
    }

    @Test mutating func candidatesAreBounded() {
        func list(_ count: Int, of length: Int) -> RawJSON {
            let one = "\"" + String(repeating: "c", count: length) + "\""
            return RawJSON(stringLiteral: "[" + Array(repeating: one, count: count).joined(separator: ",") + "]")
        }
        #expect(sessionPending(ask(1, 2, candidates: list(64, of: 200)), for: 1) != nil)
        #expect(error(ask(3, 2, candidates: list(65, of: 1))) != nil)
        #expect(error(ask(3, 2, candidates: list(60, of: 300))) != nil)
    }

    @Test mutating func refusedRepeatEndsTheWait() {
        _ = ask(1, 2)
        #expect(error(ask(1, 2, candidates: "{}")) != nil)
        #expect(desk.count == 0)
        _ = ask(1, 2)
        #expect(error(ask(2, 1, candidates: "{}")) != nil)
        #expect(desk.count == 1, "that of the other one goes on")
        #expect(starts(ask(2, 1)).count == 2)
    }

    @Test mutating func waitsAreBoundedForEachAndInAll() {
        for number in 0..<16 {
            let target = NodeID(integerLiteral: 100 + UInt32(number))
            #expect(sessionPending(ask(1, target), for: 1) != nil)
            _ = ask(NodeID(integerLiteral: 200 + UInt32(number)), 2)
        }
        #expect(error(ask(1, 3))?.error == "Too many coordinations are waiting for their partners")
        #expect(sessionPending(ask(1, 100), for: 1) != nil, "asked again")
        #expect(sessionPending(ask(2, 4), for: 2) != nil, "what others ask of it does not count")
        #expect(starts(ask(100, 1)).count == 2)
        #expect(sessionPending(ask(1, 3), for: 1) != nil)

        var limits = IceLimits()
        limits.waits = 2
        desk = IceDesk(limits: limits)
        _ = ask(1, 9)
        _ = ask(2, 9)
        #expect(error(ask(3, 9))?.error == "Too many coordinations at this server")
        #expect(sessionPending(ask(2, 9), for: 2) != nil, "asked again")
        #expect(starts(ask(9, 1)).count == 2, "whoever is waited for is never refused for that")
        limits = IceLimits()
        limits.keptBytes = 30
        desk = IceDesk(limits: limits)
        _ = ask(1, 9, candidates: #"["123456789012345"]"#)
        #expect(error(ask(2, 9, candidates: #"["123456789012345"]"#)) != nil)
        #expect(starts(ask(9, 1, candidates: #"["123456789012345"]"#)).count == 2)
        #expect(sessionPending(ask(2, 9, candidates: #"["123456789012345"]"#), for: 2) != nil)
    }
}
