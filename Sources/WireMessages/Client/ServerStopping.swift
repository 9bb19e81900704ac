/// What a client of ours understands beyond the existing network, as it says in `Register.features`. A name that is not in this
/// list is ignored, so the list may grow. Existing clients name none.
public struct PeerFeatures: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `ServerStopping`: it comes back when it is told to.
    public static let comeBack = PeerFeatures(rawValue: 1 << 0)

    private static let named: [(PeerFeatures, String)] = [(.comeBack, "come_back")]

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

/// This server is about to stop, and will close the connection in a moment. Only to who named `PeerFeatures.comeBack`.
public struct ServerStopping: WireMessage {
    public static let wireType: StaticString = "server_stopping"

    /// `restart`.
    public var reason: String?
    /// When to try this server again, counted from now. Each client is told another time, so that they do not come all at once.
    public var comeBackAfterMs: Int64

    public init(reason: String? = nil, comeBackAfterMs: Int64) {
        self.reason = reason
        self.comeBackAfterMs = comeBackAfterMs
    }

    public init(reading fields: WireFields) throws(WireError.Reason) {
        reason = fields.optional("reason")
        comeBackAfterMs = try fields.required("comeBackAfterMs")
    }

    public func writeMembers(to writer: inout JSONWriter) {
        writer.member("reason", ifPresent: reason)
        writer.member("comeBackAfterMs", comeBackAfterMs)
    }
}
