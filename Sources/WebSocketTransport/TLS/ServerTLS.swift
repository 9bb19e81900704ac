import NIOSSL
import Synchronization

/// The certificate that a server shows, and its key; both can be exchanged while the server runs.
///
/// TLS 1.2 or newer, HTTP/1.1 only. Clients are not asked for certificates: bridges prove themselves inside the link.
public final class ServerTLS: Sendable {
    private struct Loaded: Sendable {
        let context: NIOSSLContext
        let notValidAfter: Int64
    }

    public let certificateChainFile: String
    public let privateKeyFile: String
    private let loaded: Mutex<Loaded>

    /// Reads both files, so not for event loops.
    ///
    /// - Parameters:
    ///   - certificateChainFile: PEM; the server's own certificate first, then those between it and the authority.
    ///   - privateKeyFile: PEM, not encrypted; may be the same file.
    public init(certificateChainFile: String, privateKeyFile: String) throws(TLSFileError) {
        self.certificateChainFile = certificateChainFile
        self.privateKeyFile = privateKeyFile
        self.loaded = Mutex(try Self.load(chainPath: certificateChainFile, keyPath: privateKeyFile))
    }

    /// Reads both files again, for connections from now on; open ones live on with what they began with. On an error, such
    /// as a certificate that was replaced already and a key that wasn't yet, all stays as it was.
    public func reload() throws(TLSFileError) {
        let fresh = try Self.load(chainPath: self.certificateChainFile, keyPath: self.privateKeyFile)
        self.loaded.withLock { $0 = fresh }
    }

    /// When the first certificate of the chain expires, and clients begin to refuse it: seconds since 1970, UTC.
    public var notValidAfter: Int64 { self.loaded.withLock { $0.notValidAfter } }

    /// For the next connection.
    var context: NIOSSLContext { self.loaded.withLock { $0.context } }

    private static func load(chainPath: String, keyPath: String) throws(TLSFileError) -> Loaded {
        let chain = try PEMFile(path: chainPath).certificates()
        let keyFile = try PEMFile(path: keyPath)
        let key = try keyFile.privateKey()
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            let context = try NIOSSLContext(configuration: configuration)
            return Loaded(context: context, notValidAfter: chain.map { Int64($0.notValidAfter) }.min() ?? 0)
        } catch NIOSSLError.failedToLoadPrivateKey {
            // Both were read, so it is their meeting that failed.
            throw keyFile.error(.keyOfAnotherCertificate(certificateFile: chainPath))
        } catch {
            throw TLSFileError(path: chainPath, problem: .unusable(TLSFailure.describe(error)))
        }
    }
}
