import FoundationEssentials
import Testing

@testable import causeway

@Suite struct SettingsTests {
    @Test func environmentSpeaksTheNamesOfTheExistingNetwork() async throws {
        let settings = try await Settings(
            file: nil,
            environment: ["BOOTSTRAP_PORT": "9000", "BRIDGE_NODE_1": "b:1", "OPEN_NETWORK": "true", "MAX_PEERS": "7"]
        )
        #expect(try settings.port(.bootstrapPort, flag: nil, option: "--port") == 9_000)
        #expect(try settings.string(.bridgeNode1) == "b:1")
        #expect(try settings.bool(.openNetwork) == true)
        #expect(try settings.int(.maxPeers) == 7)
        #expect(try settings.string(.bridgeNode2) == nil)
    }

    @Test func environmentWinsOverTheFile() async throws {
        try await withFile(#"{"bootstrap": {"port": 1, "host": "h"}}"#) { path in
            let settings = try await Settings(file: path, environment: ["BOOTSTRAP_PORT": "2"])
            #expect(try settings.port(.bootstrapPort, flag: nil, option: "--port") == 2)
            #expect(try settings.string(.bootstrapHost) == "h")
        }
    }

    @Test(arguments: [("BOOTSTRAP_PORT", "eighty"), ("BOOTSTRAP_PORT", "70000"), ("BOOTSTRAP_PORT", "-1")])
    func valueThatCannotBeReadIsAnErrorThatNamesIt(name: String, value: String) async throws {
        let settings = try await Settings(file: nil, environment: [name: value])
        let error = #expect(throws: SettingError.self) {
            try settings.port(.bootstrapPort, flag: nil, option: "--port")
        }
        #expect(error?.name == name)
        #expect(error?.problem.contains(value) == true)
    }

    @Test func valueOfAnotherTypeIsNamedWithWhatIsExpected() async throws {
        let settings = try await Settings(file: nil, environment: ["MAX_PEERS": "abc", "OPEN_NETWORK": "perhaps"])
        let number = #expect(throws: SettingError.self) { try settings.int(.maxPeers) }
        #expect(number?.description == "MAX_PEERS: abc is no whole number, or too large")
        let flag = #expect(throws: SettingError.self) { try settings.bool(.openNetwork) }
        #expect(flag?.description == "OPEN_NETWORK: perhaps is neither yes nor no; write true or false")
        try await withFile(#"{"max": {"peers": "ten"}, "bridge": {"auth": 4711}, "log": {"level": 7}}"#) { path in
            let settings = try await Settings(file: path, environment: [:])
            let number = #expect(throws: SettingError.self) { try settings.int(.maxPeers) }
            #expect(number?.problem == "ten is no whole number, or too large")
            let text = #expect(throws: SettingError.self) { try settings.string(.logLevel) }
            #expect(text?.problem == "7 is no text; write it in quotes")
            let secret = #expect(throws: SettingError.self) { try settings.string(.bridgeAuth) }
            #expect(secret?.problem == "what is there is no text; write it in quotes")
        }
    }

    @Test func unknownKeyInTheFileIsRefusedByItsName() async throws {
        try await withFile(#"{"bootstrap": {"prot": 1}}"#) { path in
            let error = await #expect(throws: SettingError.self) { try await Settings(file: path, environment: [:]) }
            #expect(error?.name.hasPrefix("bootstrap.prot") == true)
        }
    }

    @Test(arguments: ["", "[]", "{\"a\":", "not json"])
    func fileThatIsNoConfigurationIsRefused(text: String) async throws {
        try await withFile(text) { path in
            await #expect(throws: SettingError.self) { try await Settings(file: path, environment: [:]) }
        }
    }

    @Test func amountMayBeANumberWithoutQuotesInTheFile() async throws {
        try await withFile(#"{"memory": {"limit": 536870912}, "resource": {"interval": "5m"}}"#) { path in
            let settings = try await Settings(file: path, environment: [:])
            #expect(try settings.text(.memoryLimit) == "536870912")
            #expect(try settings.text(.resourceInterval) == "5m")
            #expect(try settings.text(.dialPrivate) == nil)
        }
        try await withFile(#"{"memory": {"limit": [1]}}"#) { path in
            let settings = try await Settings(file: path, environment: [:])
            let error = #expect(throws: SettingError.self) { try settings.text(.memoryLimit) }
            #expect(error?.name.hasPrefix("memory.limit") == true)
        }
    }

    @Test func singleDashSwitchesOfTheExistingProgramsWork() {
        #expect(
            LegacyArguments.translated(["bootstrap", "-createNewDHT", "-openNetwork", "--port", "1"])
                == ["bootstrap", "--create-new-dht", "--open-network", "--port", "1"]
        )
    }

    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "causeway-settings-\(UUID().uuidString).json")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(url.path)
    }
}
