import DHTTestKit
import Observation
import Testing

@Suite struct DurationHistogramTests {
    @Test func quantilesAreWithinATenthOfTheTruth() {
        var generator = SeededGenerator(seed: 7)
        var histogram = DurationHistogram()
        var durations: [Int] = []
        for _ in 0..<10_000 {
            let duration = Int.random(in: 100...2_000_000, using: &generator)
            durations.append(duration)
            histogram.record(microseconds: duration)
        }
        durations.sort()
        for share in [0.5, 0.9, 0.99] {
            let truth = durations[Int(share * 10_000) - 1]
            let read = histogram.quantile(share) ?? 0
            #expect(abs(read - truth) * 10 <= truth, "\(share): \(read) instead of \(truth)")
        }
        #expect(histogram.count == 10_000)
        #expect(histogram.sumMicroseconds == durations.reduce(0, +))
    }

    @Test func nothingHasNoQuantile() { #expect(DurationHistogram().quantile(0.5) == nil) }

    @Test(arguments: [-1, 0, 63, 64, 67_108_863, 67_108_864, Int.max / 2])
    func everyDurationHasABucket(microseconds: Int) {
        var histogram = DurationHistogram()
        histogram.record(microseconds: microseconds)
        #expect(histogram.count == 1)
        #expect(histogram.quantile(0.5) != nil)
    }

    @Test func bucketsMeetWithoutGapOrOverlap() {
        let ends = (0..<DurationHistogram.bucketCount).compactMap(DurationHistogram.end(of:))
        #expect(ends.count == DurationHistogram.bucketCount - 1, "the last has no end")
        #expect(ends.first == 64 && ends.last == 67_108_864)
        #expect(zip(ends, ends.dropFirst()).allSatisfy { $0 < $1 })
        for end in ends {
            var histogram = DurationHistogram()
            histogram.record(microseconds: end - 1)
            #expect(histogram.count(upTo: end) == 1, "what is below \(end) counts up to it")
            histogram.record(microseconds: end)
            #expect(histogram.count(upTo: end) == 1, "what is not below does not")
        }
    }

    @Test func differenceIsWhatCameSince() {
        var histogram = DurationHistogram()
        histogram.record(microseconds: 1_000)
        let earlier = histogram
        histogram.record(microseconds: 90_000)
        let difference = histogram.difference(from: earlier)
        #expect(difference.count == 1)
        #expect(difference.sumMicroseconds == 90_000)
        var sum = earlier
        sum.add(difference)
        #expect(sum == histogram)
    }
}
