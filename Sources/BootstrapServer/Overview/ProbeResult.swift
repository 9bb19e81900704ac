/// The newest trial join that the server made itself.
package struct ProbeResult: Sendable, Equatable {
    /// When it ended: Unix time in milliseconds.
    package var at: Int64
    /// It was led to a helper, or would be the first of a new network.
    package var isGood: Bool
    package var took: Duration?
    /// Where it failed.
    package var step: String?
    /// How, without a full stop.
    package var error: String?

    package init(at: Int64, isGood: Bool, took: Duration? = nil, step: String? = nil, error: String? = nil) {
        self.at = at
        self.isGood = isGood
        self.took = took
        self.step = step
        self.error = error
    }
}

/// The newest one, and how many there were.
package struct ProbeStatus: Sendable, Equatable {
    package var last: ProbeResult
    package var succeeded = 0
    package var failed = 0

    package init(last: ProbeResult) {
        self.last = last
    }
}
