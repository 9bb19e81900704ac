import NIOSSL

/// What a server's certificate says, once it was verified.
package struct ServerCertificate: Sendable, Equatable {
    /// The common name of its subject, else the first of its names; as the certificate has it. nil if it has neither.
    package var subject: String?
    /// When it expires: seconds since 1970, UTC.
    package var notValidAfter: Int64

    package init(subject: String?, notValidAfter: Int64) {
        self.subject = subject
        self.notValidAfter = notValidAfter
    }

    init(_ certificate: NIOSSLCertificate) {
        let named = CertificateParties(certificate)?.subjectName
        // Those of public authorities often have no common name any more.
        let other = certificate._subjectAlternativeNames().first { $0.nameType == .dnsName }
            .map { String(decoding: $0.contents, as: UTF8.self) }
        subject = named ?? other
        notValidAfter = Int64(certificate.notValidAfter)
    }
}
