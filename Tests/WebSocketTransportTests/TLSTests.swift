import Foundation
import NIOCore
import NIOSSL
import SocketTestKit
import Testing
import WebSocketTransport

/// Connections over TLS, between our own two ends and with clients that break the rules.
@Suite(.timeLimit(.minutes(2))) struct TLSTests {
    let folder: TestFolder
    let authority = TestAuthority()

    init() throws {
        self.folder = try TestFolder()
        try self.folder.write(self.authority.certificate.pem, to: "ca.pem")
    }

    func trust() throws -> ClientTrust {
        try ClientTrust(.file(self.folder.path("ca.pem")))
    }

    func client(_ trust: ClientTrust? = nil) throws -> WebSocketClient {
        WebSocketClient(group: group, limits: patientLimits, logger: logger, trust: try trust ?? self.trust())
    }

    /// Puts this certificate where the server reads it.
    func install(_ certificate: TestCertificate) throws {
        try self.folder.write(certificate.pem, to: "server.pem")
        try self.folder.write(certificate.keyPEM, to: "server.key")
    }

    func serverTLS(_ certificate: TestCertificate) throws -> ServerTLS {
        try self.install(certificate)
        return try ServerTLS(
            certificateChainFile: self.folder.path("server.pem"),
            privateKeyFile: self.folder.path("server.key")
        )
    }

    /// For clients that are not ours.
    func rawClient() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([
            try NIOSSLCertificate(bytes: Array(self.authority.certificate.pem.utf8), format: .pem)
        ])
        configuration.certificateVerification = .noHostnameVerification
        return configuration
    }

    static func url(_ port: Int, host: String = "localhost") -> WebSocketURL {
        WebSocketURL(scheme: .wss, host: host, port: port)
    }

    static func accept(_ request: UpgradeRequest) -> UpgradeDecision {
        .accept(RecordingHandler.echoing)
    }

    /// Dials, and hears one message come back.
    @discardableResult
    func echo(_ client: WebSocketClient, _ url: WebSocketURL) async throws -> Echo {
        let handler = RecordingHandler()
        let echo = Echo(connection: try await client.connect(to: url, handler: handler), handler: handler)
        try await echo.again()
        return echo
    }

    struct Echo {
        let connection: WebSocketConnection
        let handler: RecordingHandler

        func again() async throws {
            let text = ByteBuffer(string: "hello")
            self.connection.send(text)
            for await event in self.handler.events {
                switch event {
                case .message(let message): return #expect(message == .text(text))
                case .closed(let closure): throw Lost(closure: closure)
                case .opened, .controlFrame, .pong, .writable: break
                }
            }
        }
    }

    struct Lost: Error {
        let closure: WebSocketClosure
    }

    /// Why this dial fails.
    func refusal(_ client: WebSocketClient, _ url: WebSocketURL) async -> String? {
        do {
            _ = try await client.connect(to: url, handler: RecordingHandler())
            return nil
        } catch {
            return "\(error)"
        }
    }

    // MARK: What works

    @Test func webSocketsAndPlainRequestsShareThePort() async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost))
        try await withServer(tls: tls, http: answerWithBody, onUpgrade: Self.accept) { port, _ in
            try await self.echo(try self.client(), Self.url(port))
            let connection = try await RawConnection.connect(to: port, tls: try self.rawClient())
            for path in ["/one", "/two"] {
                connection.send(RawConnection.request(["GET \(path) HTTP/1.1", "Host: a"]))
                let answer = await connection.read { $0.suffix(4) == [33, 33, 33, 33] }
                #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 200 "))
                #expect(String(decoding: answer, as: UTF8.self).hasSuffix("\r\n\r\n\(path)!!!!"))
            }
            connection.send(RawConnection.request(["GET /x HTTP/1.1", "Host: a", "Connection: close"]))
            #expect(String(decoding: await connection.readToEnd(), as: UTF8.self).hasSuffix("/x!!!!"))
        }
    }

    @Test func addressIsCheckedAgainstTheCertificatesAddresses() async throws {
        let tls = try self.serverTLS(self.authority.issue(.loopback))
        try await withServer(tls: tls, onUpgrade: Self.accept) { port, _ in
            try await self.echo(try self.client(), Self.url(port, host: "127.0.0.1"))
        }
    }

    @Test func longMessagesPass() async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost))
        try await withServer(tls: tls, onUpgrade: Self.accept) { port, _ in
            let handler = RecordingHandler()
            let connection = try await self.client().connect(to: Self.url(port), handler: handler)
            let message = WebSocketMessage.binary(ByteBuffer(repeating: 7, count: 60_000))
            for _ in 0..<20 { connection.send(message) }
            var echoed = 0
            for await event in handler.events where event == .message(message) {
                echoed += 1
                if echoed == 20 { break }
            }
        }
    }

    @Test func shutdownSaysGoodbyeOverTLS() async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost))
        let server = RecordingHandler()
        try await withServer(drainTime: .seconds(60), tls: tls, onUpgrade: { _ in .accept(server) }) { port, stop in
            let handler = RecordingHandler()
            _ = try await self.client().connect(to: Self.url(port), handler: handler)
            stop()
            #expect(await handler.closure()?.code == .goingAway)
            #expect(await server.closure()?.code == .goingAway)
        }
    }

    @Test func serverTellsWhenItsCertificateExpires() throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost, validity: -10...5000))
        let left = Double(tls.notValidAfter) - Date().timeIntervalSince1970
        #expect((4900...5001).contains(left))
    }

    // MARK: What is refused, and why

    @Test(arguments: [
        (TestAuthority.expired, "the certificate has expired"),
        (TestAuthority.future, "the certificate is not valid yet"),
    ])
    func certificateOutOfItsTimeIsRefused(validity: TestAuthority.Validity, reason: String) async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost, validity: validity))
        try await withServer(tls: tls) { port, _ in
            let said = try await self.refusal(self.client(), Self.url(port))
            #expect(said == "TLS failed: \(reason)")
        }
    }

    @Test(arguments: [
        ("localhost", [TestAuthority.Host.name("bridge.example")]), ("localhost", [.name("*.localhost")]),
        ("127.0.0.1", [.name("localhost")]), ("127.0.0.1", [.address([127, 0, 0, 2])]),
        ("127.0.0.1", [.name("127.0.0.1")]),
    ])
    func certificateOfAnotherHostIsRefused(host: String, names: [TestAuthority.Host]) async throws {
        let tls = try self.serverTLS(self.authority.issue(names[0]))
        try await withServer(tls: tls) { port, _ in
            let reason = try await self.refusal(self.client(), Self.url(port, host: host))
            #expect(reason == "TLS failed: the certificate is not valid for host '\(host)'")
        }
    }

    @Test func certificateOfAnUnknownAuthorityIsRefused() async throws {
        let tls = try self.serverTLS(TestAuthority("Stranger").issue(.localhost))
        try await withServer(tls: tls) { port, _ in
            let reason = try await self.refusal(self.client(), Self.url(port))
            #expect(reason == "TLS failed: the certificate is not signed by a CA we trust")
        }
    }

    /// The name of an authority proves nothing.
    @Test func certificateOfANamesakeIsRefused() async throws {
        let tls = try self.serverTLS(TestAuthority(self.authority.name).issue(.localhost))
        try await withServer(tls: tls) { port, _ in
            let reason = try await self.refusal(self.client(), Self.url(port))
            #expect(reason?.contains("has not its signature") == true)
        }
    }

    @Test func certificateForClientsIsRefused() async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost, purpose: .client))
        try await withServer(tls: tls) { port, _ in
            let reason = try await self.refusal(self.client(), Self.url(port))
            #expect(reason?.contains("not made for servers") == true)
        }
    }

    @Test func selfSignedCertificateIsRefused() async throws {
        let tls = try self.serverTLS(TestAuthority.selfSigned(.localhost))
        try await withServer(tls: tls) { port, _ in
            let reason = try await self.refusal(self.client(), Self.url(port))
            #expect(reason == "TLS failed: the certificate is self-signed")
        }
    }

    @Test func selfSignedCertificateInOurOwnFileIsTrusted() async throws {
        let certificate = TestAuthority.selfSigned(.localhost)
        try self.folder.write(certificate.pem, to: "ca.pem")
        let tls = try self.serverTLS(certificate)
        try await withServer(tls: tls, onUpgrade: Self.accept) { port, _ in
            try await self.echo(try self.client(), Self.url(port))
        }
    }

    @Test func expiredAuthorityIsNamedAsTheCause() async throws {
        let authority = TestAuthority(validity: TestAuthority.expired)
        try self.folder.write(authority.certificate.pem, to: "ca.pem")
        let tls = try self.serverTLS(authority.issue(.localhost))
        try await withServer(tls: tls) { port, _ in
            let reason = try await self.refusal(self.client(), Self.url(port))
            #expect(reason == "TLS failed: the CA that signed the certificate has expired")
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/etc/ssl/certs/ca-certificates.crt")))
    func systemAuthoritiesAloneDoNotTrustOurs() async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost))
        try await withServer(tls: tls, onUpgrade: Self.accept) { port, _ in
            let reason = try await self.refusal(self.client(.system), Self.url(port))
            #expect(reason == "TLS failed: the certificate is not signed by a CA we trust")
            let both = try ClientTrust(.systemAnd(file: self.folder.path("ca.pem")))
            try await self.echo(try self.client(both), Self.url(port))
        }
    }

    @Test func oldTLSIsRefused() async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost))
        var old = try self.rawClient()
        old.maximumTLSVersion = .tlsv11
        try await withServer(tls: tls, http: answerWithBody) { [old] port, _ in
            let connection = try await RawConnection.connect(to: port, tls: old)
            connection.send(RawConnection.request(["GET / HTTP/1.1", "Host: a"]))
            #expect(await connection.readToEnd().isEmpty)
        }
    }

    @Test func plainServerIsSaidToBeOne() async throws {
        try await withServer { port, _ in
            let reason = try await self.refusal(self.client(), Self.url(port))
            #expect(reason == "TLS failed: the server does not speak TLS")
        }
    }

    @Test func serverThatHangsUpDuringTheHandshakeIsSaidToHaveDoneSo() async throws {
        let (port, stop) = try await RawConnection.listen { connection in
            _ = await connection.read(count: 1)
            connection.close()
        }
        let reason = try await self.refusal(self.client(), Self.url(port))
        #expect(reason == "TLS failed: the server hung up during the TLS handshake")
        try await stop()
    }

    // MARK: Renewal

    @Test func renewedCertificateServesTheNextDialAndTheOldConnectionLivesOn() async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost))
        try await withServer(tls: tls, onUpgrade: Self.accept) { port, _ in
            let client = try self.client()
            let old = try await self.echo(client, Self.url(port))

            try self.install(self.authority.issue(.localhost, validity: TestAuthority.expired))
            try await self.echo(client, Self.url(port))
            try tls.reload()
            let reason = await self.refusal(client, Self.url(port))
            #expect(reason == "TLS failed: the certificate has expired")
            try await old.again()

            try self.install(self.authority.issue(.localhost))
            try tls.reload()
            try await self.echo(client, Self.url(port))
            try await old.again()
        }
    }

    @Test func failedReloadKeepsTheCertificate() async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost))
        let before = tls.notValidAfter
        try await withServer(tls: tls, onUpgrade: Self.accept) { port, _ in
            // Half a renewal: the certificate is new already, the key isn't yet.
            try self.folder.write(self.authority.issue(.localhost, validity: -10...60).pem, to: "server.pem")
            #expect(throws: TLSFileError.self) { try tls.reload() }
            #expect(tls.notValidAfter == before)
            try await self.echo(try self.client(), Self.url(port))
        }
    }

    @Test func renewedAuthorityIsUsedByTheNextDial() async throws {
        let next = TestAuthority("Next CA")
        let tls = try self.serverTLS(next.issue(.localhost))
        let trust = try self.trust()
        try await withServer(tls: tls, onUpgrade: Self.accept) { port, _ in
            let client = try self.client(trust)
            #expect(await self.refusal(client, Self.url(port)) != nil)
            try self.folder.write("nonsense", to: "ca.pem")
            #expect(throws: TLSFileError.self) { try trust.reload() }
            #expect(await self.refusal(client, Self.url(port)) != nil)
            try self.folder.write(self.authority.certificate.pem + next.certificate.pem, to: "ca.pem")
            try trust.reload()
            try await self.echo(client, Self.url(port))
        }
    }

    // MARK: Peers without manners

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"])
    func bytesThatAreNoTLSEndInACloseAtOnce(text: String) async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost))
        // With these limits nothing else would close it within the test's life.
        try await withServer(limits: patientLimits, tls: tls, http: answerWithBody) { port, _ in
            let connection = try await RawConnection.connect(to: port)
            connection.send(text)
            // Nothing, or a TLS alert.
            #expect([nil, 0x15].contains(await connection.readToEnd().first))
        }
    }

    /// Silence, half a record, and a whole TLS handshake with silence after it.
    @Test(arguments: [[], [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]], [false, true])
    func unfinishedHandshakesAreCutOff(beginning: [UInt8], tls: Bool) async throws {
        var limits = patientLimits
        limits.handshakeTimeout = .milliseconds(40)
        let serverTLS = try self.serverTLS(self.authority.issue(.localhost))
        try await withServer(limits: limits, tls: serverTLS) { port, _ in
            let connection = try await RawConnection.connect(to: port, tls: tls ? try self.rawClient() : nil)
            connection.send(beginning)
            _ = await connection.readToEnd()
        }
    }

    /// TLS says goodbye and waits for the answer, which this client will not give; the server may not wait with it.
    @Test func abortDoesNotWaitForThePeersGoodbye() async throws {
        let tls = try self.serverTLS(self.authority.issue(.localhost))
        let server = RecordingHandler(react: { _, connection in connection.abort() })
        try await withServer(tls: tls, onUpgrade: { _ in .accept(server) }) { port, _ in
            let connection = try await RawConnection.open(to: port, reads: false, tls: try self.rawClient())
            let elapsed = await ContinuousClock().measure {
                connection.send(WireFrames.text("go"))
                _ = await server.closure()
            }
            // NIOSSL would wait for 5 s.
            #expect(elapsed < .seconds(3))
            connection.close()
        }
    }
}
