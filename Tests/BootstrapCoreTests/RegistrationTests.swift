import BootstrapCore
import Kademlia
import Testing
import Timekeeping
import WireMessages

@Suite struct RegistrationTests {
    @Test func registrationIsAnsweredWithTheIdAndTheTime() {
        var harness = BootstrapHarness()
        harness.open(1)
        harness.register(0xa, on: 1)
        #expect(
            harness.actions == [
                .send(ConnectionID(1), .registered(Registered(nodeID: .node(0xa), timestamp: 1_000_000)))
            ]
        )
        #expect(harness.core.registeredCount == 1)
    }

    @Test(
        arguments: [
            ("1.0.0", nil, "", true), ("1.0.7", "abc", "", true), ("1.0.0", "abc", "node_5", true),
            ("1.0.0", "node_9", "abc", true), ("1.0.0", "abc", "abc", true), ("1.0.0", "abc", "def", false),
            ("1.1.0", nil, "", false), ("2.0.0", nil, "", false), ("0.9.9", nil, "", false), ("", nil, "", false),
            (nil, nil, "", false), ("1", nil, "", false), ("a.b.c", nil, "", false), ("1.0.0.0", nil, "", false),
        ] as [(String?, String?, String, Bool)]
    )
    func versionRuleJudgesAsTheExistingServerDoes(version: String?, client: String?, server: String, accepted: Bool) {
        #expect(VersionRule(buildID: server).accepts(protocolVersion: version, buildID: client) == accepted)
    }

    @Test func wrongVersionIsToldAndClosedWith4001() {
        var harness = BootstrapHarness()
        harness.open(1)
        harness.say(.register(Register(nodeID: .node(0xa), protocolVersion: "2.0.0")), on: 1)
        guard case .versionMismatch(let mismatch)? = harness.sent(to: 1).first else {
            Issue.record("expected version_mismatch, got \(harness.actions)")
            return
        }
        #expect(mismatch.serverVersion == "1.0.0")
        #expect(harness.closings == [.versionMismatch])
        #expect(ClientClosing.versionMismatch.code == 4001)
        #expect(harness.core.registeredCount == 0)
    }

    @Test func fullServerSaysSoInBothKeysAndCloses() {
        var harness = BootstrapHarness { $0.maxPeers = 1 }
        harness.joinRegistered(0xa, on: 1)
        harness.open(2)
        harness.register(0xb, on: 2)
        guard case .error(let notice)? = harness.sent(to: 2).first else {
            Issue.record("expected an error notice, got \(harness.actions)")
            return
        }
        #expect(notice.error == "Server at capacity" && notice.message == notice.error)
        #expect(harness.closings == [.serverFull])
        // The one who is in may register again on a new socket.
        harness.joinRegistered(0xa, on: 3)
        harness.advance(by: BootstrapDefaults.probePatience)
        #expect(harness.isRegistered(on: 3))
    }

    @Test func silentSocketIsClosedAfterThirtySeconds() {
        var harness = BootstrapHarness()
        harness.open(1)
        harness.advance(by: .seconds(29))
        #expect(harness.actions.isEmpty)
        harness.advance(by: .seconds(1))
        #expect(harness.closings == [.neverRegistered])
    }

    @Test func connectionKeepsTheIdItNamedFirst() {
        var harness = BootstrapHarness()
        harness.joinRegistered(0xa, on: 1)
        harness.ask("r1", 0xb, on: 1)
        #expect(harness.responses(to: 1).map(\.success) == [false])
        #expect(harness.responses(to: 1).first?.code == "id_mismatch")
        #expect(harness.core.counters.foreignSenders == 1)
    }

    @Test func garbageIsClosedAndWrongFieldsAreAnsweredByTheirRequestId() {
        var harness = BootstrapHarness()
        harness.open(1)
        harness.core.malformed(WireError(reason: .notAnObject), on: ConnectionID(1), actions: &harness.actions)
        #expect(harness.closings == [.invalidJSON])
        harness.actions = []
        let error = WireError(reason: .missingField("targetPeerId"), messageType: "send_invitation", requestID: "q")
        harness.core.malformed(error, on: ConnectionID(1), actions: &harness.actions)
        #expect(harness.responses(to: 1).map(\.requestID) == ["q"])
        harness.actions = []
        let noID = WireError(reason: .missingField("nodeId"), messageType: "register")
        harness.core.malformed(noID, on: ConnectionID(1), actions: &harness.actions)
        #expect(harness.closings == [.missingNodeID])
    }
}
