import ArgumentParser
import WebSocketTransport

/// The certificate that a server shows, if it serves TLS itself.
struct CertificateOptions: ParsableArguments {
    @Option(
        help: """
            PEM file with the server's certificate and those between it and its authority. With it the port speaks TLS. \
            (TLS_CERTIFICATE_FILE)
            """
    )
    var tlsCertificateFile: String?

    @Option(help: "PEM file with the certificate's key; may be the same file. (TLS_KEY_FILE)")
    var tlsKeyFile: String?

    func tls(_ settings: Settings) throws -> ServerTLS? {
        let certificate = try tlsCertificateFile ?? settings.string(.tlsCertificate)
        let key = try tlsKeyFile ?? settings.string(.tlsKey)
        switch (certificate, key) {
        case (nil, nil):
            return nil
        case (let certificate?, let key?):
            do {
                return try ServerTLS(certificateChainFile: certificate, privateKeyFile: key)
            } catch {
                throw SettingError(name: "TLS_CERTIFICATE_FILE, TLS_KEY_FILE", problem: "\(error)")
            }
        case (nil, _):
            throw SettingError(name: "TLS_CERTIFICATE_FILE", problem: "is missing, but TLS_KEY_FILE is set")
        case (_, nil):
            throw SettingError(name: "TLS_KEY_FILE", problem: "is missing, but TLS_CERTIFICATE_FILE is set")
        }
    }
}
