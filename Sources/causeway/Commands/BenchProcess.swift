import Foundation
import WebSocketTransport

/// A server of this very program in a process of its own, for the time of a measurement. It ends when its standard input
/// does, so it never outlives the measuring process, however that one ends.
final class BenchProcess {
    /// Why a server is not there.
    struct StartError: Error, CustomStringConvertible {
        var role: String
        var problem: String

        var description: String { "the \(role) for the measurement did not start: \(problem)" }
    }

    /// What a role prints, on one line, as soon as it listens.
    struct Announcement: Codable {
        var listening: String
    }

    private let role: String
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    var processID: Int32 { process.processIdentifier }

    static func instantBridge() throws -> BenchProcess {
        try BenchProcess(role: InstantBridgeCommand.name, arguments: [], secret: nil)
    }

    static func bootstrap(
        bridges: [WebSocketURL],
        stateless: Bool,
        maxPeers: Int?,
        secret: String
    ) throws -> BenchProcess {
        var arguments = bridges.flatMap { ["--bridge", $0.description] }
        if stateless { arguments.append("--stateless") }
        if let maxPeers { arguments += ["--max-peers", "\(maxPeers)"] }
        return try BenchProcess(role: BenchBootstrapCommand.name, arguments: arguments, secret: secret)
    }

    static func echoServer() throws -> BenchProcess {
        try BenchProcess(role: EchoServerCommand.name, arguments: [], secret: nil)
    }

    /// A secret for servers that live no longer than one measurement.
    static func randomSecret() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(generator.next() as UInt64, radix: 16) }.joined()
    }

    init(role: String, arguments: [String], secret: String?) throws {
        self.role = role
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["bench", role] + arguments
        var environment = ProcessInfo.processInfo.environment
        // By environment, as a command line is for everybody to read.
        environment["BRIDGE_AUTH"] = secret
        process.environment = environment
        process.standardInput = input
        process.standardOutput = output
        do {
            try process.run()
        } catch {
            throw StartError(role: role, problem: "\(error)")
        }
    }

    /// Waits until the server listens.
    func address() throws -> WebSocketURL {
        let announcement = try line()
        do {
            return try WebSocketURL(JSONDecoder().decode(Announcement.self, from: announcement).listening)
        } catch {
            let text = String(decoding: announcement, as: UTF8.self)
            throw StartError(role: role, problem: "it announced itself as \(text)")
        }
    }

    /// Waits for the next line on its standard output. A role says one thing and then waits for us.
    func line() throws -> Data {
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw StartError(role: role, problem: "it ended before it said anything") }
            line.append(data)
        }
        return line.prefix { $0 != UInt8(ascii: "\n") }
    }

    /// Asks it to end, without waiting.
    func endInput() {
        try? input.fileHandleForWriting.close()
    }

    /// Asks the server to end and waits until it has.
    func stop() {
        endInput()
        process.waitUntilExit()
    }
}
