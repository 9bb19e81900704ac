// swift-tools-version: 6.2

import PackageDescription

// A package of its own, so that the main one never pays for the benchmark library. The main package sells no libraries, and as
// a dependency it would bring along all of its own: so `Sources` holds links to its values and pure decisions, and they are
// targets here as well, with the settings of the main manifest.

let collections: [Target.Dependency] = [
    .product(name: "DequeModule", package: "swift-collections"),
    .product(name: "HeapModule", package: "swift-collections"),
    .product(name: "OrderedCollections", package: "swift-collections"),
]

let package = Package(
    name: "causeway-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // No traits: they count allocations and retains by replacing the allocator and parts of the runtime.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .target(name: "Timekeeping", dependencies: collections),
        .target(name: "Scheduling", dependencies: collections),
        .target(name: "Kademlia", dependencies: ["Timekeeping"] + collections),
        .target(name: "WireMessages", dependencies: ["Kademlia"]),
        .target(name: "MembershipTokens", dependencies: ["Timekeeping", "Kademlia", "WireMessages"]),
        .target(name: "Relaying", dependencies: ["Timekeeping", "Kademlia", "WireMessages"]),
        .target(name: "LinkCore", dependencies: ["Timekeeping", "Scheduling"] + collections),
        .target(name: "Observation", dependencies: ["Timekeeping", "Kademlia"] + collections),
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
        .target(name: "DHTTestKit", dependencies: ["Kademlia", "WireMessages", "MembershipTokens"]),

        .executableTarget(
            name: "HotPaths",
            dependencies: [
                "Timekeeping", "Scheduling", "Kademlia", "WireMessages", "MembershipTokens", "LinkCore",
                "BootstrapCore",
                "BridgeCore", "DHTTestKit", .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/HotPaths",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ]
)

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

for target in package.targets where target.type != .plugin {
    target.swiftSettings = (target.swiftSettings ?? []) + settings
}
