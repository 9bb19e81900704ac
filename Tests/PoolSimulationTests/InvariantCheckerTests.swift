public import LinkCore
import PoolSimulation
import Testing
import Timekeeping

/// A checker that never objects proves nothing: each promise is broken on purpose, by a pool that is made up or driven wrongly.
@Suite struct InvariantCheckerTests {
    private let now = Instant.zero
    private let id = RequestID(high: 1, low: 2)
    private let link = LinkID(value: 1)
    private let other = LinkID(value: 2)
    private let native = BridgeTraits(era: .native)
    private let receipt = Self.receipt()

    /// Of a request that was put to bridges of one endpoint, one after the other.
    private static func receipt(attempts: Int = 1, total: Duration = .zero) -> LinkPool.Receipt {
        var trail = RequestTrail()
        for _ in 0..<attempts { trail.note(.sent, EndpointID(value: 1), at: .zero) }
        return LinkPool.Receipt(attempts: attempts, moves: 0, queued: .zero, total: total, trail: trail)
    }

    private func checker() -> InvariantChecker {
        InvariantChecker(
            configured: ["a": .persistent, "b": .persistent],
            configuration: LinkPool.Configuration()
        )
    }

    /// With a link to the bridge "x", dialled at "a", and a request put to it.
    private func asking() -> InvariantChecker {
        var checker = checker()
        ready(&checker, link, "a", as: "x")
        checker.submitted(id, join: 7, at: now)
        checker.acted(.send(id, 7, on: link, timeLeft: nil), at: now)
        #expect(checker.violation == nil)
        return checker
    }

    private func ready(_ checker: inout InvariantChecker, _ link: LinkID, _ address: String, as bridge: String) {
        checker.acted(.dial(link, EndpointID(value: Int(link.value)), address: address), at: now)
        checker.opened(link)
        checker.acted(.authenticate(link), at: now)
        checker.authenticated(link, bridge: bridge, traits: native)
    }

    private func answer(
        _ checker: inout InvariantChecker,
        by bridge: String,
        to id: RequestID? = nil
    ) -> LinkPool.Outcome {
        let ticket = checker.ticket(for: SimulatedAnswer(request: id ?? self.id, bridge: bridge))
        return .answered(ticket, by: EndpointID(value: 1))
    }

    @Test func aSecondLinkToABridgeIsSeen() {
        var checker = checker()
        var pool = LinkPool(bridges: [])
        ready(&checker, link, "a", as: "x")
        ready(&checker, other, "b", as: "x")
        checker.look(at: &pool, at: now)
        #expect(checker.violation?.invariant == .oneLinkPerBridge)
    }

    @Test func aSecondOutcomeIsSeen() {
        var checker = asking()
        checker.acted(.finish(id, 7, answer(&checker, by: "x"), receipt), at: now)
        #expect(checker.violation == nil)
        checker.acted(.finish(id, 7, .failed(.timedOut), receipt), at: now)
        #expect(checker.violation?.invariant == .oneOutcome)
    }

    @Test func anOutcomeAfterACancelIsSeen() {
        var checker = asking()
        checker.cancelled(id)
        checker.acted(.finish(id, 7, answer(&checker, by: "x"), receipt), at: now)
        #expect(checker.violation?.invariant == .oneOutcome)
    }

    @Test func somebodyElsesAnswerIsSeen() {
        var checker = asking()
        checker.acted(.finish(id, 7, answer(&checker, by: "x", to: RequestID(high: 3, low: 4)), receipt), at: now)
        #expect(checker.violation?.invariant == .ownAnswer)
    }

    @Test func anAnswerOfABridgeThatWasNotAskedIsSeen() {
        var checker = asking()
        checker.acted(.finish(id, 7, answer(&checker, by: "y"), receipt), at: now)
        #expect(checker.violation?.invariant == .ownAnswer)
    }

    @Test func actingOnAForeignAnswerIsSeen() {
        var checker = asking()
        ready(&checker, other, "b", as: "y")
        checker.answered(id, on: other, .refused)
        checker.acted(.send(id, 7, on: other, timeLeft: nil), at: now)
        #expect(checker.violation?.invariant == .foreignAnswer)
    }

    @Test func askingTwiceOnOneLinkIsSeen() {
        var checker = asking()
        checker.acted(.send(id, 7, on: link, timeLeft: nil), at: now)
        #expect(checker.violation?.invariant == .boundedAttempts)
    }

    @Test func tooManyAttemptsAreSeen() {
        var checker = asking()
        let receipt = Self.receipt(attempts: 3)
        checker.acted(.finish(id, 7, answer(&checker, by: "x"), receipt), at: now)
        #expect(checker.violation?.invariant == .boundedAttempts)
    }

