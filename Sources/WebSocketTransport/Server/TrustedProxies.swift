public import Kademlia
public import NIOHTTP1

/// The proxies whose word counts on where a request comes from.
///
/// Anybody can write `X-Forwarded-For`. So it is read from the end, where the proxy that we talk to wrote, and only as far as
/// one trusted proxy after the other vouches for what it was told (protocol.md 7.3).
public struct TrustedProxies: Sendable, Equatable {
    private var ranges: [IPRange]

    public static let none = TrustedProxies([])

    public init(_ ranges: [IPRange]) {
        self.ranges = ranges
    }

    /// Whose request it is: the last address on its way that is no trusted proxy's. Where all are, the first of them.
    ///
    /// - Parameter peer: where the TCP connection comes from.
    public func client(of peer: IPAddress, _ headers: HTTPHeaders) -> IPAddress {
        guard isTrusted(peer) else { return peer }
        let way = headers["X-Forwarded-For"].flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        var client = peer
        for text in way.reversed() {
            // What is no address might stand for anybody: it and all before it say nothing.
            guard let address = IPAddress(text.trimmingOWS()) else { break }
            client = address
            guard isTrusted(address) else { return address }
        }
        guard client == peer else { return client }
        let written = headers["X-Real-IP"]
        guard written.count == 1, let address = IPAddress(written[0][...].trimmingOWS()) else { return peer }
        return address
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        ranges.contains { $0.contains(address) }
    }
}
