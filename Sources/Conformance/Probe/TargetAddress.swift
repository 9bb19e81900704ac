import NIOCore
import NIOPosix
import NIOSSL
package import Telemetry
package import WebSocketTransport

/// Where the target is, and what is needed to talk to it.
package struct TargetAddress: Sendable {
    package var url: WebSocketURL
    /// What bootstraps and bridges share; without it, cases that need it are skipped.
    package var secret: Secret?
    /// A PEM file with an authority to trust besides those of the system.
    package var certificateAuthorities: String?
    /// Where a bridge answers monitors, which is another port than that of its peers (protocol.md 6.2).
    package var monitor: WebSocketURL?

    package init(
        url: WebSocketURL,
        secret: Secret? = nil,
        certificateAuthorities: String? = nil,
        monitor: WebSocketURL? = nil
    ) {
        self.url = url
        self.secret = secret
        self.monitor = monitor
        self.certificateAuthorities = certificateAuthorities
    }

    /// The address with another path below its own.
    func path(_ path: String) -> String { url.target(below: path) }

    var clientTrust: ClientTrust {
        get throws {
            guard let certificateAuthorities else { return .system }
            return try ClientTrust(.systemAnd(file: certificateAuthorities))
        }
    }

    /// A plain connection, for what a proper WebSocket client does not do. With TLS if the address says so.
    func connect(
        on eventLoop: any EventLoop,
        within limit: Duration,
        _ configure: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        let tls = try url.scheme == .wss ? NIOSSLContext(configuration: tlsConfiguration) : nil
        let host = url.host
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(limit))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : host)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    try configure(channel)
                }
            }
        return try await bootstrap.connect(host: host, port: url.port).get()
    }

    private var tlsConfiguration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let certificateAuthorities { configuration.additionalTrustRoots = [.file(certificateAuthorities)] }
        return configuration
    }
}
