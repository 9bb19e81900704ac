/// Why a file with certificates or a key can't be used. The description is made to be shown to whoever runs the process.
public struct TLSFileError: Error, Equatable, CustomStringConvertible {
    public enum Problem: Sendable, Equatable {
        /// The system's own words, such as "No such file or directory".
        case unreadable(String)
        case tooLarge
        case noCertificate
        case malformedCertificate
        case noPrivateKey
        case encryptedPrivateKey
        case malformedPrivateKey
        /// The key is not that of the first certificate in this file.
        case keyOfAnotherCertificate(certificateFile: String)
        /// Well-formed, but the TLS library refuses it.
        case unusable(String)
        /// No file at all: this machine's own list of authorities.
        case noSystemAuthorities
    }

    /// As it was given, which may be relative to the working directory. Empty for `noSystemAuthorities`.
    public var path: String
    public var problem: Problem

    public init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    public var description: String {
        switch self.problem {
        case .unreadable(let reason): "cannot read '\(self.path)': \(reason)"
        case .tooLarge: "'\(self.path)' is too large to be a PEM file"
        case .noCertificate: "no certificate in '\(self.path)': a PEM file with 'BEGIN CERTIFICATE' is needed"
        case .malformedCertificate: "a certificate in '\(self.path)' is damaged"
        case .noPrivateKey: "no private key in '\(self.path)': a PEM file with 'BEGIN PRIVATE KEY' is needed"
        case .encryptedPrivateKey: "the private key in '\(self.path)' is encrypted: store it without a passphrase"
        case .malformedPrivateKey: "the private key in '\(self.path)' is damaged or of an unknown kind"
        case .keyOfAnotherCertificate(let certificates):
            "the private key in '\(self.path)' does not match the first certificate in '\(certificates)'"
        case .unusable(let reason): "'\(self.path)' cannot be used for TLS: \(reason)"
        case .noSystemAuthorities:
            "this system has no list of certificate authorities: install its ca-certificates, or name a file of your own"
        }
    }
}
