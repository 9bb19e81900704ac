/// The client's part in a short conversation: what it says first, and how it goes on from each answer. A value without
/// socket; ``LoadSocket`` plays it.
protocol Script: Sendable {
    /// Sent as soon as the socket is open, in this order.
    func opening() -> [[UInt8]]

    /// One message came.
    mutating func received(_ bytes: UnsafeRawBufferPointer) -> ScriptStep
}

/// How a conversation goes on.
enum ScriptStep: Sendable, Equatable {
    /// Nothing to say yet.
    case wait
    case say([UInt8])
    /// All that was wanted has come.
    case done
    case failed(String)
}
