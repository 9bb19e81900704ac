import ArgumentParser
import BootstrapServer
import Foundation
import Telemetry
import Testing

@testable import causeway

/// What `causeway config` shows and checks, and what a reload reports.
@Suite struct ConfigurationTests {
    @Test func eachSettingIsShownWithWhereItComesFrom() async throws {
        try await withFile(#"{"max": {"peers": 7}, "bridge": {"nodes": ["a:1", "b:2"]}, "log": {"level": "debug"}}"#) {
            path in
            let settings = try await Settings(
                file: path,
                environment: ["LOG_LEVEL": "trace", "OPEN_NETWORK": "true", "STATE_DIRECTORY": "/var/lib/x"]
            )
            let listing = try BootstrapCommand.parse(["--port", "99"]).listing(settings)
            #expect(listing[.bootstrapPort].map(shown) == "99 | flag --port")
            #expect(listing[.maxPeers].map(shown) == "7 | file \(path)")
            #expect(listing[.bridgeNodes].map(shown) == "a:1, b:2 | file \(path)")
            #expect(listing[.logLevel].map(shown) == "trace | environment LOG_LEVEL")
            #expect(listing[.openNetwork].map(shown) == "yes | environment OPEN_NETWORK")
            #expect(listing[.stateDirectory].map(shown) == "/var/lib/x | systemd STATE_DIRECTORY")
            #expect(listing[.bootstrapHost].map(shown) == "0.0.0.0 | default")
            #expect(listing[.buildID].map(shown) == "accept all | default")
            #expect(listing[.tlsKey].map(shown) == "- | -")
            #expect(listing[.queueCapacity] == nil, "the other role's")
        }
    }

    @Test func secretIsNeverShown() async throws {
        let text = "it-is-a-secret-\(UInt64.random(in: 0 ... .max))"
        try await withFile(text + "\n") { path in
            for (arguments, environment, origin) in [
                ([], ["BRIDGE_AUTH": text], "environment BRIDGE_AUTH"),
                (["--bridge-auth-file", path], [:], "set, from \(path)"),
            ] {
                let settings = try await Settings(file: nil, environment: environment)
                let listing = try BridgeCommand.parse(arguments).listing(settings)
                #expect(listing[.bridgeAuth].map(shown) == "*** | \(origin)")
                let json = String(decoding: try JSONEncoder().encode(listing), as: UTF8.self)
                #expect(!listing.table().contains(text) && !json.contains(text) && !"\(listing)".contains(text))
            }
        }
    }

    @Test func aTextFromOutsideStaysOnItsLine() async throws {
        let settings = try await Settings(
            file: nil,
            environment: ["NODE_NAME": "a\nb\u{1b}[2J" + String(repeating: "x", count: 9_999)]
        )
        let table = try BootstrapCommand.parse([]).listing(settings).table()
        #expect(table.split(separator: "\n").count == SettingKey.all(of: .bootstrap).count + 1)
        #expect(!table.contains("\u{1b}") && table.utf8.count < 20_000)
    }

    @Test func bridgesOfTheExistingNetworkReplaceTheDefaultList() async throws {
        let settings = try await Settings(file: nil, environment: ["BRIDGE_NODE_1": "a:1"])
        let listing = try BootstrapCommand.parse([]).listing(settings)
        #expect(listing[.bridgeNodes].map(shown) == "- | -")
        #expect(listing[.bridgeNode1].map(shown) == "a:1 | environment BRIDGE_NODE_1")
    }

