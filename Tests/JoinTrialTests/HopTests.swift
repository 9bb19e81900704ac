import JoinTrial
import NIOCore
import NIOPosix
import SocketTestKit
import Testing
import WebSocketTransport
import WireMessages

/// Each hop that can fail, fails once, and is named with what to do.
@Suite(.timeLimit(.minutes(1)))
struct HopTests {
    private typealias Hop = JoinTrialReport.Hop

    @Test func hostWithoutAnAddressIsNamed() async {
        // No such name will ever be (RFC 6761, 6.4).
        let report = await trial(WebSocketURL(scheme: .ws, host: "nobody.invalid", port: 80))
        #expect(report.outcome == .failed(.dns))
        #expect(report.steps.map(\.hop) == [.dns])
        #expect(
            report.failure?.seen.contains("'nobody.invalid'") == true
                || report.failure?.seen.contains("no answer") == true
        )
    }

    @Test func portWhereNobodyListensIsNamed() async {
        let report = await trial(WebSocketURL(scheme: .ws, host: "127.0.0.1", port: 1))
        #expect(report.outcome == .failed(.tcp))
        #expect(report.steps.map(\.result) == [.ok, .failed])
        #expect(report.steps.first?.seen == "127.0.0.1 is an address already")
        #expect(report.failure?.seen == "Connection refused")
        #expect(report.failure?.advice?.contains("listening on port 1 ") == true)
    }

    @Test func plainPortWhereTLSIsExpectedIsNamed() async throws {
        try await ScriptedServer.run { _, _ in
            []
        } _: { server in
            let report = await trial(WebSocketURL(scheme: .wss, host: "127.0.0.1", port: server.port))
            #expect(report.outcome == .failed(.tls))
            #expect(report.failure?.advice?.contains("use ws://") == true, "\(report)")
        }
    }

    @Test func certificateOfAnUnknownAuthorityIsNamed() async throws {
        let certificates = try Certificates()
        try await ScriptedServer.run(tls: certificates.server) { _, _ in
            []
        } _: { server in
            let report = await trial(WebSocketURL(scheme: .wss, host: "127.0.0.1", port: server.port))
            #expect(report.outcome == .failed(.tls))
            #expect(report.failure?.seen == "the certificate is not signed by a CA we trust", "\(report)")
            #expect(report.failure?.advice?.contains("--ca-file") == true)
        }
    }

    @Test func certificateOfAnotherHostIsNamed() async throws {
        let certificates = try Certificates(for: .name("elsewhere.example"))
        try await ScriptedServer.run(tls: certificates.server) { _, _ in
            []
        } _: { server in
            let url = WebSocketURL(scheme: .wss, host: "127.0.0.1", port: server.port)
            let report = await trial(url) { $0.trust = certificates.trust }
            #expect(report.outcome == .failed(.tls))
            #expect(report.failure?.seen == "the certificate is not valid for host '127.0.0.1'", "\(report)")
        }
    }

    @Test func certificateThatEndsSoonIsAWarning() async throws {
        let certificates = try Certificates()
        try await ScriptedServer.run(tls: certificates.server) { type, message in
            type == "register" ? [Says.registered(message)] : []
        } _: { server in
            let url = WebSocketURL(scheme: .wss, host: "127.0.0.1", port: server.port)
            let report = await trial(url) {
                $0.trust = certificates.trust
                $0.asks = false
            }
            #expect(report.outcome == .first)
            let tls = try #require(report.steps.first { $0.hop == .tls })
            #expect(tls.result == .warning)
            #expect(tls.seen.hasPrefix("certificate of 'bridge' valid until "))
            // Made for a day, a part of which is over.
            #expect(tls.seen.hasSuffix(", 0 days left") || tls.seen.hasSuffix(", 1 days left"))
        }
    }

    @Test func refusedUpgradeIsNamedWithItsStatus() async throws {
        try await ScriptedServer.run(refuses: .notFound("nothing here")) { _, _ in
            []
        } _: { server in
            let report = await trial(server.url)
            #expect(report.outcome == .failed(.upgrade))
            #expect(report.failure?.seen == "the server answered with HTTP status 404")
            #expect(report.failure?.advice?.contains("path") == true)
        }
    }

    @Test func portThatSaysNothingEndsTheUpgrade() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let url = WebSocketURL(scheme: .ws, host: "127.0.0.1", port: listener.localAddress?.port ?? 0)
        let report = await trial(url) { $0.limits.connection = .seconds(3) }
        #expect(report.outcome == .failed(.upgrade))
        #expect(report.failure?.seen == "no answer within 3000 ms" || report.failure?.seen == "no answer within 3 s")
        try await listener.close()
    }

    @Test func silenceAfterTheRegistrationIsNamed() async throws {
        try await ScriptedServer.run { _, _ in
            []
        } _: { server in
            let report = await trial(server.url) { $0.limits.register = .milliseconds(200) }
            #expect(report.outcome == .failed(.register))
            #expect(report.failure?.seen == "no registration within 200 ms")
        }
    }

    @Test func wrongProtocolVersionIsNamed() async throws {
        try await ScriptedServer.run { _, _ in
            [#"{"type":"version_mismatch","serverVersion":"9.0.0","message":"no"}"#]
        } _: { server in
            let report = await trial(server.url)
            #expect(report.outcome == .failed(.register))
            #expect(report.failure?.seen.contains("'9.0.0'") == true)
        }
    }

    @Test func serverThatNeverAnswersIsNamed() async throws {
        try await ScriptedServer.run { type, message in
            type == "register" ? [Says.registered(message)] : []
        } _: { server in
            let report = await trial(server.url) { $0.limits.answer = .milliseconds(200) }
            #expect(report.outcome == .failed(.answer))
            #expect(report.failure?.seen == "no answer within 200 ms")
            #expect(report.steps.map(\.hop) == [.dns, .tcp, .tls, .upgrade, .register, .ask, .answer])
        }
    }

    @Test func nothingTakesLongerThanTheWhole() async throws {
        try await ScriptedServer.run { type, message in
            type == "register" ? [Says.registered(message)] : []
        } _: { server in
            let report = await trial(server.url) { $0.limits.total = .seconds(10) }
            #expect(report.outcome == .failed(.answer))
            #expect(report.duration < .seconds(30))
        }
    }

    @Test func cancellationEndsItAtOnce() async throws {
        try await ScriptedServer.run { type, message in
            type == "register" ? [Says.registered(message)] : []
        } _: { server in
            let (asked, hasAsked) = AsyncStream.makeStream(of: Void.self)
            let running = Task {
                await trial(server.url, onStep: { if $0.hop == .ask { hasAsked.yield() } })
            }
            for await _ in asked { break }
            running.cancel()
            let report = await running.value
            #expect(report.outcome == .failed(.answer))
            #expect(report.failure?.seen == "interrupted")
        }
    }

    @Test func datesAreThoseOfTheCalendar() {
        #expect(JoinTrialReport.day(of: 0) == "1970-01-01")
        #expect(JoinTrialReport.day(of: 951_782_400) == "2000-02-29")
        #expect(JoinTrialReport.day(of: 1_795_417_221) == "2026-11-23")
        #expect(JoinTrialReport.day(of: 4_102_444_799) == "2099-12-31")
        #expect(JoinTrialReport.day(of: -1) == "1969-12-31")
    }
}

/// A trial as the command makes it.
func trial(
    _ url: WebSocketURL,
    _ change: (inout JoinTrial.Configuration) -> Void = { _ in },
    onStep: @escaping @Sendable (JoinTrialReport.Step) -> Void = { _ in }
) async -> JoinTrialReport {
    var configuration = JoinTrial.Configuration(target: url)
    change(&configuration)
    let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    return await JoinTrial(configuration: configuration, on: eventLoop).run(onStep: onStep)
}

/// A server's certificate, and the trust of whoever knows its authority.
struct Certificates {
    let server: ServerTLS
    let trust: ClientTrust
    private let folder: TestFolder

    init(for host: TestAuthority.Host = .loopback) throws {
        folder = try TestFolder()
        let authority = TestAuthority()
        let certificate = authority.issue(host)
        try folder.write(authority.certificate.pem, to: "ca.pem")
        try folder.write(certificate.pem, to: "server.pem")
        try folder.write(certificate.keyPEM, to: "server.key")
        server = try ServerTLS(
            certificateChainFile: folder.path("server.pem"),
            privateKeyFile: folder.path("server.key")
        )
        trust = try ClientTrust(.file(folder.path("ca.pem")))
    }
}
