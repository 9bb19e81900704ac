// swift-tools-version: 6.2

import PackageDescription

// The floor plan. A target imports only what stands in its row, and nothing from a floor above it; the build checks this
// with `--explicit-target-dependency-import-check error` (see .ci/run). HANDBOOK.md explains each floor.

let collections: [Target.Dependency] = [
    .product(name: "DequeModule", package: "swift-collections"),
    .product(name: "HeapModule", package: "swift-collections"),
    .product(name: "OrderedCollections", package: "swift-collections"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
    name: "causeway",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "causeway", targets: ["causeway"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Values: no clock, no randomness, no input or output.
        .target(name: "Timekeeping", dependencies: collections),
        .target(name: "Scheduling", dependencies: collections),
        .target(name: "Kademlia", dependencies: ["Timekeeping"] + collections),
        .target(name: "WireMessages", dependencies: ["Kademlia"]),

        // What operators see: counts over time, events, the way of each join.
        .target(name: "Observation", dependencies: ["Timekeeping", "Kademlia"] + collections),

        // Pure decisions: one machine each, driven by events.
        .target(name: "MembershipTokens", dependencies: ["Timekeeping", "Kademlia", "WireMessages"]),
        .target(name: "Relaying", dependencies: ["Timekeeping", "Kademlia", "WireMessages"]),
        .target(name: "LinkCore", dependencies: ["Timekeeping", "Scheduling"] + collections),
        .target(
            name: "BootstrapCore",
            dependencies: [
                "Timekeeping", "Kademlia", "WireMessages", "Observation", "MembershipTokens", "Relaying",
            ] + collections
        ),
        .target(
            name: "BridgeCore",
            dependencies: [
                "Timekeeping", "Scheduling", "Kademlia", "WireMessages", "MembershipTokens", "Relaying",
            ] + collections
        ),
        .target(name: "PeerCore", dependencies: ["Timekeeping", "Kademlia", "WireMessages"] + collections),

        // Adapters: sockets, disks and logs, each behind one seam.
        .target(name: "Telemetry", dependencies: ["Timekeeping", "Observation", logging, metrics]),
        .target(name: "KeyProofs", dependencies: ["Kademlia", "WireMessages", "MembershipTokens", crypto]),
        .target(
            name: "StateStore",
            dependencies: ["Kademlia", "Observation", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .target(
            name: "WebSocketTransport",
            dependencies: [
                "Kademlia", "Telemetry", logging, lifecycle, nioCore, nioPosix, crypto,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ]
        ),
        .target(
            name: "HTTPRoutes",
            dependencies: [logging, nioCore, hummingbird, .product(name: "HummingbirdCore", package: "hummingbird")]
        ),
        .target(
            name: "LivePage",
            resources: [
                .embedInCode("Assets/dashboard.html"), .embedInCode("Assets/dashboard.css"),
                .embedInCode("Assets/dashboard.js"),
            ]
        ),
        .target(
            name: "BridgeLink",
            dependencies: [
                "Timekeeping", "Scheduling", "Kademlia", "WireMessages", "LinkCore", "Observation",
                "WebSocketTransport",
                "Telemetry", logging, metrics, nioCore, histogram,
            ]
        ),
        .target(
            name: "JoinTrial",
            dependencies: [
                "Timekeeping", "Kademlia", "WireMessages", "Observation", "WebSocketTransport", "Telemetry", nioCore,
                crypto,
            ]
        ),

        // Roles: a core on sockets.
        .target(
            name: "BootstrapServer",
            dependencies: [
                "Timekeeping", "Scheduling", "Kademlia", "WireMessages", "MembershipTokens", "Relaying", "LinkCore",
                "BootstrapCore", "BridgeLink", "KeyProofs", "StateStore", "WebSocketTransport", "HTTPRoutes",
                "Observation", "LivePage", "JoinTrial", "Telemetry", logging, metrics, lifecycle, nioCore, nioPosix,
                hummingbird, httpTypes, histogram,
            ]
        ),
        .target(
            name: "BridgeNode",
            dependencies: [
                "Timekeeping", "Kademlia", "WireMessages", "MembershipTokens", "Relaying", "LinkCore", "BridgeCore",
                "BridgeLink", "KeyProofs", "StateStore",
                "WebSocketTransport", "HTTPRoutes", "Telemetry", logging, metrics, lifecycle, nioCore, crypto,
                hummingbird,
            ]
        ),
        .target(
            name: "PeerSwarm",
            dependencies: [
                "Timekeeping", "Kademlia", "WireMessages", "PeerCore", "DHTTestKit", "WebSocketTransport", "Telemetry",
                logging,
                lifecycle, nioCore, crypto, histogram,
            ]
        ),
        .target(
            name: "Conformance",
            dependencies: [
                "Timekeeping", "Kademlia", "WireMessages", "WebSocketTransport", "Telemetry", logging, nioCore,
                nioPosix,
                crypto, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .target(
            name: "LoadDriver",
            dependencies: [
                "Timekeeping", "Kademlia", "WireMessages", "LinkCore", "BridgeLink", "WebSocketTransport", "Telemetry",
                logging, nioCore, nioPosix, histogram,
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ]
        ),

        // Beside the floors: what tests, simulation and benchmarks share.
        .target(name: "DHTTestKit", dependencies: ["Kademlia", "WireMessages", "MembershipTokens"]),
        .target(
            name: "PoolSimulation",
            dependencies: ["Timekeeping", "Scheduling", "LinkCore", "DHTTestKit"] + collections
        ),
        .target(
            name: "SocketTestKit",
            dependencies: ["WireMessages", "WebSocketTransport", logging, nioCore, nioPosix, crypto]
        ),

        // Entry: arguments and environment in, one service group out.
        .executableTarget(
            name: "causeway",
            dependencies: [
                "BootstrapServer", "BootstrapCore", "BridgeCore", "BridgeNode", "PeerSwarm", "LoadDriver",
                "Conformance",
                "PoolSimulation", "Observation", "JoinTrial", "WireMessages",
                "StateStore", "WebSocketTransport", "HTTPRoutes", "BridgeLink", "LinkCore", "Telemetry", "Kademlia",
                "Timekeeping", logging, metrics,
                lifecycle, nioCore, nioPosix, histogram,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),

        // Tests, one target per target under test.
        .testTarget(name: "TimekeepingTests", dependencies: ["Timekeeping", "DHTTestKit"]),
        .testTarget(name: "SchedulingTests", dependencies: ["Scheduling", "DHTTestKit"]),
        .testTarget(name: "KademliaTests", dependencies: ["Timekeeping", "Kademlia", "DHTTestKit"] + collections),
        .testTarget(name: "WireMessagesTests", dependencies: ["Kademlia", "WireMessages", "DHTTestKit"]),
        .testTarget(name: "ObservationTests", dependencies: ["Timekeeping", "Kademlia", "Observation", "DHTTestKit"]),
        .testTarget(
            name: "MembershipTokensTests",
            dependencies: ["Timekeeping", "Kademlia", "WireMessages", "MembershipTokens", "DHTTestKit"]
        ),
        .testTarget(
            name: "RelayingTests",
            dependencies: ["Timekeeping", "Kademlia", "WireMessages", "Relaying", "DHTTestKit"]
        ),
        .testTarget(
            name: "KeyProofsTests",
            dependencies: ["Kademlia", "WireMessages", "MembershipTokens", "KeyProofs", "DHTTestKit", crypto]
        ),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "Kademlia", "WireMessages", "Conformance", "BootstrapCore", "BootstrapServer", "BridgeLink",
                "BridgeNode",
                "StateStore", "WebSocketTransport", "Telemetry", "SocketTestKit", logging, nioCore, nioPosix,
            ]
        ),
        .testTarget(name: "LinkCoreTests", dependencies: ["Timekeeping", "Scheduling", "LinkCore", "DHTTestKit"]),
        .testTarget(name: "PoolSimulationTests", dependencies: ["LinkCore", "PoolSimulation", "Timekeeping"]),
        .testTarget(
            name: "BootstrapCoreTests",
            dependencies: [
                "Timekeeping", "Kademlia", "WireMessages", "Observation", "MembershipTokens", "Relaying",
                "BootstrapCore",
                "DHTTestKit",
            ]
        ),
        .testTarget(
            name: "BridgeCoreTests",
            dependencies: [
                "Timekeeping", "Kademlia", "WireMessages", "MembershipTokens", "Relaying", "BridgeCore", "DHTTestKit",
            ]
        ),
        .testTarget(
            name: "PeerCoreTests",
            dependencies: ["Timekeeping", "Kademlia", "WireMessages", "PeerCore", "DHTTestKit"]
        ),
        .testTarget(
            name: "TelemetryTests",
            dependencies: ["Timekeeping", "Observation", "Telemetry", logging, metrics]
        ),
        .testTarget(
            name: "JoinTrialTests",
            dependencies: [
                "Kademlia", "WireMessages", "JoinTrial", "BootstrapCore", "BootstrapServer", "BridgeLink", "BridgeNode",
                "PeerSwarm", "StateStore", "WebSocketTransport", "Telemetry", "SocketTestKit", logging, nioCore,
                nioPosix,
                crypto,
            ]
        ),
        .testTarget(
            name: "StateStoreTests",
            dependencies: ["Kademlia", "Observation", "StateStore", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .testTarget(
            name: "WebSocketTransportTests",
            dependencies: [
                "Kademlia", "WebSocketTransport", "DHTTestKit", "SocketTestKit", logging, nioCore, nioPosix, crypto,
                .product(name: "NIOHTTP1", package: "swift-nio"), hummingbird,
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "BridgeLinkTests",
            dependencies: [
                "Observation", "Timekeeping", "Kademlia", "WireMessages", "LinkCore", "BridgeLink",
                "WebSocketTransport", "Telemetry",
                "SocketTestKit", logging, nioCore, nioPosix,
            ]
        ),
        .testTarget(
            name: "BridgeNodeTests",
            dependencies: [
                "Timekeeping", "BridgeCore", "MembershipTokens", "KeyProofs",
                "Kademlia", "WireMessages", "BridgeNode", "StateStore", "WebSocketTransport", "Telemetry",
                "SocketTestKit", crypto, logging, nioCore, nioPosix,
            ]
        ),
        .testTarget(
            name: "BootstrapServerTests",
            dependencies: [
                "Timekeeping", "Kademlia", "WireMessages", "LinkCore", "BootstrapCore", "BridgeLink", "BootstrapServer",
                "BridgeNode", "StateStore", "Observation", "WebSocketTransport", "HTTPRoutes", "Telemetry",
                "SocketTestKit", logging,
                nioCore,
                nioPosix, crypto,
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "PeerSwarmTests",
            dependencies: [
                "Kademlia", "BootstrapCore", "BootstrapServer", "BridgeLink", "BridgeNode", "PeerSwarm", "StateStore",
                "WebSocketTransport", "Telemetry", logging, nioCore, nioPosix,
            ]
        ),
        .testTarget(
            name: "CausewayTests",
            dependencies: [
                "causeway", "BootstrapServer", "Kademlia", "JoinTrial", "WebSocketTransport", "HTTPRoutes", "Telemetry",
                "Observation", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(
            name: "LoadDriverTests",
            dependencies: [
                "Kademlia", "WireMessages", "LoadDriver", "WebSocketTransport", "Telemetry", logging, nioCore, nioPosix,
            ]
        ),
    ]
)

let settings: [SwiftSetting] =
    [
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
        .enableUpcomingFeature("ExistentialAny"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
        .enableUpcomingFeature("InternalImportsByDefault"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]
    // A newer compiler may warn about what today's does not; only our own checks turn warnings into errors.
    + (Context.environment["CAUSEWAY_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)])

for target in package.targets {
    target.swiftSettings = (target.swiftSettings ?? []) + settings
}
