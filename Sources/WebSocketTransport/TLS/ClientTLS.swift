import NIOCore
import NIOSSL

/// The TLS of one dial: verifies chain and name, always.
struct ClientTLS {
    let handler: NIOSSLClientHandler
    private let host: String
    private let authorities: [NIOSSLCertificate]

    /// A name goes into SNI and is checked against the certificate's names; an address is checked against its addresses.
    init(host: String, trust: ClientTrust.Loaded) throws {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        self.handler = try NIOSSLClientHandler(context: trust.context, serverHostname: isAddress ? nil : host)
        self.host = host
        self.authorities = trust.authorities
    }

    /// Words for an error that came out of `handler`; nil if TLS is not to blame. On the event loop, and at once, while
    /// the handler still knows the certificate.
    func reason(for error: any Error) -> String? {
        TLSFailure(host: self.host, certificate: self.handler.peerCertificate, authorities: self.authorities)
            .reason(for: error)
    }
}
