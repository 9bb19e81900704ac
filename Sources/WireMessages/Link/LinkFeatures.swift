/// What both ends of a bridge link may use beyond the existing network. Each end names what it understands, in `BootstrapAuth`
/// and `AuthSuccess`; used is what both named. A name that is not in this list is ignored, so the list may grow.
public struct LinkFeatures: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `GetOnboardingPeer.deadlineMs`: the bridge drops what nobody waits for any more.
    public static let deadline = LinkFeatures(rawValue: 1 << 0)
    /// `CancelOnboardingPeer`.
    public static let cancel = LinkFeatures(rawValue: 1 << 1)
    /// The bridge answers a JSON ping with a pong that carries its `BridgeLoad`.
    public static let load = LinkFeatures(rawValue: 1 << 2)

    /// `IntroductionOutcome`: the bridge hears what became of the helpers it named.
    public static let outcome = LinkFeatures(rawValue: 1 << 3)
    /// `BridgeKeys`, and the bridge's own key in `AuthSuccess.publicKey`.
    public static let keys = LinkFeatures(rawValue: 1 << 4)
    /// `GetConnectedClients` and its answer on the link, for a bridge that has lost everybody.
    public static let clients = LinkFeatures(rawValue: 1 << 5)

    public static let all: LinkFeatures = [.deadline, .cancel, .load, .outcome, .keys, .clients]

    private static let named: [(LinkFeatures, String)] = [
        (.deadline, "deadline"), (.cancel, "cancel"), (.load, "load"), (.outcome, "outcome"), (.keys, "keys"),
        (.clients, "clients"),
    ]

    public init(names: [String]) {
        self = []
        for (feature, name) in Self.named where names.contains(name) {
            insert(feature)
        }
    }

    /// As on the wire.
    public var names: [String] {
        Self.named.filter { contains($0.0) }.map(\.1)
    }
}
