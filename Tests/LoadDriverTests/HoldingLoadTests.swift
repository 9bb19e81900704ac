import Kademlia
import Logging
import NIOCore
import Synchronization
import Telemetry
import Testing
import WebSocketTransport

@testable import LoadDriver

/// The loads that last, against scripted servers in this process.
@Suite(.timeLimit(.minutes(1))) struct HoldingLoadTests {
    private let group = HoldingServers.group
    private let clock = SystemClock()
    private let logger = HoldingServers.logger
    private var context: LoadContext { LoadContext(group: group, clock: clock, processes: [.current]) }

    private func fleet(_ peers: Int, at server: MeasuredServer, first: Int = 0) async throws -> PeerFleet {
        let share = HoldPlan.Share(server: 0, peers: peers, firstPeer: first)
        return try await PeerFleet.open(share, as: .registered, at: server.url, group: group, clock: clock)
    }

    @Test func fleetStaysUntilItIsReleased() async throws {
        let entrance = ScriptedEntrance()
        try await HoldingServers.serving(entrance) { server in
            let fleet = try await fleet(300, at: server)
            #expect(fleet.opened.held == 300)
            #expect(fleet.opened.failures.isEmpty)
            #expect(entrance.state.withLock(\.open) == 300)
            let lost = await fleet.release()
            #expect(lost.isEmpty)
            await entrance.untilEmpty()
            #expect(entrance.state.withLock(\.registered) == 300)
        }
    }

    @Test func peersBeyondOneAddressDialFromTheNext() async throws {
        let entrance = ScriptedEntrance()
        try await HoldingServers.serving(entrance) { server in
            let fleet = try await fleet(10, at: server, first: HoldDefaults.peersPerAddress - 5)
            #expect(fleet.opened.held == 10)
            #expect(entrance.state.withLock(\.sources) == ["127.0.0.2", "127.0.0.3"])
            _ = await fleet.release()
        }
    }

    @Test func refusedPeersAreFailuresByReason() async throws {
        try await HoldingServers.serving(ScriptedEntrance(refusing: 10)) { server in
            let fleet = try await fleet(50, at: server)
            #expect(fleet.opened.held == 45)
            #expect(fleet.opened.failures == ["error: full": 5])
            _ = await fleet.release()
        }
    }

    @Test func idlePeersAndJoinsBesideThemAreMeasured() async throws {
        let (few, many) = (ScriptedEntrance(), ScriptedEntrance())
        let report = try await HoldingServers.serving(few) { few in
            try await HoldingServers.serving(many) { many in
                try await HoldingServers.serving(Echo()) { echo in
                    let plan = try HoldPlan(peers: 200, servers: 1, descriptors: nil, serverDescriptors: nil)
                    var load = HoldLoad(servers: [many], plan: plan)
                    load.serverWithFew = few
                    load.echo = echo
                    load.holding = .milliseconds(1)
                    load.joins = JoinRounds()
                    load.joins?.count = 20
                    load.joins?.rounds = 3
                    return try await run(load)
                }
            }
        }
        #expect(report.failed == 0)
        #expect(report.registered.held == 200)
        #expect(report.registered.servers.map(\.connections) == [200])
        #expect(report.registered.bytesPerConnection != nil)
        #expect(report.echo?.held == 200)
        let joins = try #require(report.joins)
        #expect(joins.alternating)
        #expect([joins.few.held, joins.many.held] == [HoldDefaults.few, 200])
        #expect([joins.few.joins.all.succeeded, joins.many.joins.all.succeeded] == [60, 60])
        #expect(joins.ratio.cpuPerJoin?.byRound.count == 3)
        #expect(joins.ratio.p50 != nil)
        // Two peers begin the networks; the warm-up has three turns of ten.
        #expect(many.state.withLock(\.asked) == 1 + 30 + 60)
        #expect(many.state.withLock(\.mostOpen) > 200)
        #expect(few.state.withLock(\.mostOpen) > HoldDefaults.few)
        #expect(report.table.contains("registered peers"))
    }

    @Test func oneServerIsMeasuredWithFewAndThenWithMany() async throws {
        let entrance = ScriptedEntrance()
        let report = try await HoldingServers.serving(entrance) { server in
            let plan = try HoldPlan(peers: 50, servers: 1, descriptors: nil, serverDescriptors: nil)
            var load = HoldLoad(servers: [server], plan: plan)
            load.holding = .milliseconds(1)
            load.joins = JoinRounds()
            load.joins?.count = 10
            load.joins?.rounds = 1
            return try await run(load)
        }
        #expect(report.failed == 0)
        #expect(report.registered.held == HoldDefaults.few + 50)
        #expect(report.joins?.alternating == false)
        #expect(report.joins?.many.held == HoldDefaults.few + 50)
        await entrance.untilEmpty()
    }

    @Test func peersThatTheServerLeavesAreLostAndNotForgotten() async throws {
        let entrance = ScriptedEntrance(leaving: 10)
        let report = try await HoldingServers.serving(entrance) { server in
            let plan = try HoldPlan(peers: 40, servers: 1, descriptors: nil, serverDescriptors: nil)
            var load = HoldLoad(servers: [server], plan: plan)
            // Long against the end of a closing handshake.
            load.holding = .seconds(1)
            return try await run(load)
        }
        #expect(report.registered.held == 40)
        #expect(report.registered.lost.values.reduce(0, +) == 4)
        #expect(report.failed == 4)
        #expect(report.table.contains("FAILED: registered peers, lost: 4"))
    }

    private func run(_ load: HoldLoad) async throws -> HoldReport {
        try await load.run(context: context) { url, kind, share in
            try await PeerFleet.open(share, as: kind, at: url, group: group, clock: clock)
        }
    }

    @Test func membersStayUntilTheyAreTheOldest() async throws {
        let entrance = ScriptedEntrance()
        let report = try await HoldingServers.serving(entrance) { server in
            var load = SoakLoad(server: server)
            load.rate = 200
            load.duration = .milliseconds(500)
            load.population = 20
            load.sampleInterval = .milliseconds(20)
            return try await load.run(context)
        }
        #expect(report.joins.succeeded == 100)
        #expect(report.joins.failedInAll == 0)
        #expect(report.lost.isEmpty)
        #expect(report.left == 80)
        let trend = try #require(report.trend)
        #expect(trend.samples > 1)
        #expect(entrance.state.withLock(\.mostOpen) >= 21)
        await entrance.untilEmpty()
        #expect(report.table.contains("joins"))
    }

    @Test func membersThatTheServerLeavesAreFailures() async throws {
        let report = try await HoldingServers.serving(ScriptedEntrance(leaving: 5)) { server in
            var load = SoakLoad(server: server)
            load.rate = 100
            load.duration = .milliseconds(500)
            load.population = 1_000
            return try await load.run(context)
        }
        #expect(report.lost.values.reduce(0, +) >= 5)
        // The population was never full, so nobody can say that it is flat.
        #expect(report.trend == nil)
        #expect(!report.flat)
        #expect(report.failed > 5)
    }

    @Test func bridgeAnswersAllRequestsInBothModes() async throws {
        let bridge = InstantBridge(host: "127.0.0.1", port: 0, nodeID: 0xb1)
        let report = try await HoldingServers.serving({ [group, logger] listening in
            try await bridge.run(group: group, logger: logger, onListening: listening)
        }) { server in
            var load = BridgeMemoryLoad(secret: Secret("s"), requests: 60, rounds: 2)
            // It knows one by itself.
            load.helpers = 0
            load.warmUp = 20
            return try await load.run(group: group, clock: clock, logger: logger) {
                BridgeMemoryLoad.Bridge(server: server, stop: {})
            }
        }
        #expect(report.failed == 0)
        for side in [report.persistent, report.perConnection] {
            #expect(side.rounds.map(\.requests.succeeded) == [60, 60])
            #expect(side.rounds.allSatisfy { $0.readings > 0 && $0.peakBytes > 0 })
        }
        #expect(report.table.contains("one connection each"))
    }
}

#if os(Linux)
    @Suite struct ObservedProcessTests {
        @Test func readsAProcess() async throws {
            try await HoldingServers.serving(Echo()) { server in
                let before = try server.process.processorTime()
                let reading = try server.process.reading()
                #expect(reading.residentBytes > 1 << 20)
                #expect((1..<reading.residentBytes).contains(reading.anonymousBytes))
                #expect(reading.descriptors >= 3)
                // The reading itself has cost something.
                #expect(try server.process.processorTime() > before)
            }
        }

        @Test func whatIsNotThereIsAnErrorThatNamesIt() {
            let nobody = ObservedProcess(id: .max)
            #expect(throws: ObservedProcess.Unreadable.self) { try nobody.reading() }
            #expect(throws: ObservedProcess.Unreadable.self) { try nobody.processorTime() }
            #expect(nobody.descriptorLimit() == nil)
            let error = ObservedProcess.Unreadable(process: 7, what: "memory")
            #expect("\(error)".contains("memory of process 7"))
        }
    }
#endif
