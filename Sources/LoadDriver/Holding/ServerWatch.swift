import Synchronization
import Telemetry
import Timekeeping

/// Reads what a process uses, again and again while something else goes on.
struct ServerWatch: Sendable {
    let process: ObservedProcess
    let interval: Duration
    let clock: SystemClock

    /// - Parameter isWanted: readings before it is true for the first time are left out.
    /// - Returns: the readings, each with its second since the first.
    func during<Result: Sendable>(
        _ isWanted: @escaping @Sendable () -> Bool,
        _ body: () async -> Result
    ) async throws -> (Result, [SoakTrend.Sample]) {
        let watching = Task { try await watch(isWanted) }
        let result = await body()
        watching.cancel()
        return (result, try await watching.value)
    }

    private func watch(_ isWanted: @Sendable () -> Bool) async throws -> [SoakTrend.Sample] {
        var samples: [SoakTrend.Sample] = []
        var firstAt: Instant?
        while !Task.isCancelled {
            if firstAt != nil || isWanted() {
                let now = clock.now()
                let start = firstAt ?? now
                firstAt = start
                let reading = try process.reading()
                samples.append(
                    SoakTrend.Sample(
                        second: (now - start) / .seconds(1),
                        residentBytes: reading.residentBytes,
                        descriptors: reading.descriptors
                    )
                )
            }
            // Cancellation ends the wait, and the loop.
            try? await Task.sleep(for: interval)
        }
        return samples
    }

    /// The largest memory while something goes on, and how often it was read. What is read at the end counts, too.
    func peak<Result: Sendable>(
        during body: () async -> Result
    ) async throws -> (Result, peak: Int, readings: Int) {
        let watching = Task { () throws -> (Int, Int) in
            var peak = 0
            var readings = 0
            while !Task.isCancelled {
                peak = max(peak, try process.residentBytes())
                readings += 1
                try? await Task.sleep(for: interval)
            }
            return (peak, readings)
        }
        let result = await body()
        let last = try process.residentBytes()
        watching.cancel()
        let (peak, readings) = try await watching.value
        return (result, max(peak, last), readings + 1)
    }
}
