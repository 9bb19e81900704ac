extension BridgeDefaults {
    // MARK: Relay

    /// Relay sessions at once, as with existing bridges (protocol.md 4.8).
    package static let relayCapacity = 200
    /// Sessions that one peer may have asked for. A browser needs one per partner it can't reach directly; with more, 25
    /// peers could take all there are.
    package static let relaySessionsPerPeer = 8
    /// A session over which nothing came for this long is over (protocol.md 4.8).
    package static let relayIdleLimit: Duration = .seconds(300)
    /// Bytes of one relayed payload: as much as a signal (protocol.md 8.1).
    package static let relayPayloadBytes = 32 * 1024
    /// Bytes of a session's id; existing ones have about 23 (protocol.md 1.3).
    package static let relaySessionIDBytes = 128
    /// Bytes of what a ping wants back, as JSON; existing ones have about 30.
    package static let relayPingIDBytes = 128
    /// Bytes of a reason that is passed on; existing ones have at most 18 (`relay_disconnected`).
    package static let relayReasonBytes = 64
}
