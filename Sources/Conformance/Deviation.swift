/// The target did something else than the contract says.
struct Deviation: Error, CustomStringConvertible {
    /// What it did instead.
    let got: String

    init(_ got: String) {
        self.got = got
    }

    var description: String { got }
}

/// A case that cannot be decided here, with the reason.
struct Skipped: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

func expect(_ isFulfilled: Bool, else got: @autoclosure () -> String) throws {
    if !isFulfilled { throw Deviation(got()) }
}
