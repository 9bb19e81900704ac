import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file of PEM blocks (RFC 7468), read whole. Blocks: not for event loops.
struct PEMFile {
    /// The list of all public authorities has a quarter of this; a device or an endless pipe named by mistake has no end.
    static let maxBytes = 1 << 20

    let path: String
    private let bytes: [UInt8]

    init(path: String) throws(TLSFileError) {
        self.path = path
        self.bytes = try Self.read(path)
    }

    /// At least one, in the order of the file.
    func certificates() throws(TLSFileError) -> [NIOSSLCertificate] {
        guard self.contains("BEGIN CERTIFICATE") || self.contains("BEGIN TRUSTED CERTIFICATE") else {
            throw self.error(.noCertificate)
        }
        do {
            return try NIOSSLCertificate.fromPEMBytes(self.bytes)
        } catch {
            throw self.error(.malformedCertificate)
        }
    }

    func privateKey() throws(TLSFileError) -> NIOSSLPrivateKey {
        guard self.contains("PRIVATE KEY-----") else { throw self.error(.noPrivateKey) }
        // Found out here, because the library would ask for the passphrase on the terminal. Both ways of writing it: PKCS #8,
        // and the older one of OpenSSL.
        guard !self.contains("BEGIN ENCRYPTED PRIVATE KEY"), !self.contains("Proc-Type: 4,ENCRYPTED") else {
            throw self.error(.encryptedPrivateKey)
        }
        do {
            return try NIOSSLPrivateKey(bytes: self.bytes, format: .pem)
        } catch {
            throw self.error(.malformedPrivateKey)
        }
    }

    func error(_ problem: TLSFileError.Problem) -> TLSFileError {
        TLSFileError(path: self.path, problem: problem)
    }

    private func contains(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { self.bytes.firstRange(of: $0) != nil }
    }

    private static func read(_ path: String) throws(TLSFileError) -> [UInt8] {
        // Not waiting for the other end of a pipe: a wrong path must be an error, not a silence.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.unreadable(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = chunk.withUnsafeMutableBytes { Self.read(descriptor, into: $0) }
            guard count >= 0 else { throw Self.unreadable(path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= Self.maxBytes else { throw TLSFileError(path: path, problem: .tooLarge) }
        }
    }

    /// `read(2)` that goes on when a signal (SIGHUP, say) came in between.
    private static func read(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Darwin)
                let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            if count >= 0 || errno != EINTR { return count }
        }
    }

    private static func unreadable(_ path: String) -> TLSFileError {
        TLSFileError(path: path, problem: .unreadable(String(cString: strerror(errno))))
    }
}
