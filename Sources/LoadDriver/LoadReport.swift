/// What `causeway bench join` found.
package struct JoinLoadReport: Sendable, Encodable {
    package let bench = "join"
    /// The bootstrap that was measured.
    package var target: String
    package var levels: [Level]

    package struct Level: Sendable, Encodable {
        package var inFlight: Int
        package var joins: Measurement
    }

    package init(target: String, levels: [Level]) {
        self.target = target
        self.levels = levels
    }

    package var failed: Int { levels.reduce(0) { $0 + $1.joins.failedInAll } }
}

/// What `causeway bench rpc` found.
package struct RequestLoadReport: Sendable, Encodable {
    package let bench = "rpc"
    /// The bridge that was measured.
    package var target: String
    package var windows: [Window]

    package struct Window: Sendable, Encodable {
        package var window: Int
        /// All requests over one authenticated link.
        package var persistent: Measurement
        /// Each request over a connection of its own: connect, authenticate, ask, close.
        package var perConnection: Measurement
        /// Authenticated links that the persistent side used; more than one means that a link was lost on the way.
        package var linksOpened = 0
        package var ratio: Ratio

        init(window: Int, persistent: Measurement, perConnection: Measurement, throughputByRound: [Double]) {
            self.window = window
            self.persistent = persistent
            self.perConnection = perConnection
            let medians = (persistent.latencyMs.p50, perConnection.latencyMs.p50)
            ratio = Ratio(
                throughput: perConnection.perSecond > 0 ? persistent.perSecond / perConnection.perSecond : nil,
                throughputByRound: throughputByRound,
                p50: medians.0.flatMap { persistent in medians.1.map { persistent / $0 } }
            )
        }
    }

    /// Persistent against per connection, measured in the same run.
    package struct Ratio: Sendable, Encodable {
        /// Requests per second, persistent over per connection.
        package var throughput: Double?
        /// The same, for each pair of rounds: how far it spreads says how much to believe it.
        package var throughputByRound: [Double]
        /// Median latency, persistent over per connection.
        package var p50: Double?
    }

    package init(target: String, windows: [Window]) {
        self.target = target
        self.windows = windows
    }

    package var failed: Int {
        windows.reduce(0) { $0 + $1.persistent.failedInAll + $1.perConnection.failedInAll }
    }
}

/// One measurement in figures. Latencies are of successful operations only; the rate counts only those.
package struct Measurement: Sendable, Encodable {
    package var attempted: Int
    package var succeeded: Int
    package var failed: Int
    /// Operations of the warm-up that failed; the warm-up counts nowhere else.
    package var warmUpFailed: Int
    package var seconds: Double
    package var perSecond: Double
    package var latencyMs: Latency
    /// How often each reason occurred, the warm-up included.
    package var failures: [String: Int]

    package struct Latency: Sendable, Encodable {
        package var p50: Double?
        package var p90: Double?
        package var p99: Double?
        package var max: Double?
    }

    package init(_ tally: LoadTally, warmUp: LoadTally) {
        attempted = tally.attempted
        succeeded = tally.succeeded
        failed = tally.failed
        warmUpFailed = warmUp.failed
        seconds = tally.elapsed / .seconds(1)
        perSecond = tally.rate
        latencyMs = Latency(
            p50: tally.latencyMilliseconds(percentile: 50),
            p90: tally.latencyMilliseconds(percentile: 90),
            p99: tally.latencyMilliseconds(percentile: 99),
            max: tally.latencyMilliseconds(percentile: 100)
        )
        failures = tally.failures.merging(warmUp.failures, uniquingKeysWith: +)
    }

    package var failedInAll: Int { failed + warmUpFailed }
}
