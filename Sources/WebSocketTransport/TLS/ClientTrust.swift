import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Whose signature under a server's certificate we believe when we dial `wss`. Shared by all dials, because the list of all
/// public authorities takes long to read; can be read again while connections are open.
public final class ClientTrust: Sendable {
    public enum Authorities: Sendable, Equatable {
        /// Those that this machine's system trusts.
        case system
        /// Only those in this PEM file: an operator's own authority, and nobody else in the world.
        case file(String)
        case systemAnd(file: String)
        /// Whoever answers: for a process that dials its own port over loopback, where there is nobody between.
        case anybody
    }

    struct Loaded: Sendable {
        let context: NIOSSLContext
        /// Those from the file; empty for those of the system.
        let authorities: [NIOSSLCertificate]
    }

    /// Read at the first dial, so that a process that never dials `wss` needs no authorities.
    public static let system = ClientTrust()

    /// For a server that dials itself on an address of its own machine. Its certificate names no such address.
    public static let oneself = ClientTrust(unread: .anybody)

    private let authorities: Authorities
    private let loaded: Mutex<Loaded?>

    private init(unread authorities: Authorities = .system) {
        self.authorities = authorities
        self.loaded = Mutex(nil)
    }

    /// Reads the authorities, so not for event loops.
    public init(_ authorities: Authorities) throws(TLSFileError) {
        self.authorities = authorities
        self.loaded = Mutex(try Self.load(authorities))
    }

    /// Reads the authorities again, for dials from now on; open connections live on. On an error all stays as it was. Those of
    /// the system that nobody needed yet are left for whoever needs them first.
    public func reload() throws(TLSFileError) {
        guard self.loaded.withLock({ $0 != nil }) else { return }
        let fresh = try Self.load(self.authorities)
        self.loaded.withLock { $0 = fresh }
    }

    /// Fails with a ``TLSFileError``. Reads, if it has to, on a thread of its own.
    func current(on eventLoop: any EventLoop) -> EventLoopFuture<Loaded> {
        if let loaded = self.loaded.withLock({ $0 }) {
            return eventLoop.makeSucceededFuture(loaded)
        }
        return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
            let fresh = try Self.load(self.authorities)
            self.loaded.withLock { $0 = fresh }
            return fresh
        }
    }

    private static func load(_ authorities: Authorities) throws(TLSFileError) -> Loaded {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .fullVerification
        configuration.minimumTLSVersion = .tlsv12
        // HTTP/2 has another way to open WebSockets, which we don't speak.
        configuration.applicationProtocols = ["http/1.1"]
        var ours: [NIOSSLCertificate] = []
        switch authorities {
        case .system:
            break
        case .anybody:
            configuration.certificateVerification = .none
        case .file(let path):
            ours = try PEMFile(path: path).certificates()
            configuration.trustRoots = .certificates(ours)
        case .systemAnd(let path):
            ours = try PEMFile(path: path).certificates()
            configuration.additionalTrustRoots = [.certificates(ours)]
        }
        do {
            return Loaded(context: try NIOSSLContext(configuration: configuration), authorities: ours)
        } catch {
            switch authorities {
            case .system, .systemAnd, .anybody: throw TLSFileError(path: "", problem: .noSystemAuthorities)
            case .file(let path): throw TLSFileError(path: path, problem: .unusable(TLSFailure.describe(error)))
            }
        }
    }
}
