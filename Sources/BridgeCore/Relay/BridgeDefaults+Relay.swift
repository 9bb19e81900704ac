extension BridgeDefaults {
    // MARK: Relay

    /// Relay sessions at once, as with existing bridges (protocol.md 4.8).
    public static let relayCapacity = 200
}
