// swift-tools-version: 6.2

import PackageDescription

// The floor plan. A target imports only what stands in its row, and nothing from a floor above it; the build checks this
// with `--explicit-target-dependency-import-check error` (see .ci/run). HANDBOOK.md explains each floor.

let collections: [Target.Dependency] = [
    .product(name: "DequeModule", package: "swift-collections"),
    .product(name: "HeapModule", package: "swift-collections"),
    .product(name: "OrderedCollections", package: "swift-collections"),
]

let package = Package(
    name: "causeway",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        // Values: no clock, no randomness, no input or output.
        .target(name: "Timekeeping", dependencies: collections),

        // Pure decisions: one machine each, driven by events.
        .target(name: "LinkCore", dependencies: ["Timekeeping"] + collections),

        // Beside the floors: what tests, simulation and benchmarks share.
        .target(name: "DHTTestKit"),

        // Tests, one target per target under test.
        .testTarget(name: "TimekeepingTests", dependencies: ["Timekeeping", "DHTTestKit"]),
        .testTarget(name: "LinkCoreTests", dependencies: ["Timekeeping", "LinkCore", "DHTTestKit"]),
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
