import LinkCore
import Testing
import Timekeeping

/// A bridge that is connected and yet fails its requests (robustness.md B30).
@Suite struct LinkPoolEjectionTests {
    /// Two native bridges; the first answers pings and nothing else.
    private struct Wedged {
        var harness = PoolHarness(bridges: 2)
        let links: [LinkID]
        var isWedged = true
        var toWedged = 0
        var outcomes: [String] = []
        var notices: [PoolNotice] = []

        init() {
            links = harness.connectAll()
        }

        /// One request each 100 ms, or none.
        mutating func run(_ time: Duration, isIdle: Bool = false) {
            let end = harness.now + time
            while harness.now < end {
                if !isIdle {
                    harness.submit("join")
                    absorb()
                }
                harness.advance(by: .milliseconds(100), answeringPingsOn: links)
                absorb()
            }
        }

        private mutating func absorb() {
            let actions = harness.actions
            notices += harness.notices
            outcomes += harness.outcomes
            for link in harness.pings { harness.pong(link) }
            for case .send(let id, _, let link, _) in actions {
                if link == links[0] { toWedged += 1 }
                guard link == links[1] || !isWedged else { continue }
                harness.answer(id, on: link, .success("helper"))
                notices += harness.notices
                outcomes += harness.outcomes
            }
        }
    }

    @Test func wedgedBridgeLosesItsShareAndNoRequestIsLost() {
        var world = Wedged()
        world.run(.seconds(5))
        #expect(world.notices == [.ejected(EndpointID(value: 0), bridge: "bridge-0", for: .seconds(5))])
        #expect(world.harness.reports[0].rotation == .ejected)
        #expect(world.harness.reports[0].status == .connected)
        world.toWedged = 0
        world.run(.seconds(60))
        // Only the probes, after 5, 10, 20 and 40 s.
        #expect((1...4).contains(world.toWedged))
        world.run(.seconds(10), isIdle: true)
        #expect(Set(world.outcomes) == ["answered"])
    }

    @Test func probeThatIsAnsweredBringsTheBridgeBack() {
        var world = Wedged()
        world.run(.seconds(5))
        world.isWedged = false
        world.notices = []
        world.run(.seconds(10))
        #expect(world.notices == [.readmitted(EndpointID(value: 0), bridge: "bridge-0")])
        world.toWedged = 0
        world.run(.seconds(10))
        #expect(world.toWedged == 50)
    }

    @Test func halfOpenBridgeGetsOneRequestAtATime() {
        var world = Wedged()
        world.run(.seconds(5))
        world.run(.seconds(10), isIdle: true)
        var sends: [LinkID] = []
        for _ in 0..<10 {
            world.harness.submit("join")
            sends += world.harness.sends
        }
        #expect(sends.count { $0 == world.links[0] } == 1)
    }

    @Test func cancelledProbeMakesRoomForTheNext() {
        var world = Wedged()
        world.run(.seconds(5))
        world.run(.seconds(10), isIdle: true)
        var probe: RequestID?
        for _ in 0..<2 {
            let id = world.harness.submit("join")
            if world.harness.sends == [world.links[0]] { probe = id }
        }
        guard let probe else {
            Issue.record("one of two requests in a row is the probe")
            return
        }
        world.harness.cancel(probe)
        var sends: [LinkID] = []
        for _ in 0..<2 {
            world.harness.submit("join")
            sends += world.harness.sends
        }
        #expect(sends.contains(world.links[0]))
    }

    @Test func unusableAnswersEjectLikeTimeouts() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        for _ in 0..<5 {
            let first = harness.submit("1")
            harness.answer(first, on: links[0], .unusable)
            harness.answer(first, on: links[1], .success("helper"))
        }
        #expect(harness.reports[0].rotation == .ejected)
        #expect(harness.pool.counters.ejections == 1)
    }

    @Test func busyAnswersAndRefusalsAreNoFailures() {
        var harness = PoolHarness(bridges: 2)
        let links = harness.connectAll()
        for number in 0..<20 {
            let id = harness.submit("join")
            harness.answer(id, on: links[0], number.isMultiple(of: 2) ? .refused("no") : .busy(retryAfter: .zero))
            harness.answer(id, on: links[1], .success("helper"))
        }
        #expect(harness.pool.counters.ejections == 0)
    }

    @Test func lastGoodBridgeIsNeverEjectedAndItsFailingIsSaidNowAndThen() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        var notices: [PoolNotice] = []
        for _ in 0..<20 {
            let id = harness.submit("join")
            #expect(harness.sends == [link])
            harness.answer(id, on: link, .unusable)
            notices += harness.notices
        }
        #expect(notices == [.lastBridgeFailing(EndpointID(value: 0), bridge: "bridge-0")])
        harness.answer(harness.submit("join"), on: link, .success("helper"))
        for time in [Duration.zero, PoolDefaults.lastFailureReminder] {
            harness.advance(by: time, answeringPingsOn: [link])
            for _ in 0..<5 {
                harness.answer(harness.submit("join"), on: link, .unusable)
                notices += harness.notices
            }
            #expect(notices.count == (time == .zero ? 1 : 2))
        }
    }

    @Test func bridgeOnTrialDoesNotMakeTheLastGoodOneDispensable() {
        var world = Wedged()
        world.run(.seconds(5))
        world.run(.seconds(10), isIdle: true)
        #expect(world.harness.reports[0].rotation == .active)
        for _ in 0..<12 {
            let id = world.harness.submit("join")
            if world.harness.sends == [world.links[1]] { world.harness.answer(id, on: world.links[1], .unusable) }
        }
        #expect(world.harness.reports.map(\.rotation) == [.ejected, .active])
    }

    @Test func ejectedBridgeIsAskedWhenTheOtherIsGone() {
        var world = Wedged()
        world.run(.seconds(5))
        world.harness.close(world.links[1])
        world.harness.submit("join")
        #expect(world.harness.sends == [world.links[0]])
    }

    @Test func otherBridgeAtTheSameAddressStartsWithAGoodName() {
        var world = Wedged()
        world.run(.seconds(5))
        world.harness.close(world.links[0])
        world.harness.advance(by: .seconds(2), answeringPingsOn: world.links)
        let dials = world.harness.dials
        #expect(dials.count == 1)
        world.harness.connect(dials[0], as: "new")
        #expect(world.harness.reports[0].rotation == .active)
    }
}
