/// The numbers of ICE coordination, each with its reason.
public enum IceDefaults {
    /// How far ahead of the answer both sides start (protocol.md 2.11): the message reaches them meanwhile.
    public static let lead = Duration.milliseconds(100)
    /// How long one side waits for the other after it last asked (protocol.md 2.11).
    public static let patience = Duration.seconds(10)
    /// How long it waits at most, however often it asks again (protocol.md 2.11).
    public static let longestWait = Duration.seconds(20)
    /// Waits of one peer. A browser asks once for each connection that it sets up, of which it has a handful under way.
    public static let waitsPerPeer = 16
    /// Waits in all: 1,000 newcomers a second, each of which waits the full 10 s.
    public static let waits = 10_000
    /// Bytes that all waits keep of what peers said. Existing clients say about 150 bytes, so this binds abusers only.
    public static let keptBytes = 16 << 20
    /// Candidates of one side. A browser with several networks gathers about 20.
    public static let candidates = 64
    /// Bytes of them as JSON, at some 200 bytes each.
    public static let candidatesBytes = 16 << 10
    /// Bytes of what the other side is told of a profile; real ones have about 200. A larger one counts as not given.
    public static let profileBytes = 1 << 10
    /// Bytes of a session's id; existing ones have about 25 (protocol.md 1.3).
    public static let sessionIDBytes = 128
}

/// How much ICE coordination keeps.
public struct IceLimits: Sendable, Hashable {
    public var waitsPerPeer = IceDefaults.waitsPerPeer
    public var waits = IceDefaults.waits
    public var keptBytes = IceDefaults.keptBytes

    public init() {}
}
