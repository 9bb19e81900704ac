import ArgumentParser
import Testing

@testable import causeway

/// What commands make of flags, beside the limits.
@Suite struct CommandSettingsTests {
    @Test(arguments: [
        (["--port", "99999"], "--port", "99999"), (["--port=-5"], "--port", "-5"),
        (["--port", "65536", "1"], "--port", "65536"), (["65536"], "port (first argument)", "65536"),
        (["--metrics-port", "99999"], "--metrics-port", "99999"), (["--metrics-port=-1"], "--metrics-port", "-1"),
    ])
    func portOfABridgeThatIsNoneIsRefusedByName(arguments: [String], name: String, value: String) async throws {
        let command = try BridgeCommand.parse(arguments)
        let settings = try await Settings(file: nil, environment: ["BRIDGE_PORT": "1", "METRICS_PORT": "2"])
        let error = #expect(throws: SettingError.self) {
            _ = try command.peerPort(settings)
            _ = try command.monitorPort(settings)
        }
        #expect(error?.description == "\(name): \(value) is no TCP port (0 to 65535)")
    }

    @Test(arguments: ["99999", "-5"])
    func portOfABootstrapThatIsNoneIsRefusedByName(value: String) async throws {
        let command = try BootstrapCommand.parse(["--port=\(value)"])
        let settings = try await Settings(file: nil, environment: [:])
        let error = #expect(throws: SettingError.self) { try command.listeningPort(settings) }
        #expect(error?.description == "--port: \(value) is no TCP port (0 to 65535)")
    }

    @Test func portsAreTakenFromTheFlagTheFirstArgumentAndTheEnvironmentInThisOrder() async throws {
        let settings = try await Settings(file: nil, environment: ["BRIDGE_PORT": "1", "METRICS_PORT": "0"])
        #expect(try BridgeCommand.parse(["--port", "65535", "2"]).peerPort(settings) == 65_535)
        #expect(try BridgeCommand.parse(["2"]).peerPort(settings) == 2)
        #expect(try BridgeCommand.parse([]).peerPort(settings) == 1)
        #expect(try BridgeCommand.parse([]).monitorPort(settings) == 0)
        #expect(try BootstrapCommand.parse([]).listeningPort(settings) == nil)
    }

    @Test(arguments: [
        (["--log-level", "loud"], "--log-level", "loud"), (["--log-format", "xml"], "--log-format", "xml"),
        (["--bridge-auth-file", "/nowhere/secret"], "--bridge-auth-file", "/nowhere/secret"),
        (["--insecure-dev", "--state-dir", "/dev/null/x"], "--state-dir", "/dev/null/x"),
    ])
    func flagThatCannotBeUsedIsRefusedByItsOwnName(arguments: [String], name: String, value: String) async throws {
        let shared = try SharedOptions.parse(arguments)
        let settings = try await Settings(file: nil, environment: [:])
        let error = #expect(throws: SettingError.self) {
            _ = try shared.logger("test", settings)
            _ = try shared.secret(settings)
            _ = try shared.store(settings)
        }
        #expect(error?.name == name)
        #expect(error?.problem.contains(value) == true)
    }

    @Test func variableThatCannotBeUsedIsRefusedByItsName() async throws {
        let settings = try await Settings(file: nil, environment: ["LOG_LEVEL": "loud", "STATE_DIR": "/dev/null/x"])
        let shared = try SharedOptions.parse([])
        #expect(#expect(throws: SettingError.self) { try shared.logger("test", settings) }?.name == "LOG_LEVEL")
        let error = #expect(throws: SettingError.self) { try shared.store(settings) }
        #expect(error?.description == "STATE_DIR: /dev/null/x cannot be used: Not a directory")
    }

    @Test func missingHalfOfACertificateIsAskedForTheWayTheOtherWasGiven() async throws {
        let empty = try await Settings(file: nil, environment: [:])
        let flag = #expect(throws: SettingError.self) {
            try CertificateOptions.parse(["--tls-key-file", "k.pem"]).tls(empty)
        }
        #expect(flag?.description == "--tls-certificate-file: is missing, but --tls-key-file is set")
        let settings = try await Settings(file: nil, environment: ["TLS_CERTIFICATE_FILE": "c.pem"])
        let variable = #expect(throws: SettingError.self) { try CertificateOptions.parse([]).tls(settings) }
        #expect(variable?.description == "TLS_KEY_FILE: is missing, but TLS_CERTIFICATE_FILE is set")
    }
}