    @Test func newSettingsAreReadFromFlagAndEnvironment() async throws {
        let settings = try await Settings(
            file: nil,
            environment: [
                "METRICS_HOST": "10.0.0.1", "METRICS_PORT": "9", "PROBE_INTERVAL": "0", "NODE_NAME": "n",
                "BRIDGE_AUTH": "s",
            ]
        )
        let command = try BootstrapCommand.parse([])
        #expect(try command.monitorHost(settings) == "10.0.0.1")
        #expect(try command.probePace(settings) == nil)
        #expect(try command.servesPublicPages(settings) == false)
        #expect(try command.serverConfiguration(settings).nodeName == "n")
        let other = try BootstrapCommand.parse(["--public-pages", "--probe-interval", "5m", "--metrics-host", "h"])
        #expect(try other.servesPublicPages(settings))
        #expect(try other.probePace(settings) == .seconds(300))
        #expect(try other.monitorHost(settings) == "h")
        let empty = try await Settings(file: nil, environment: [:])
        #expect(try command.servesPublicPages(empty))
        #expect(try command.probePace(empty) == .seconds(60))
        #expect(try BootstrapCommand.parse(["--no-public-pages"]).servesPublicPages(empty) == false)
        #expect(try BridgeCommand.parse(["--host", "a"]).monitorHost(empty) == "a")
        let error = #expect(throws: SettingError.self) {
            try BootstrapCommand.parse(["--probe-interval", "20ms"]).probePace(empty)
        }
        #expect(error?.name == "--probe-interval")
    }

    @Test func checkNamesAllProblemsAtOnce() async throws {
        let text = #"{"bootstrap": {"prot": 1}, "max": {"peers": "ten"}, "bridge": {"mode": "magic"}}"#
        try await withFile(text) { path in
            let command = try BootstrapCommand.parse([
                "--config", path, "--port", "0", "--tls-certificate-file", "/nowhere/a", "--state-dir", path + "/below",
            ])
            let check = await ConfigurationCheck(
                command,
                environment: ["OPEN_NETWORK": "perhaps", "BRIDGE_NODES_": "a:1"]
            )
            let problems = check.problems.map(\.description).joined(separator: "\n")
            for part in [
                "bootstrap.prot", "did you mean bootstrap.port?", "max.peers", "magic", "--tls-key-file", "BRIDGE_AUTH",
                "OPEN_NETWORK", "--state-dir",
            ] {
                #expect(problems.contains(part), "\(part) in:\n\(problems)")
            }
            #expect(Set(check.problems.map(\.description)).count == check.problems.count, "nothing twice")
            #expect(check.warnings == ["BRIDGE_NODES_ is not a setting; did you mean BRIDGE_NODES?"])
        }
    }

    @Test func checkOfWhatWorksFindsNothingAndMakesNothing() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "causeway-check-\(UUID().uuidString)")
            .path
        for command: any ServerRole in [
            try BootstrapCommand.parse(["--port", "0", "--state-dir", directory + "/state"]),
            try BridgeCommand.parse(["--port", "0", "--metrics-port", "0", "--state-dir", directory + "/state"]),
        ] {
            let check = await ConfigurationCheck(command, environment: ["BRIDGE_AUTH": "s"])
            #expect(check.problems.map(\.description) == [])
            #expect(check.notes.count == 1, "the directory is made later: \(check.notes)")
        }
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test func directoryThatIsHeldIsANoteAndStaysHeld() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "causeway-held-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(StateDirectoryState.of(directory) == .usable)
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY)
        defer { close(descriptor) }
        try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        guard case .held = StateDirectoryState.of(directory) else {
            Issue.record("not seen as held: \(StateDirectoryState.of(directory))")
            return
        }
        let file = directory + "/file"
        try Data().write(to: URL(filePath: file))
        guard case .unusable = StateDirectoryState.of(file), case .unusable = StateDirectoryState.of(file + "/below")
        else {
            Issue.record("a file is no directory")
            return
        }
    }

    @Test func reloadTellsWhatChangedAndWhatNeedsARestart() async throws {
        let command = try BootstrapCommand.parse([])
        func listing(_ environment: [String: String]) async throws -> SettingListing {
            try command.listing(try await Settings(file: nil, environment: environment))
        }
        let old = try await listing(["BRIDGE_AUTH": "one", "BRIDGE_NODES": "a:1", "MAX_PEERS": "5"])
        #expect(old.changes(to: old).isEmpty)
        let new = try await listing(["BRIDGE_AUTH": "two", "BRIDGE_NODES": "a:1,b:2", "MAX_PEERS": "6"])
        let changes = old.changes(to: new)
        #expect(
            changes == [
                .init(key: .bridgeNodes, old: "a:1", new: "a:1, b:2", effect: .applied),
                .init(key: .maxPeers, old: "5", new: "6", effect: .needsRestart),
                .init(key: .bridgeAuth, old: "***", new: "changed", effect: .applied),
            ]
        )
        // The running server has the old limit still, and the next reload says so again.
        #expect(old.adopting(new).changes(to: new).map(\.key) == [.maxPeers])
    }

    @Test func slipsAreForgivenAndOtherNamesAreNot() async throws {
        let settings = try await Settings(
            file: nil,
            environment: [
                "BRDIGE_PORT": "", "METRICS_PROT": "", "BRIDGE_NODE_3": "", "BRIDGE_PORT": "1", "HOME": "",
                "LOGNAME": "",
                "BRIDGE_PORT_8083_TCP": "", "STATE_DIRECTORY": "", "NOTIFY_SOCKET": "", "PATH": "",
            ]
        )
        #expect(
            settings.suspiciousVariables() == [
                "BRDIGE_PORT is not a setting; did you mean BRIDGE_PORT?",
                "BRIDGE_NODE_3 is not a setting; did you mean BRIDGE_NODE_1?",
                "METRICS_PROT is not a setting; did you mean METRICS_PORT?",
            ]
        )
    }

    @Test func everySettingIsDescribedOnceAndItsFlagExists() throws {
        let help = [
            SettingDescription.Role.bootstrap: BootstrapCommand.helpMessage(columns: 400),
            .bridge: BridgeCommand.helpMessage(columns: 400),
        ]
        for key in SettingKey.allCases {
            #expect(!key.about.meaning.isEmpty && !key.about.roles.isEmpty)
            for role in key.about.roles {
                guard let flag = key.about.flag else { continue }
                #expect(help[role]?.contains("\(flag) ") == true || help[role]?.contains("\(flag)/") == true, "\(flag)")
            }
        }
        for role in SettingDescription.Role.allCases {
            let flags = SettingKey.all(of: role).compactMap(\.about.flag)
            #expect(Set(flags).count == flags.count)
        }
    }

    @Test func documentsAreWhatTheCommandPrints() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        #expect(page == SettingDescription.markdown(), "make it anew: causeway config describe > docs/configuration.md")
        let sample = try String(contentsOf: root.appending(path: "deploy/causeway.sample.json"), encoding: .utf8)
        #expect(
            sample == SettingDescription.sampleFile(),
            "causeway config describe --sample > deploy/causeway.sample.json"
        )
    }

    @Test func sampleFileIsAConfigurationThatChangesNoDefault() async throws {
        try await withFile(SettingDescription.sampleFile()) { path in
            #expect(try Settings.unknownKeys(in: path).isEmpty)
            let sample = try await Settings(file: path, environment: ["BRIDGE_AUTH": "s"])
            let empty = try await Settings(file: nil, environment: ["BRIDGE_AUTH": "s"])
            for command: any ServerRole in [try BootstrapCommand.parse([]), try BridgeCommand.parse([])] {
                #expect(try command.listing(sample).problems.isEmpty)
                let changed = try command.listing(empty).changes(to: try command.listing(sample)).map(\.key)
                #expect(changed.isEmpty, "\(changed)")
            }
        }
    }

    private func shown(_ entry: EffectiveSetting) -> String { "\(entry.text) | \(entry.originText)" }

    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "causeway-configuration-\(UUID().uuidString)")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(url.path)
    }
}
