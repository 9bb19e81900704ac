import Conformance
import Synchronization
import Testing
import WebSocketTransport
import WireMessages

/// The kit can fail: it names what a wrong server does.
struct WrongServerTests {
    /// Registers everybody under any id, believes everything, and forwards what it is told to.
    @Test(.timeLimit(.minutes(1)))
    func wrongAnswersAreNamed() async throws {
        let wrongs: [String: String] = [
            "register": "registered with nodeId somebody",
            "register-without-id": "still open",
            "invalid-json": "still open",
            "version-0.9": "no version_mismatch",
            // Whether it hears of it before or while it waits for an answer.
            "unknown-type": "error",
            "binary-frame": "ok",
        ]
        let report = try await WrongServer.run { message in
            guard let message else { return .say([]) }
            switch message.string("type") {
            case "register": return .say([#"{"type":"registered","nodeId":"somebody","timestamp":1}"#])
            case "frobnicate": return .say([#"{"type":"error","error":"what?"}"#])
            case .some, nil: return .say([])
            }
        } _: { server in
            try await conformance(of: server.url, kind: .bootstrap, only: Set(wrongs.keys), isThrowAway: false)
        }
        for result in report.results {
            let wanted = try #require(wrongs[result.id])
            if wanted == "ok" {
                #expect(result.verdict == .ok, "\(result.id): \(result.got)")
            } else {
                #expect(result.verdict == .deviates, "\(result.id)")
                #expect(result.got.contains(wanted), "\(result.id): \(result.got)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func wrongBridgeIsNamed() async throws {
        let wrongs: [String: String] = [
            "auth-wrong": "closed 1008",
            "hello": "bridgeNodeId is no id",
            "hello-secrets": "bridgeAuthToken in the metadata",
            "first-not-json": "closed 1008",
            "store": "success is not false",
        ]
        let report = try await WrongServer.run { message in
            switch message?.string("type") {
            case "dht_peer_hello":
                .say([
                    #"{"type":"dht_peer_connected","bridgeNodeId":"me","success":true,"timestamp":1,"#
                        + #""metadata":{"isBridgeNode":true,"bridgeAuthToken":"psst"}}"#
                ])
            case "store": .say([#"{"type":"store_response","requestId":"s1","success":true}"#])
            case .some, nil: .close(.policyViolation, "no")
            }
        } _: { server in
            try await conformance(of: server.url, kind: .bridge, only: Set(wrongs.keys))
        }
        #expect(report.count(.deviates) == wrongs.count, "\(report.text)")
        for result in report.results {
            let wanted = try #require(wrongs[result.id])
            #expect(result.got.hasPrefix(wanted), "\(result.id): \(result.got)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func targetThatEndsIsReportedAsGone() async throws {
        let report = try await WrongServer.run { message in
            message?.string("type") == "register" ? .end : .say([])
        } _: { server in
            try await conformance(
                of: server.url,
                kind: .bootstrap,
                only: ["register-token", "deep-json"],
                isThrowAway: false
            )
        }
        // The one that is known to end servers comes last in time, though not in the table.
        #expect(report.results.map(\.verdict) == [.skipped, .deviates], "\(report.text)")
        #expect(report.results[0].got == "the target is gone")
        #expect(report.results[1].got.hasSuffix("the target is gone"), "\(report.text)")
    }

    @Test(.timeLimit(.minutes(1)))
    func nobodyThereIsNoReport() async throws {
        let nobody = WebSocketURL(scheme: .ws, host: "127.0.0.1", port: 1)
        await #expect(throws: ConformanceError.self) { try await conformance(of: nobody) }
    }

    @Test(.timeLimit(.minutes(1)))
    func unknownCaseIsRefused() async throws {
        await #expect(throws: ConformanceError.self) {
            try await WrongServer.run { _ in
                .say([])
            } _: { server in
                try await conformance(of: server.url, kind: .bridge, only: ["no-such-case"])
            }
        }
    }

    @Test(
        arguments: [
            // Two bridges and two more.
            (#"{"status":"ok","peers":4}"#, #"{"available":2,"total":2,"unavailable":0}"#, true),
            (#"{"status":"ok","peers":2}"#, #"{"available":0,"total":0,"unavailable":0}"#, true),
            // The other one may be a bridge, or somebody who has not asked yet.
            (#"{"status":"ok","peers":3}"#, #"{"available":2,"total":2,"unavailable":0}"#, false),
            (#"{"status":"ok","peers":1}"#, #"{"available":0,"total":0,"unavailable":0}"#, false),
            // Bridges that are registered, and do not answer.
            (#"{"status":"ok","peers":9}"#, #"{"available":0,"total":2,"unavailable":2}"#, false),
            (#"{"status":"ok","peers":9}"#, #"{"available":3,"total":2,"unavailable":-1}"#, false),
            (#"{"status":"error"}"#, #"{"available":2,"total":2,"unavailable":0}"#, false),
            (#"{"status":"ok","peers":9}"#, "{}", false),
        ]
    )
    func networkIsTakenForEstablishedOnlyIfItIsForCertain(
        health: String,
        availability: String,
        isEstablished: Bool
    ) throws {
        let health = try RawJSON(checking: Array(health.utf8))
        let bridgeHealth = try RawJSON(checking: Array(#"{"bridgeAvailability":\#(availability)}"#.utf8))
        #expect(ConformanceRun.isEstablished(health: health, bridgeHealth: bridgeHealth) == isEstablished)
    }

    @Test func everyCaseHasItsOwnNameAndItsRule() {
        for kind in TargetKind.allCases {
            let cases = ConformanceCase.all(kind)
            #expect(Set(cases.map(\.id)).count == cases.count)
            for item in cases {
                #expect(!item.section.isEmpty && !item.expected.isEmpty && !item.message.isEmpty, "\(item.id)")
            }
        }
    }
}
