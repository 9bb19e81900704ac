import SocketTestKit
import Testing
import WebSocketTransport

/// Files that can't be used, each with words that say which and why.
@Suite struct TLSFileTests {
    let folder: TestFolder
    let authority = TestAuthority()

    init() throws {
        self.folder = try TestFolder()
    }

    /// What an operator reads when these are the contents of the two files; nil for a file that isn't there.
    func error(certificate: String?, key: String?) throws -> String? {
        if let certificate { try self.folder.write(certificate, to: "tls.crt") }
        if let key { try self.folder.write(key, to: "tls.key") }
        let paths = (self.folder.path("tls.crt"), self.folder.path("tls.key"))
        do throws(TLSFileError) {
            _ = try ServerTLS(certificateChainFile: paths.0, privateKeyFile: paths.1)
            return nil
        } catch {
            #expect([paths.0, paths.1].contains(error.path))
            return error.description
                .replacing(paths.0, with: "CERTIFICATE")
                .replacing(paths.1, with: "KEY")
        }
    }

    @Test func missingFilesAreNamed() throws {
        let certificate = self.authority.issue(.localhost)
        #expect(try self.error(certificate: nil, key: "") == "cannot read 'CERTIFICATE': No such file or directory")
        #expect(
            try TLSFileTests().error(certificate: certificate.pem, key: nil)
                == "cannot read 'KEY': No such file or directory"
        )
    }

    @Test func directoryIsNoFile() {
        #expect(throws: TLSFileError(path: "/tmp", problem: .unreadable("Is a directory"))) {
            try ClientTrust(.file("/tmp"))
        }
    }

    @Test func endlessFileIsNotReadToItsEnd() {
        #expect(throws: TLSFileError(path: "/dev/zero", problem: .tooLarge)) {
            try ClientTrust(.file("/dev/zero"))
        }
    }

    @Test(arguments: ["", "nonsense"])
    func fileWithoutACertificateIsToldFromADamagedOne(text: String) throws {
        let certificate = self.authority.issue(.localhost)
        let missing = "no certificate in 'CERTIFICATE': a PEM file with 'BEGIN CERTIFICATE' is needed"
        #expect(try self.error(certificate: text, key: certificate.keyPEM) == missing)
        #expect(try self.error(certificate: certificate.keyPEM, key: certificate.keyPEM) == missing)
        let damaged = String(certificate.pem.dropLast(100)) + "\n-----END CERTIFICATE-----\n"
        #expect(
            try self.error(certificate: damaged, key: certificate.keyPEM) == "a certificate in 'CERTIFICATE' is damaged"
        )
    }

    @Test func damagedCertificateBehindAGoodOneIsNoticed() throws {
        let certificate = self.authority.issue(.localhost)
        let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        #expect(
            try self.error(certificate: certificate.pem + damaged, key: certificate.keyPEM)
                == "a certificate in 'CERTIFICATE' is damaged"
        )
    }

    @Test(arguments: ["", "nonsense", "-----BEGIN CERTIFICATE-----"])
    func fileWithoutAKeyIsToldFromADamagedOne(text: String) throws {
        let certificate = self.authority.issue(.localhost)
        #expect(
            try self.error(certificate: certificate.pem, key: text)
                == "no private key in 'KEY': a PEM file with 'BEGIN PRIVATE KEY' is needed"
        )
        let damaged = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
        #expect(
            try self.error(certificate: certificate.pem, key: damaged)
                == "the private key in 'KEY' is damaged or of an unknown kind"
        )
    }

    @Test(arguments: [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n",
    ])
    func encryptedKeyIsSaidToBeOne(key: String) throws {
        #expect(
            try self.error(certificate: self.authority.issue(.localhost).pem, key: key)
                == "the private key in 'KEY' is encrypted: store it without a passphrase"
        )
    }

    @Test func keyOfAnotherCertificateIsNoticed() throws {
        let (one, two) = (self.authority.issue(.localhost), self.authority.issue(.localhost))
        #expect(
            try self.error(certificate: one.pem, key: two.keyPEM)
                == "the private key in 'KEY' does not match the first certificate in 'CERTIFICATE'"
        )
    }

    @Test func oneFileMayHoldKeyAndWholeChain() throws {
        let certificate = self.authority.issue(.localhost)
        let both = certificate.keyPEM + certificate.pem + self.authority.certificate.pem
        #expect(try self.error(certificate: both, key: both) == nil)
    }
}
