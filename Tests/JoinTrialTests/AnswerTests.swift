import JoinTrial
import NIOCore
import Testing
import WebSocketTransport
import WireMessages

/// What a trial makes of answers and helpers.
@Suite(.timeLimit(.minutes(1)))
struct AnswerTests {
    private func run(
        answering answer: @escaping @Sendable (RawJSON) -> [String],
        accepting: @escaping @Sendable (RawJSON) -> [String] = { _ in [] },
        with change: @Sendable (inout JoinTrial.Configuration) -> Void = { _ in }
    ) async throws -> JoinTrialReport {
        try await ScriptedServer.run { type, message in
            switch type {
            case "register": [Says.registered(message)]
            case "get_peers_or_genesis": answer(message)
            case "invitation_accepted": accepting(message)
            default: []
            }
        } _: { server in
            await trial(server.url) { change(&$0) }
        }
    }

    @Test func busyServerTurnsAway() async throws {
        let report = try await run(answering: { message in
            [Says.failure(message, #""error":"too much","code":"busy","retryAfterMs":1500"#)]
        })
        #expect(report.outcome == .turnedAway(code: "busy", retryAfterMs: 1_500))
        #expect(report.failure?.hop == .answer)
        #expect(report.failure?.seen == "turned away (busy), to ask again in 1.5 s: 'too much'")
    }

    @Test func whatTheServerSaysCannotHarmATerminal() async throws {
        let report = try await run(answering: { message in
            let nasty = #"\u001b[2J\u0000\u202e<b>"# + String(repeating: "W", count: 4_000)
            return [Says.failure(message, #""error":"\#(nasty)","code":"\u001b]0;x\u0007""#)]
        })
        let seen = try #require(report.failure?.seen)
        #expect(seen.utf8.count <= JoinTrialReport.Step.maxTextBytes)
        #expect(seen.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E && $0.value != 0x7F })
        #expect(report.outcome == .turnedAway(code: "__0_x_", retryAfterMs: nil))
    }

    @Test func peersToDialAreOnlyHalfOfIt() async throws {
        let report = try await run(answering: { message in
            let peer = #"{"nodeId":"\#(Says.helper)","metadata":{"emergencyTarget":true}}"#
            return [Says.answer(message, #"{"peers":[\#(peer)],"isGenesis":false,"emergencyMode":true}"#)]
        })
        #expect(report.outcome == .degraded)
        #expect(report.hasWarnings)
        #expect(report.steps.last?.hop == .answer)
    }

    @Test func emptyAnswerHelpsNobody() async throws {
        let report = try await run(answering: { [Says.answer($0, #"{"peers":[],"isGenesis":false}"#)] })
        #expect(report.outcome == .turnedAway(code: "nobody", retryAfterMs: nil))
    }

    @Test func networkWithoutAnybodyIsNotBegun() async throws {
        let report = try await run(
            answering: { [Says.answer($0, #"{"peers":[],"isGenesis":true}"#)] },
            with: { $0.asks = false }
        )
        #expect(report.outcome == .first)
        #expect(report.steps.last?.result == .skipped)
    }

    @Test func whoIsMadeTheFirstPeerSaysSo() async throws {
        let report = try await run(answering: { [Says.answer($0, #"{"peers":[],"isGenesis":true}"#)] })
        #expect(report.outcome == .first)
        #expect(report.steps.last?.result == .warning)
    }

    @Test func theProbeEndsWithTheAnswer() async throws {
        let report = try await run(
            answering: { [Says.answer($0, Says.helper(metadata: "{}"))] },
            with: { $0.reachesHelper = false }
        )
        #expect(report.outcome == .joined)
        #expect(report.steps.last?.hop == .answer)
        #expect(report.receipt?.id == "r1")
    }

    @Test func helperThatDoesNotInviteIsNamed() async throws {
        let report = try await run(
            answering: { [Says.answer($0, Says.helper(metadata: "{}"))] },
            with: { $0.limits.helper = .milliseconds(300) }
        )
        #expect(report.outcome == .failed(.helper))
        #expect(report.failure?.seen == "helper 00112233 sent no invitation within 300 ms")
    }

    @Test func invitationOfABrowserIsEnough() async throws {
        let report = try await run(answering: { message in
            let answer = Says.answer(message, Says.helper(metadata: #"{"nodeType":"browser"}"#))
            // Helpers may be faster than the answer that names them.
            return [Says.invitation(to: message.string("nodeId") ?? ""), answer]
        })
        #expect(report.outcome == .joined)
        #expect(report.steps.last?.seen.contains("a browser") == true)
    }

    @Test func helperWhoseAddressIsDeadIsNamed() async throws {
        let report = try await run(
            answering: { message in
                let answer = Says.answer(message, Says.helper(metadata: #"{"nodeType":"nodejs"}"#))
                return [answer, Says.invitation(to: message.string("nodeId") ?? "")]
            },
            accepting: { _ in [Says.whereabouts("ws://127.0.0.1:1")] }
        )
        #expect(report.outcome == .failed(.helper))
        #expect(report.failure?.seen.contains("'ws://127.0.0.1:1' does not accept WebSockets") == true)
    }

    @Test func challengedTrialProvesItsID() async throws {
        let report = try await ScriptedServer.run { type, message in
            switch type {
            case "register":
                [
                    Says.registered(message),
                    #"{"type":"auth_challenge","nonce":"\#(String(repeating: "0a", count: 32))","timestamp":17}"#,
                ]
            case "auth_response": message.string("signature")?.count == 128 ? [] : [#"{"type":"auth_failure"}"#]
            case "get_peers_or_genesis": [Says.failure(message, #""code":"busy""#)]
            default: []
            }
        } _: { server in
            await trial(server.url)
        }
        #expect(report.outcome == .turnedAway(code: "busy", retryAfterMs: nil))
    }
}
