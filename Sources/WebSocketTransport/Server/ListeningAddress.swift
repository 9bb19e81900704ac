public import NIOCore

/// Where a server listens, for whoever started it with port 0. Known once it listens; failed if it stopped before that.
public struct ListeningAddress: Sendable {
    /// The server ended without ever listening.
    public struct NeverListened: Error {
        public init() {}
    }

    private let promise: EventLoopPromise<SocketAddress>

    public init(on eventLoop: any EventLoop) {
        promise = eventLoop.makePromise(of: SocketAddress.self)
    }

    public func resolve(_ address: SocketAddress) {
        promise.succeed(address)
    }

    /// Does nothing once an address is known.
    public func fail() {
        promise.fail(NeverListened())
    }

    public func value() async throws -> SocketAddress {
        try await promise.futureResult.get()
    }
}
