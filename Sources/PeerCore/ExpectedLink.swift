import Kademlia

/// Whose link the bootstrap server waits to hear of: the helper that an answer named, or whoever invited us.
///
/// One outcome is told per expectation, because the message does not say who the other end was (protocol.md 2.10): what
/// comes later would be taken for news of the next introduction.
struct ExpectedLink: Equatable, Sendable {
    private var awaited: NodeID?
    /// Told of as a success last. An invitation may be faster than the answer that names the same helper.
    private var told: NodeID?

    /// - Returns: whether a success is to be told at once, because the link is there already.
    mutating func expect(_ peer: NodeID, isLinked: Bool) -> Bool {
        guard isLinked else {
            awaited = peer
            told = nil
            return false
        }
        defer { told = peer }
        return told != peer
    }

    /// A link to `peer` is up.
    /// - Returns: whether to tell.
    mutating func linked(to peer: NodeID) -> Bool {
        guard awaited == peer else { return false }
        awaited = nil
        told = peer
        return true
    }

    /// A dial to `peer` ended without a link.
    /// - Returns: whether to tell.
    mutating func dialFailed(to peer: NodeID) -> Bool {
        guard awaited == peer else { return false }
        awaited = nil
        return true
    }
}
