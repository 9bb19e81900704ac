public import Kademlia
import WireMessages

/// What a bridge sees of the network, boiled down to a text whose SHA-256 is the network's fingerprint: two bridges that see the
/// same have different ones, as the observer's id is part of it, and one bridge's changes with what it sees and every hour.
///
/// The text is that of existing bridges, byte for byte: compact JSON, ids in ascending order, times in whole hours since 1970.
///
///     {"activePeers":[…],"validAnnouncements":[{"peerId":…,"membershipToken":…,"timestamp":…}],"observerNodeId":…,"timestamp":…}
///
/// Their announcements are a message that no peer sends. Ours are the tokens that peers show in their hello.
public struct NetworkFingerprint: Sendable, Hashable {
    private struct Announcement: Sendable, Hashable {
        var peer: NodeID
        var tokenNodeID: NodeID?
        var hour: Int64
    }

    private let observer: NodeID
    private let hour: Int64
    private var activePeers: [NodeID] = []
    private var announcements: [Announcement] = []

    /// - Parameter time: milliseconds since 1970.
    public init(observer: NodeID, at time: Int64) {
        self.observer = observer
        hour = Self.hour(of: time)
    }

    /// Peers may be added in any order; the first ten by id count.
    public mutating func addActivePeer(_ id: NodeID) {
        Self.insert(id, into: &activePeers, by: \.self)
    }

    /// A peer that showed a token.
    /// - Parameters:
    ///   - tokenNodeID: whom the token names in `nodeId`; nil if it has no such member.
    ///   - time: when it did, in milliseconds since 1970.
    public mutating func addAnnouncement(of id: NodeID, tokenNodeID: NodeID?, at time: Int64) {
        let announcement = Announcement(peer: id, tokenNodeID: tokenNodeID, hour: Self.hour(of: time))
        Self.insert(announcement, into: &announcements, by: \.peer)
    }

    /// The bytes to hash.
    public var text: [UInt8] {
        RawJSON.object { writer in
            writer.member("activePeers", activePeers)
            writer.key("validAnnouncements")
            writer.beginArray()
            for announcement in announcements {
                writer.beginObject()
                writer.member("peerId", announcement.peer)
                writer.member("membershipToken", orNull: announcement.tokenNodeID)
                writer.member("timestamp", announcement.hour)
                writer.endObject()
            }
            writer.endArray()
            writer.member("observerNodeId", observer)
            writer.member("timestamp", hour)
        }.bytes
    }

    private static func hour(of time: Int64) -> Int64 { time / 3_600_000 }

    /// Keeps the list sorted and no longer than it has to be, so that thousands of peers need no sorting.
    private static func insert<Element>(_ element: Element, into list: inout [Element], by id: (Element) -> NodeID) {
        if list.count == BridgeDefaults.fingerprintEntries {
            guard let last = list.last, id(element) < id(last) else { return }
            list.removeLast()
        }
        let place = list.firstIndex { id(element) < id($0) } ?? list.endIndex
        list.insert(element, at: place)
    }
}
