import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds words for a failed TLS handshake that tell an operator what to repair.
///
/// Only looks at what was refused already. BoringSSL decides, and then says no more than "verification failed", so the
/// cause is read from the certificate itself.
struct TLSFailure {
    /// Name or address that was dialled.
    let host: String
    /// What the server showed; nil if it got not that far.
    let certificate: NIOSSLCertificate?
    /// The authorities of our own file.
    let authorities: [NIOSSLCertificate]

    /// nil if this is no error of TLS.
    func reason(for error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let cause):
            return self.handshakeReason(cause)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return "the certificate is not valid for host '\(self.host)'"
        case NIOSSLError.uncleanShutdown:
            // The connection broke, which TLS merely noticed.
            return nil
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return Self.describe(error)
        default:
            return nil
        }
    }

    private func handshakeReason(_ error: BoringSSLError) -> String {
        if error == .sslError([.eofDuringHandshake]) { return "the server hung up during the TLS handshake" }
        for token in Self.tokens(of: error) {
            switch token {
            case "CERTIFICATE_VERIFY_FAILED": return self.refusal(at: Int64(time(nil)))
            case "WRONG_VERSION_NUMBER", "HTTP_REQUEST": return "the server does not speak TLS"
            case "TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL": return "the server's TLS is older than 1.2"
            default: break
            }
        }
        return Self.describe(error)
    }

    /// Why BoringSSL refused this certificate, checked in the order in which an operator would want to know.
    private func refusal(at now: Int64) -> String {
        guard let certificate = self.certificate else { return "the certificate was refused" }
        if Int64(certificate.notValidAfter) < now { return "the certificate has expired" }
        if Int64(certificate.notValidBefore) > now { return "the certificate is not valid yet" }
        guard let parties = CertificateParties(certificate) else { return "the certificate was refused" }
        if parties.issuer == parties.subject { return "the certificate is self-signed" }
        let named = self.authorities.filter { CertificateParties($0)?.subject == parties.issuer }
        if named.isEmpty { return "the certificate is not signed by a CA we trust" }
        if named.allSatisfy({ Int64($0.notValidAfter) < now }) {
            return "the CA that signed the certificate has expired"
        }
        return "the certificate names a CA we trust, but has not its signature or is not made for servers"
    }

    /// What the library says, without its numbers and source lines.
    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as BoringSSLError:
            self.tokens(of: error).first.map { $0.lowercased().replacing("_", with: " ") } ?? "\(error)"
        case NIOSSLError.handshakeFailed(let cause): self.describe(cause)
        default: "\(error)"
        }
    }

    /// `CERTIFICATE_VERIFY_FAILED` from "Error: 268435581 error:1000007d:SSL
    /// routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at handshake.cc:390", which is all that the library gives; the
    /// first cause comes first.
    private static func tokens(of error: BoringSSLError) -> [String] {
        switch error {
        case .sslError(let stack), .unknownError(let stack), .invalidSNIName(let stack), .failedToSetALPN(let stack):
            stack.compactMap { error in
                error.description.split(separator: " ")
                    .first { $0.contains("OPENSSL_internal:") }?
                    .split(separator: ":").last.map(String.init)
            }
        case .noError, .zeroReturn, .wantRead, .wantWrite, .wantConnect, .wantAccept, .wantX509Lookup,
            .wantCertificateVerify, .syscallError:
            []
        }
    }
}
