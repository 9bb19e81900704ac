import LinkCore
import Testing
import Timekeeping

/// The words that operators read: right at each step, and said once.
@Suite struct LinkPoolStatusTests {
    /// The last event's changes, those that are news marked with an exclamation mark.
    private func words(_ harness: PoolHarness) -> [String] {
        harness.actions.compactMap(\.change).map { $0.status.rawValue + ($0.isNews ? "!" : "") }
    }

    @Test func lifeOfALinkInWords() {
        var harness = PoolHarness(bridges: 1) { $0.backoffJitter = 0 }
        harness.start()
        #expect(words(harness) == ["connecting"])
        harness.open(LinkID(value: 1))
        #expect(words(harness) == [])
        harness.authenticate(LinkID(value: 1), as: "b")
        #expect(words(harness) == ["connected!"])
        harness.close(LinkID(value: 1))
        #expect(words(harness) == ["disconnected!"])
        #expect(harness.reports[0].lastError == .lost("reset"))
        harness.advance(by: .seconds(1))
        #expect(words(harness) == ["connecting"])
        // Staying away is no news.
        harness.close(harness.dials[0])
        #expect(words(harness) == ["disconnected"])
        #expect(harness.reports[0].lastError == .dialFailed("reset"))
        harness.advance(by: .seconds(2))
        harness.connect(harness.dials[0], as: "b")
        #expect(words(harness) == ["connected!"])
        #expect(harness.reports[0].lastError == nil)
    }

    @Test func changeNamesTheEndpointItsAddressAndTheBridge() {
        var harness = PoolHarness(bridges: 1)
        _ = harness.connectAll()
        let change = harness.actions.compactMap(\.change).first
        #expect(change?.endpoint == EndpointID(value: 0))
        #expect(change?.address == "ws://bridge-0")
        #expect(change?.bridge == "bridge-0")
        #expect(change?.status == .connected)
    }

    @Test func bridgeThatStaysAwayForAnHourIsNewsOnce() {
        var harness = PoolHarness(bridges: 1)
        let link = harness.connectAll()[0]
        harness.close(link)
        var news = words(harness).count { $0.hasSuffix("!") }
        let end = harness.now + .seconds(3600)
        while harness.now < end {
            harness.advance(by: .seconds(5))
            news += words(harness).count { $0.hasSuffix("!") }
            for dial in harness.dials { harness.close(dial) }
            news += words(harness).count { $0.hasSuffix("!") }
        }
        #expect(news == 1)
        #expect(harness.reports[0].dials > 100)
    }

    @Test func wrongSecretIsFailedSaidOnceAndTriedSlowly() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        var link: LinkID? = LinkID(value: 1)
        var said: [String] = []
        var dials = 1
        let end = harness.now + .seconds(600)
        while harness.now < end {
            if let refused = link {
                harness.open(refused)
                harness.refuseSecret(refused)
                said += words(harness)
                #expect(harness.reports[0].status == .failed)
            }
            harness.submit("joins do not make it knock more often")
            #expect(harness.dials.isEmpty)
            harness.advance(by: .seconds(1))
            link = harness.dials.first
            dials += harness.dials.count
        }
        #expect(said.filter { $0.hasSuffix("!") } == ["failed!"])
        // Every 24 to 36 s.
        #expect((16...26).contains(dials))
        #expect(harness.reports[0].lastError == .authenticationRefused("no"))
    }

    @Test func refusedSecretIsNotForgottenForADialInThatCameAndWent() {
        var harness = PoolHarness(bridges: 1) { $0.backoffJitter = 0 }
        harness.start()
        harness.connect(LinkID(value: 1), as: "b", era: .current)
        harness.close(LinkID(value: 1))
        harness.advance(by: .seconds(1))
        let dialled = harness.dials[0]
        harness.open(dialled)
        harness.refuseSecret(dialled)
        let own = harness.dialIn("b")
        #expect(harness.reports[0].status == .connected)
        harness.close(own)
        #expect(words(harness) == ["failed!"])
        #expect(harness.reports[0].lastError == .authenticationRefused("no"))
        harness.submit("join")
        harness.advance(by: .seconds(29))
        #expect(harness.dials.isEmpty)
        harness.advance(by: .seconds(1))
        #expect(harness.dials.count == 1)
    }

    @Test func secretThatIsPutRightConnectsWithoutARestart() {
        var harness = PoolHarness(bridges: 1) { $0.backoffJitter = 0 }
        harness.start()
        harness.open(LinkID(value: 1))
        harness.refuseSecret(LinkID(value: 1))
        harness.advance(by: .seconds(30))
        harness.connect(harness.dials[0], as: "b")
        #expect(words(harness) == ["connected!"])
        #expect(harness.reports[0].rotation == .active)
    }

    @Test func unansweredDialAndUnansweredSecretAreToldApart() {
        var harness = PoolHarness(bridges: 2)
        harness.start()
        harness.open(LinkID(value: 2))
        harness.advance(by: .seconds(5))
        #expect(harness.reports.map(\.lastError) == [nil, .authenticationTimeout])
        harness.advance(by: .seconds(5))
        #expect(harness.reports[0].lastError == .connectTimeout)
    }

    @Test func reportTellsSinceWhenAndWhatWasDone() {
        var harness = PoolHarness(bridges: 1)
        harness.start()
        harness.now = harness.now + .seconds(2)
        let link = harness.connect(LinkID(value: 1), as: "b")
        harness.advance(by: .seconds(31), answeringPingsOn: [link])
        let load = LoadReport(queueDepth: 1, queueCapacity: 2, inFlight: 3, connectedPeers: 4)
        harness.pong(link, load: load)
        let report = harness.reports[0]
        #expect(report.since == .zero + .seconds(2))
        #expect(report.dials == 1 && report.linksOpened == 1 && report.pings == 1)
        #expect(report.load == load)
        #expect(report.nextAttempt == nil)
    }

    @Test func onlyABridgeThatReportsItsLoadIsAskedForIt() {
        var harness = PoolHarness(bridges: 2)
        harness.start()
        for link in harness.dials { harness.open(link) }
        var traits = BridgeTraits(era: .native)
        traits.reportsLoad = true
        harness.authenticate(LinkID(value: 1), as: "a", traits: traits)
        harness.authenticate(LinkID(value: 2), as: "b", traits: nil)
        harness.advance(by: .seconds(30))
        var asked: [LinkID: Bool] = [:]
        for case .ping(let link, let asksLoad) in harness.actions { asked[link] = asksLoad }
        #expect(asked == [LinkID(value: 1): true, LinkID(value: 2): false])
    }
}
