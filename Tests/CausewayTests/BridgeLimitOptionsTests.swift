import ArgumentParser
import Telemetry
import Testing

@testable import causeway

@Suite struct BridgeLimitOptionsTests {
    private static let machine = MachineLimits(
        descriptors: 4_096,
        physicalMemory: 8 << 30,
        groupMemory: nil,
        processors: 2
    )

    @Test func withoutAnyOptionTheMachineDecides() async throws {
        let limits = try await limits([])
        #expect(limits.bounds == (try ServerBounds(.init(), on: Self.machine)))
        #expect(limits.bounds.connections == 4_026)
        #expect(limits.resourceInterval == .seconds(60))
        #expect(limits.strictTokens == false)
        #expect(limits.dialPrivate == .auto)
        #expect(limits.peersPerSubnet == 2)
    }

    @Test func optionsAreRead() async throws {
        let limits = try await limits([
            "--max-connections", "1000", "--max-peers", "700", "--queue-capacity", "64", "--target-peers", "20",
            "--memory-limit", "512MiB", "--resource-interval", "5m", "--strict-tokens", "--dial-private", "never",
            "--peers-per-subnet", "0",
        ])
        #expect(limits.bounds.connections == 1_000)
        #expect(limits.bounds.peers == 700)
        #expect(limits.bounds.queueCapacity == 64)
        #expect(limits.bounds.targetPeers == 20)
        #expect(limits.bounds.memoryLimit == 512 << 20)
        #expect(limits.resourceInterval == .seconds(300))
        #expect(limits.strictTokens)
        #expect(limits.dialPrivate == .never)
        #expect(limits.peersPerSubnet == 0)
    }

    @Test func environmentIsReadAndOptionsWinOverIt() async throws {
        let environment = [
            "MAX_CONNECTIONS": "1000", "BRIDGE_MAX_PEERS": "700", "QUEUE_CAPACITY": "64", "TARGET_PEERS": "20",
            "MEMORY_LIMIT": "512m", "RESOURCE_INTERVAL": "0", "STRICT_TOKENS": "true", "DIAL_PRIVATE": "always",
            "PEERS_PER_SUBNET": "20",
        ]
        let limits = try await limits(["--max-peers", "600", "--target-peers", "21"], environment)
        #expect(limits.bounds.connections == 1_000)
        #expect(limits.bounds.peers == 600)
        #expect(limits.bounds.queueCapacity == 64)
        #expect(limits.bounds.targetPeers == 21)
        #expect(limits.bounds.memoryLimit == 512 << 20)
        #expect(limits.resourceInterval == nil)
        #expect(limits.strictTokens)
        #expect(limits.dialPrivate == .always)
        #expect(limits.peersPerSubnet == 20)
    }

    @Test func numberOfPeersForTheBootstrapServerIsNotTheBridges() async throws {
        #expect(try await limits([], ["MAX_PEERS": "10"]).bounds.peers > 10)
    }

    @Test func zeroMemoryMeansNoLimit() async throws {
        #expect(try await limits(["--memory-limit", "0"]).bounds.memoryLimit == nil)
    }

    @Test(arguments: [
        ("--max-connections", "5000"), ("--max-connections", "0"), ("--max-peers", "0"), ("--max-peers", "4000"),
        ("--queue-capacity", "0"), ("--queue-capacity", "65537"), ("--target-peers", "4000"),
        ("--memory-limit", "lots"), ("--memory-limit", "1K"), ("--memory-limit", "9G"), ("--memory-limit", "1.5G"),
        ("--memory-limit", "999999T"), ("--memory-limit", "99999999T"),
        ("--resource-interval", "soon"), ("--resource-interval", "10ms"), ("--resource-interval", "1d"),
        ("--dial-private", "sometimes"), ("--peers-per-subnet", "21"),
    ])
    func whatCannotBeHadIsRefusedByTheNameOfItsOption(option: String, value: String) async throws {
        let error = await #expect(throws: SettingError.self) { try await limits([option, value]) }
        #expect(error?.name == option)
        #expect(error?.problem.contains(value) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("MAX_CONNECTIONS", "5000"), ("MAX_CONNECTIONS", "many"), ("BRIDGE_MAX_PEERS", "4000"),
        ("QUEUE_CAPACITY", "-1"), ("TARGET_PEERS", "-1"), ("MEMORY_LIMIT", "1Z"), ("RESOURCE_INTERVAL", "-5s"),
        ("STRICT_TOKENS", "perhaps"), ("DIAL_PRIVATE", "Never"), ("PEERS_PER_SUBNET", "-1"),
    ])
    func whatCannotBeHadIsRefusedByTheNameOfItsVariable(variable: String, value: String) async throws {
        let error = await #expect(throws: SettingError.self) { try await limits([], [variable: value]) }
        #expect(error?.name == variable)
        #expect(error?.problem.contains(value) == true, "\(String(describing: error))")
    }

    @Test func emptyTextIsNoChoice() async throws {
        let error = await #expect(throws: SettingError.self) { try await limits([], ["DIAL_PRIVATE": ""]) }
        #expect(error?.description == "DIAL_PRIVATE: an empty text is none of always, never, auto")
    }

    /// `ServerBounds` knows no bridge, and the bridge's core no machine: some numbers stand in both.
    @Test func boundsAndTheBridgesCoreAgreeOnTheirNumbers() {
        #expect(ServerBounds.Defaults.queueCapacity == BridgeLimits.CoreDefaults.queueCapacity)
        #expect(ServerBounds.Defaults.targetPeers == BridgeLimits.CoreDefaults.targetPeers)
        #expect(ServerBounds.Defaults.linkConnections == BridgeLimits.CoreDefaults.links)
    }

    @Test func tooManyConnectionsNameBothNumbers() async throws {
        let error = await #expect(throws: SettingError.self) { try await limits(["--max-connections", "5000"]) }
        #expect(error?.description.contains("--max-connections: 5000 is more") == true)
        #expect(error?.description.contains("at most 4026 fit") == true)
    }

    private func limits(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> BridgeLimits {
        let settings = try await Settings(file: nil, environment: environment)
        return try BridgeLimitOptions.parse(arguments).limits(settings, on: Self.machine)
    }
}
