package import NIOCore

/// Where a server listens, for whoever started it with port 0. Known once it listens; failed if it stopped before that.
package struct ListeningAddress: Sendable {
    /// The server ended without ever listening.
    package struct NeverListened: Error {
        package init() {}
    }

    private let promise: EventLoopPromise<SocketAddress>

    package init(on eventLoop: any EventLoop) {
        promise = eventLoop.makePromise(of: SocketAddress.self)
    }

    package func resolve(_ address: SocketAddress) {
        promise.succeed(address)
    }

    /// Does nothing once an address is known.
    package func fail() {
        promise.fail(NeverListened())
    }

    package func value() async throws -> SocketAddress {
        try await promise.futureResult.get()
    }
}
