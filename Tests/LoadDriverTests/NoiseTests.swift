import Testing

@testable import LoadDriver

@Suite struct RatioEstimateTests {
    @Test func equalRoundsLeaveNoDoubt() throws {
        let ratio = try #require(RatioEstimate([2, 4, 6], over: [1, 2, 3]))
        #expect(abs(ratio.value - 2) < 1e-9)
        let low = try #require(ratio.low)
        #expect(abs(low - 2) < 1e-9)
        let high = try #require(ratio.high)
        #expect(abs(high - 2) < 1e-9)
    }

    @Test func intervalIsThatOfStudentsTOnLogarithms() throws {
        // Logarithms 0, ln 2, ln 4: mean ln 2, standard error ln 2 / sqrt 3, t(2) = 4.303.
        let ratio = try #require(RatioEstimate([1, 2, 4], over: [1, 1, 1]))
        #expect(abs(ratio.value - 2) < 1e-9)
        #expect(ratio.median == 2)
        let high = try #require(ratio.high)
        #expect(abs(high - 11.192) < 0.01)
        let low = try #require(ratio.low)
        #expect(abs(low - 0.3574) < 0.001)
    }

    @Test func roundsWithoutAFigureAreLeftOut() throws {
        #expect(RatioEstimate([nil, 1], over: [1, 0]) == nil)
        let ratio = try #require(RatioEstimate([nil, 3], over: [1, 1]))
        #expect(ratio.byRound == [3])
        #expect(ratio.low == nil)
        #expect(ratio.text == "3.00 (one round)")
    }
}

@Suite struct MachineNoiseTests {
    @Test func linuxTellsWhatTheProcessorsDid() throws {
        let time = try #require(MachineTime(stat: "cpu  100 2 30 4000 50 6 7 80 9 0\ncpu0 1 2 3\n"))
        #expect(time.programs == 145)
        #expect(time.steal == 80)
        #expect(time.total == 4_275)
    }

    @Test(arguments: ["", "cpu", "cpu  1 2 3\n", "cpu  a 2 30 4000 50 6 7 80\n", "intr 1 2 3 4 5 6 7 8 9\n"])
    func anotherKindOfTextIsNoTime(text: String) {
        #expect(MachineTime(stat: text) == nil)
    }

    @Test func quietIsSaidToo() {
        let noise = MachineNoise(stealShare: 0.04, othersShare: 0.09, roundSpread: 1.4)
        #expect(!noise.tooNoisy)
        #expect(noise.line(of: "a") == "a: noise: steal 4.0 %, other processes 9.0 %, rounds within 1.40")
    }

    @Test func everyReasonIsNamed() {
        let noise = MachineNoise(stealShare: 0.06, othersShare: 0.11, roundSpread: 1.6)
        #expect(noise.tooNoisy)
        #expect(
            noise.line(of: "a") == """
                a: the machine was too noisy: steal took 6.0 % of the processors, other processes took 11.0 % of the \
                processors, equal rounds differed by a factor of 1.60; absolute figures are doubtful
                """
        )
    }

    @Test func whatIsNotKnownIsNoReason() {
        let noise = MachineNoise(stealShare: nil, othersShare: nil, roundSpread: nil)
        #expect(!noise.tooNoisy)
        #expect(noise.line(of: "a") == "a: noise: steal unknown, other processes unknown, rounds within unknown")
    }
}

@Suite struct RequirementTests {
    @Test func boundsBelongToWhatIsAllowed() {
        #expect(CompareReport.Requirement("a", 0.5, atMost: 0.5).met)
        #expect(!CompareReport.Requirement("a", 0.51, atMost: 0.5).met)
        #expect(CompareReport.Requirement("a", 2.5, atLeast: 2.5).met)
        #expect(!CompareReport.Requirement("a", 2.4, atLeast: 2.5).met)
    }

    @Test func whatWasNotMeasuredIsNotMet() {
        let requirement = CompareReport.Requirement("joins", nil, atLeast: 1)
        #expect(!requirement.met)
        #expect(requirement.text == "joins is not measured, must be at least 1.00")
    }
}
