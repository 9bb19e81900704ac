import Testing

@testable import causeway

/// The answer to "are people getting in" follows the rules of the server's page.
struct StatusVerdictTests {
    private static let now: Int64 = 1_795_417_221_946

    private func verdict(_ change: (inout StatusOverview) -> Void) -> StatusVerdict {
        var overview = StatusOverview()
        overview.at = Self.now
        overview.server.ready = true
        overview.bridges = [bridge("one")]
        change(&overview)
        return StatusVerdict(overview, StatusWords(now: Self.now, zone: { _ in 0 }))
    }

    private func bridge(_ name: String, _ state: StatusOverview.Bridge.State = .connected) -> StatusOverview.Bridge {
        var bridge = StatusOverview.Bridge()
        bridge.address = name
        bridge.state = state
        bridge.available = state == .connected
        return bridge
    }

    private func seconds(
        named: Int = 0,
        degraded: Int = 0,
        busy: Int = 0,
        connected: Int = 0,
        lost: Int = 0
    )
        -> [StatusOverview.Counts]
    {
        [
            .init(
                asked: named + degraded + busy,
                named: named,
                connected: connected,
                lost: lost,
                degraded: degraded,
                busy: busy
            )
        ]
    }

    @Test func firstRuleThatAppliesIsTaken() {
        let cases: [(StatusVerdict.Level, String, (inout StatusOverview) -> Void)] = [
            (.warning, "The server is stopping", { $0.server.isDraining = true }),
            (.bad, "Newcomers cannot get in", { $0.server.ready = false }),
            (.idle, "Ready for the first peer", { $0.server.isNewNetwork = true }),
            (.idle, "Nobody is asking", { _ in }),
            (.ok, "The way in is open", { $0.probe = .init(at: Self.now, ok: true) }),
            (.bad, "Newcomers probably cannot get in", { $0.probe = .init(at: Self.now, ok: false) }),
            (.warning, "A newcomer was turned away", { $0.seconds = self.seconds(busy: 2) }),
            (.bad, "Nobody is getting in", { $0.seconds = self.seconds(busy: 3) }),
            (.bad, "Most newcomers are turned away", { $0.seconds = self.seconds(named: 5, busy: 5) }),
            (.warning, "Some newcomers are turned away", { $0.seconds = self.seconds(named: 18, busy: 1) }),
            (.warning, "People get in the hard way", { $0.seconds = self.seconds(named: 5, degraded: 5) }),
            (.bad, "Few newcomers reach their helpers", { $0.seconds = self.seconds(named: 9, connected: 4, lost: 6) }),
            (.ok, "People are getting in", { $0.seconds = self.seconds(named: 20, busy: 1) }),
            (.ok, "People are getting in", { $0.seconds = self.seconds(named: 9, connected: 5, lost: 5) }),
        ]
        for (level, title, change) in cases {
            let verdict = verdict(change)
            #expect(verdict.level == level, "\(title)")
            #expect(verdict.title == title)
        }
    }

    @Test func shortestTimeThatSaysSomethingCounts() {
        let quiet = StatusOverview.Counts()
        var old = quiet
        old.busy = 30
        var new = quiet
        new.named = 20
        // The last 15 s have enough, so that what was before is over.
        let overcome = verdict { $0.seconds = [old] + Array(repeating: quiet, count: 14) + [new] }
        #expect(overcome.level == .ok)
        #expect(overcome.detail.hasSuffix("in the last 15 seconds."))
        new.named = 19
        let recent = verdict { $0.seconds = [old] + Array(repeating: quiet, count: 14) + [new] }
        #expect(recent.title == "Most newcomers are turned away")
        #expect(recent.detail.hasSuffix("in the last minute."))
        let longAgo = verdict { $0.seconds = [new] + Array(repeating: quiet, count: 100) }
        #expect(longAgo.detail == "19 of 19 newcomers were led to a helper in the last 5 minutes.")
    }

    @Test func whatNeedsAttentionIsWorseThanNothing() {
        let lost = bridge("two", .disconnected)
        let oneAway = verdict {
            $0.seconds = seconds(named: 9)
            $0.bridges.append(lost)
        }
        #expect(oneAway.level == .warning)
        #expect(oneAway.title == "People are getting in")
        #expect(oneAway.findings.map(\.text) == ["two disconnected since -."])
        // While people get in it is not as bad as it could be.
        let allAway = verdict {
            $0.seconds = seconds(named: 9)
            $0.bridges = [lost]
        }
        #expect(allAway.level == .warning)
        #expect(allAway.findings.map(\.level) == [.bad])
        let silent = verdict { $0.bridges = [lost] }
        #expect(silent.level == .bad)
    }

    @Test func bridgesThatRefuseComeFirstAndFewAreNamed() {
        let verdict = verdict { overview in
            overview.bridges =
                (1...4).map { bridge("bridge-\($0)", .disconnected) } + [bridge("refusing", .failed), bridge("well")]
        }
        #expect(
            verdict.findings.map(\.text) == [
                "refusing refuses us since -.", "bridge-1 disconnected since -.", "bridge-2 disconnected since -.",
                "5 of 6 bridges cannot be asked.",
            ]
        )
        #expect(verdict.findings.first?.advice == "The secret here and there must be the same.")
    }

    @Test func fullPlacesAreNamed() {
        let verdict = verdict {
            $0.queue = .init(waiting: 6, waitingLimit: 10)
            $0.peers.registered = 91
            $0.peers.limit = 100
            $0.unhelped = [.init(reason: .busy, fiveMinutes: 3)]
        }
        #expect(
            verdict.findings.map(\.text) == [
                "Most of those without a helper, in the last 5 minutes: too many questions at once.",
                "6 of at most 10 questions wait for a bridge.", "91 of at most 100 peers are here.",
            ]
        )
    }

    @Test func exitCodesAreThoseOfTheHelp() {
        #expect([StatusVerdict.Level.ok, .idle, .warning, .bad, .unknown].map(\.exitCode) == [0, 0, 1, 3, 4])
    }
}
