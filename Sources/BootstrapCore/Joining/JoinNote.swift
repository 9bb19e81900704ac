public import Kademlia
public import WireMessages

/// Something that became of a newcomer's question after the bridges had answered it, for whoever keeps the way of each join.
public struct JoinNote: Sendable, Equatable {
    public enum Event: Sendable, Equatable {
        /// The newcomer is told of this helper.
        case helperNamed(NodeID)
        /// It is told of peers that it may dial.
        case degraded(peers: Int)
        /// It begins the network, or hears once more that it did.
        case genesis
        /// It gets an error.
        case turnedAway(code: String)
        /// The bridges know nobody yet. They are asked again in a moment, which is another request with an id of its own.
        case heldBack
        /// It left before it was told.
        case abandoned
        case invited
        case accepted
        case connected
        /// No link came of it.
        case failed
        /// The helper sent no invitation.
        case silent
        /// It will not be heard what became of it.
        case unknown
    }

    /// As the receipt of the answer names it.
    public var requestID: WireRequestID
    public var event: Event

    public init(_ requestID: WireRequestID, _ event: Event) {
        self.requestID = requestID
        self.event = event
    }
}

extension Bootstrap {
    /// - Parameter receipt: of the answer; without one the bridges were not asked, and nobody could look it up.
    mutating func note(_ event: JoinNote.Event, _ receipt: JoinReceipt?, _ actions: inout [Action]) {
        if let id = receipt?.requestID { actions.append(.journal(JoinNote(id, event))) }
    }
}
