import Telemetry
import Testing
import Timekeeping

@Suite struct SystemClockTests {
    @Test func instantsCountFromTheClocksBeginningAndNeverBackwards() {
        let clock = SystemClock()
        var last = Instant.zero
        for _ in 0..<1_000 {
            let now = clock.now()
            #expect(now >= last)
            last = now
        }
        #expect(last - .zero < .seconds(60))
    }

    @Test func aMomentHasTheWallClocksMilliseconds() {
        let before = SystemClock.unixMilliseconds()
        let moment = SystemClock().moment()
        #expect((before...SystemClock.unixMilliseconds()).contains(moment.unixMilliseconds))
        #expect(before > 1_700_000_000_000)
    }
}
