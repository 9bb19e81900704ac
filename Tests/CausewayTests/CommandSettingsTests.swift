import ArgumentParser
import HTTPRoutes
import Kademlia
import Testing
import WebSocketTransport

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

    @Test(arguments: ["0", "-1", "1000001"])
    func limitOfPeersIsAtLeastOneAndAtMostAMillion(value: String) async throws {
        let settings = try await Settings(file: nil, environment: ["MAX_PEERS": value])
        let flag = #expect(throws: SettingError.self) {
            try BootstrapCommand.parse(["--max-peers=\(value)"]).peerLimit(settings)
        }
        #expect(flag?.description == "--max-peers: \(value) is not within 1 to 1000000")
        let variable = #expect(throws: SettingError.self) { try BootstrapCommand.parse([]).peerLimit(settings) }
        #expect(variable?.name == "MAX_PEERS")
        #expect(try BootstrapCommand.parse(["--max-peers", "1000000"]).peerLimit(settings) == 1_000_000)
        #expect(try BootstrapCommand.parse(["--max-peers", "1"]).peerLimit(settings) == 1)
    }

    @Test func bootstrapHasAPortForMonitorsOnlyWhenOneIsGiven() async throws {
        let empty = try await Settings(file: nil, environment: [:])
        let settings = try await Settings(file: nil, environment: ["METRICS_PORT": "9090"])
        #expect(try BootstrapCommand.parse([]).monitorPort(empty) == nil)
        #expect(try BootstrapCommand.parse([]).monitorPort(settings) == 9_090)
        #expect(try BootstrapCommand.parse(["--metrics-port", "1"]).monitorPort(settings) == 1)
    }

    @Test func trustedProxiesAreAddressesNetworksAndTwoNames() async throws {
        let empty = try await Settings(file: nil, environment: [:])
        let settings = try await Settings(file: nil, environment: ["TRUSTED_PROXIES": "loopback,10.0.0.0/8,::1"])
        func trust(_ arguments: [String], _ settings: Settings) throws -> TrustedProxies {
            try ProxyOptions.parse(arguments).trust(settings)
        }
        #expect(try trust([], empty) == .none)
        let ten = try #require(IPRange("10.0.0.0/8"))
        let one = try #require(IPRange("::1"))
        #expect(try trust([], settings) == TrustedProxies(IPRange.loopback + [ten, one]))
        #expect(
            try trust(["--trusted-proxy", "private", "--trusted-proxy", "::1"], settings)
                == TrustedProxies(IPRange.private + [one])
        )
        for text in ["anybody", "10.0.0.1/8", "proxy.local", "10.0.0.0/40"] {
            let flag = #expect(throws: SettingError.self) { try trust(["--trusted-proxy", text], empty) }
            #expect(flag?.name == "--trusted-proxy")
            #expect(flag?.problem.contains(text) == true)
        }
        let wrong = try await Settings(file: nil, environment: ["TRUSTED_PROXIES": "everyone"])
        #expect(#expect(throws: SettingError.self) { try trust([], wrong) }?.name == "TRUSTED_PROXIES")
    }

    @Test func basePathIsAPath() async throws {
        let empty = try await Settings(file: nil, environment: [:])
        let settings = try await Settings(file: nil, environment: ["BASE_PATH": "/ws/"])
        #expect(try BootstrapCommand.parse([]).mountPath(empty) == .root)
        #expect(try BootstrapCommand.parse([]).mountPath(settings).description == "/ws")
        #expect(try BootstrapCommand.parse(["--base-path", "/a"]).mountPath(settings).description == "/a")
        let error = #expect(throws: SettingError.self) {
            try BootstrapCommand.parse(["--base-path", "ws"]).mountPath(settings)
        }
        #expect(error?.name == "--base-path")
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
