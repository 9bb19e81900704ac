import ArgumentParser
import WebSocketTransport

/// The certificate that a server shows, if it serves TLS itself.
struct CertificateOptions: ParsableArguments {
    @Option(help: SettingKey.tlsCertificate.help)
    var tlsCertificateFile: String?

    @Option(help: SettingKey.tlsKey.help)
    var tlsKeyFile: String?

    var flags: [SettingKey: String] {
        [SettingKey: String?](
            uniqueKeysWithValues: [
                (.tlsCertificate, tlsCertificateFile),
                (.tlsKey, tlsKeyFile),
            ]
        ).compactMapValues(\.self)
    }

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
