import BootstrapCore
import BootstrapServer
import HTTPRoutes
import Kademlia
import Observation
import SocketTestKit
import Testing
import WireMessages

/// The way of a join through real servers, found by the id in its receipt.
@Suite(.timeLimit(.minutes(1))) struct JoinTraceTests {
    private func receipt(_ answer: RawJSON) -> RawJSON? {
        answer.member("data")?.member("receipt") ?? answer.member("receipt")
    }

    @Test func aNewcomerFindsItsWayByTheIDInItsReceipt() async throws {
        try await RunningNetwork.run { network in
            let (genesis, links) = try await network.genesis(0xa)
            let (_, answer) = try await network.arrive(0xb)
            let receipt = try #require(self.receipt(answer))
            let id = try #require(receipt.string("requestId"))
            let timeline = try #require(try await network.bootstrap.journal.timeline(of: id))
            #expect(timeline.newcomer == 0xb && timeline.helper == 0xa)
            // The first peer's link may still be on its way to being a helper's; then the question was put again.
            #expect(timeline.steps.map(\.event) == [.asked, .sent, .helperNamed])
            #expect(timeline.steps[1].bridge == receipt.string("bridge"))
            #expect(network.bootstrap.journal.page(for: id).statusCode == 200)
            withExtendedLifetime((genesis, links)) {}
        }
    }

    @Test func whoIsTurnedAwayFindsOutWhy() async throws {
        try await ScriptedBridge.run(0xc, features: []) { bridge in
            try await RunningNetwork.run(bridges: 0, and: [bridge.target]) { network in
                let link = try await bridge.link()
                _ = try await network.arrive(0xa)
                let newcomer = try await network.ask(0xb)
                let request = try await link.next("get_onboarding_peer")
                let id = try #require(request.string("requestId"))
                link.send(
                    BridgeToBootstrap.onboardingPeerResponse(
                        OnboardingPeerResponse(
                            requestID: try #require(WireRequestID(id)),
                            success: false,
                            error: "full",
                            code: "busy",
                            retryAfterMs: 50
                        )
                    )
                )
                let answer = try await newcomer.next("response")
                #expect(answer.bool("success") == false)
                #expect(receipt(answer)?.string("requestId") == id)
                let timeline = try #require(try await network.bootstrap.journal.timeline(of: id))
                #expect(timeline.steps.map(\.event) == [.asked, .sent, .busy, .turnedAway])
                #expect(timeline.steps[1].bridge == NodeID(0xc).description)
                #expect(timeline.outcome == .turnedAway)
            }
        }
    }

    @Test func whoLeavesWhileABridgeIsAskedIsNotForgotten() async throws {
        try await ScriptedBridge.run(0xc, features: [.cancel]) { bridge in
            try await RunningNetwork.run(bridges: 0, and: [bridge.target]) { network in
                let link = try await bridge.link()
                _ = try await network.arrive(0xa)
                let newcomer = try await network.ask(0xb)
                let id = try #require(try await link.next("get_onboarding_peer").string("requestId"))
                newcomer.close()
                #expect(try await link.next("cancel_onboarding_peer").string("requestId") == id)
                // It is noted right after the bridge was told.
                var timeline: JoinTimeline?
                while timeline?.outcome != .abandoned {
                    timeline = try await network.bootstrap.journal.timeline(of: id)
                    await Task.yield()
                }
                #expect(timeline?.steps.map(\.event) == [.asked, .sent, .abandoned])
            }
        }
    }
}
