/// Which clients the server speaks with (protocol.md 1.4).
public struct VersionRule: Sendable, Equatable {
    /// The protocol this server speaks, and the oldest it accepts.
    public static let protocolVersion = "1.0.0"
    private static let parts = (major: 1, minor: 0, minimum: 10_000)

    /// The server's build id. A fallback id (empty, `node_...`, `unknown_...`, `initializing`) matches every client; any
    /// other locks out each client with a different one, so it is set only to a deployed bundle hash.
    public let buildID: String

    public init(buildID: String) {
        self.buildID = buildID
    }

    public func accepts(protocolVersion: String?, buildID clientBuildID: String?) -> Bool {
        guard let protocolVersion, !protocolVersion.isEmpty else { return false }
        let numbers = protocolVersion.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2],
            (0..<10_000).contains(major), (0..<10_000).contains(minor), (0..<10_000).contains(patch),
            major * 10_000 + minor * 100 + patch >= Self.parts.minimum,
            major == Self.parts.major, minor == Self.parts.minor
        else { return false }
        return Self.isFallback(clientBuildID) || Self.isFallback(buildID) || clientBuildID == buildID
    }

    private static func isFallback(_ buildID: String?) -> Bool {
        guard let buildID, !buildID.isEmpty else { return true }
        return buildID.hasPrefix("node_") || buildID.hasPrefix("unknown_") || buildID == "initializing"
    }
}