    @Test func aTrailThatForgetsTheBridgeIsSeen() {
        var checker = asking()
        let receipt = LinkPool.Receipt(attempts: 1, moves: 0, queued: .zero, total: .zero)
        checker.acted(.finish(id, 7, answer(&checker, by: "x"), receipt), at: now)
        #expect(checker.violation?.invariant == .trail)
    }

    @Test func aTrailOutOfOrderIsSeen() {
        var checker = asking()
        var receipt = receipt
        receipt.trail.note(.linkLost, EndpointID(value: 9), at: now)
        checker.acted(.finish(id, 7, .failed(.timedOut), receipt), at: now)
        #expect(checker.violation?.invariant == .trail)
    }

    @Test func anIDThatIsUsedAgainIsSeen() {
        var checker = asking()
        checker.acted(.finish(id, 7, answer(&checker, by: "x"), receipt), at: now)
        checker.submitted(id, join: 8, at: now)
        #expect(checker.violation?.invariant == .uniqueIDs)
    }

    @Test func speakingBeforeAuthenticationIsSeen() {
        var checker = checker()
        checker.acted(.dial(link, EndpointID(value: 1), address: "a"), at: now)
        checker.opened(link)
        checker.submitted(id, join: 7, at: now)
        checker.acted(.send(id, 7, on: link, timeLeft: nil), at: now)
        #expect(checker.violation?.invariant == .saidInOrder)
    }

    @Test func speakingAfterTheCloseIsSeen() {
        var checker = asking()
        checker.acted(.close(link, .silent), at: now)
        checker.acted(.ping(link, asksLoad: false), at: now)
        #expect(checker.violation?.invariant == .saidInOrder)
    }

    @Test func whatTheBridgeDidNotAnnounceIsSeen() {
        var checker = asking()
        checker.acted(.withdraw(id, on: link), at: now)
        #expect(checker.violation?.invariant == .saidInOrder)
    }

    @Test func writingToAFullLinkIsSeen() {
        var checker = checker()
        ready(&checker, link, "a", as: "x")
        checker.writabilityChanged(link, isWritable: false)
        checker.submitted(id, join: 7, at: now)
        checker.acted(.send(id, 7, on: link, timeLeft: nil), at: now)
        #expect(checker.violation?.invariant == .writability)
    }

    @Test func diallingARemovedBridgeIsSeen() {
        var checker = checker()
        checker.reconfigured(["b": .persistent])
        checker.acted(.dial(link, EndpointID(value: 1), address: "a"), at: now)
        #expect(checker.violation?.invariant == .removedBridge)
    }

    @Test func knockingTooOftenIsSeen() {
        var checker = checker()
        checker.acted(.dial(link, EndpointID(value: 1), address: "a"), at: now)
        checker.closed(link, at: now)
        checker.acted(.dial(other, EndpointID(value: 1), address: "a"), at: now + .milliseconds(300))
        #expect(checker.violation?.invariant == .dialPace)
    }

    @Test func acceptingWhileDrainingIsSeen() {
        var checker = checker()
        ready(&checker, link, "a", as: "x")
        checker.draining(until: now + .seconds(5))
        var pool = LinkPool(bridges: [])
        checker.submitted(id, join: 7, at: now)
        checker.look(at: &pool, at: now)
        #expect(checker.violation != nil)
    }

    @Test func aLateOutcomeIsSeen() {
        var checker = asking()
        let late = Duration.seconds(21)
        let receipt = Self.receipt(total: late)
        checker.acted(.finish(id, 7, answer(&checker, by: "x"), receipt), at: now + late)
        #expect(checker.violation?.invariant == .deadline)
    }

    @Test func aRequestThatThePoolForgotIsSeen() {
        var checker = asking()
        var pool = LinkPool(bridges: [])
        checker.look(at: &pool, at: now)
        #expect(checker.violation?.invariant == .bounds)
    }

    @Test func tellingTheSameStatusTwiceIsSeen() {
        var checker = checker()
        var pool = LinkPool(bridges: [BridgeAddress("a")])
        var actions: [LinkPool.Action] = []
        pool.start(at: now, actions: &actions)
        for action in actions { checker.acted(action, at: now) }
        #expect(checker.violation == nil)
        for case .statusChanged(let change) in actions { checker.acted(.statusChanged(change), at: now) }
        #expect(checker.violation?.invariant == .status)
    }

    /// The shell forgets to tell the checker of an event: the books no longer agree.
    @Test func aPoolThatIsDrivenBehindItsBackIsSeen() {
        var checker = checker()
        // Only the id is drawn, and it does not matter here.
        var generator = SystemRandomNumberGenerator()
        var pool = LinkPool(bridges: [BridgeAddress("a")])
        var actions: [LinkPool.Action] = []
        pool.submit(1, at: now, using: &generator, actions: &actions)
        checker.look(at: &pool, at: now)
        #expect(checker.violation?.invariant == .bounds)
    }
}

/// Joins are called by their numbers.
extension Ticket: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: UInt64) {
        self.init(value: number)
    }
}
