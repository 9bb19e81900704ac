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
        // One that is missing is asked for the way the other one was given.
        let given = tlsCertificateFile ?? tlsKeyFile
        let certificateName = SettingKey.tlsCertificate.name(given, "--tls-certificate-file")
        let keyName = SettingKey.tlsKey.name(given, "--tls-key-file")
        switch (certificate, key) {
        case (nil, nil):
            return nil
        case (let certificate?, let key?):
            do {
                return try ServerTLS(certificateChainFile: certificate, privateKeyFile: key)
            } catch {
                throw SettingError(name: "\(certificateName), \(keyName)", problem: "\(error)")
            }
        case (nil, _):
            throw SettingError(name: certificateName, problem: "is missing, but \(keyName) is set")
        case (_, nil):
            throw SettingError(name: keyName, problem: "is missing, but \(certificateName) is set")
        }
    }
}
