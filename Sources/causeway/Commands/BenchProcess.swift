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

    static func instantBridge() throws -> BenchProcess {
        try BenchProcess(role: InstantBridgeCommand.name, arguments: [], secret: nil)
    }

    static func bootstrap(bridges: [WebSocketURL], secret: String) throws -> BenchProcess {
        try BenchProcess(
            role: BenchBootstrapCommand.name,
            arguments: bridges.flatMap { ["--bridge", $0.description] },
            secret: secret
        )
    }

    /// A secret for servers that live no longer than one measurement.
    static func randomSecret() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(generator.next() as UInt64, radix: 16) }.joined()
    }

    private init(role: String, arguments: [String], secret: String?) throws {
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
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw StartError(role: role, problem: "it ended before it listened") }
            line.append(data)
        }
        let announcement = line.prefix { $0 != UInt8(ascii: "\n") }
        do {
            return try WebSocketURL(JSONDecoder().decode(Announcement.self, from: announcement).listening)
        } catch {
            let text = String(decoding: announcement, as: UTF8.self)
            throw StartError(role: role, problem: "it announced itself as \(text)")
        }
    }

    /// Asks the server to end and waits until it has.
    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
