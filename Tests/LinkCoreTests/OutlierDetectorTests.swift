import LinkCore
import Testing
import Timekeeping

@Suite struct OutlierDetectorTests {
    /// A detector that has just ejected its bridge for the first time, at the clock's origin.
    private func ejected() -> OutlierDetector {
        var detector = OutlierDetector()
        for _ in 0..<PoolDefaults.ejectionThreshold { _ = fail(&detector, at: .zero) }
        return detector
    }

    private func fail(
        _ detector: inout OutlierDetector,
        at now: Instant,
        isProbe: Bool = false,
        isLast: Bool = false
    ) -> Instant? {
        detector.failed(at: now, isProbe: isProbe, isLast: isLast)
    }

    @Test func fiveFailuresInARowEject() {
        var detector = OutlierDetector()
        for _ in 0..<4 {
            let verdict = fail(&detector, at: .zero)
            #expect(verdict == nil)
            #expect(detector.state(at: .zero) == .good)
        }
        let until = Instant.zero + .seconds(5)
        let verdict = fail(&detector, at: .zero)
        #expect(verdict == until)
        #expect(detector.state(at: .zero) == .ejected(until: until))
    }

    @Test func successInBetweenStartsTheCountAnew() {
        var detector = OutlierDetector()
        for _ in 0..<3 {
            for _ in 0..<4 {
                let result = fail(&detector, at: .zero)
                #expect(result == nil)
            }
            let isReadmitted = detector.succeeded()
            #expect(isReadmitted == false)
        }
        #expect(detector.consecutiveFailures == 0)
    }

    @Test func failedProbesDoubleTheTimeUpToTheCap() {
        var detector = ejected()
        var now = Instant.zero
        for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
            let until = now + .seconds(seconds)
            #expect(detector.state(at: until - .nanoseconds(1)) == .ejected(until: until))
            #expect(detector.state(at: until) == .halfOpen)
            detector.probe()
            #expect(detector.state(at: until) == .probing)
            let verdict = fail(&detector, at: until, isProbe: true)
            #expect(verdict != nil)
            now = until
        }
    }

    @Test func probeThatSucceedsReadmitsAndForgetsTheEjections() {
        var detector = ejected()
        let later = Instant.zero + .seconds(6)
        detector.probe()
        let isReadmitted = detector.succeeded()
        #expect(isReadmitted)
        #expect(detector.state(at: later) == .good)
        for _ in 0..<4 {
            let result = fail(&detector, at: later)
            #expect(result == nil)
        }
        let verdict = fail(&detector, at: later)
        #expect(verdict == later + .seconds(5))
    }

    @Test func probeWithoutAVerdictLetsAnotherTry() {
        var detector = ejected()
        let later = Instant.zero + .seconds(5)
        detector.probe()
        detector.probeEndedOpenly()
        #expect(detector.state(at: later) == .halfOpen)
    }

    @Test func onlyTheProbeSpeaksForAnEjectedBridge() {
        var detector = ejected()
        let later = Instant.zero + .seconds(5)
        // These were asked before it was ejected.
        var verdict = fail(&detector, at: .zero)
        #expect(verdict == nil)
        verdict = fail(&detector, at: later)
        #expect(verdict == nil)
        #expect(detector.state(at: later) == .halfOpen)
        detector.probe()
        verdict = fail(&detector, at: later)
        #expect(verdict == nil)
        #expect(detector.state(at: later) == .probing)
        verdict = fail(&detector, at: later, isProbe: true)
        #expect(verdict == later + .seconds(10))
    }

    @Test func theLastBridgeIsNotEjected() {
        var detector = OutlierDetector()
        for _ in 0..<20 {
            let result = fail(&detector, at: .zero, isLast: true)
            #expect(result == nil)
        }
        #expect(detector.state(at: .zero) == .good)
        let verdict = fail(&detector, at: .zero)
        #expect(verdict != nil)
    }
}
