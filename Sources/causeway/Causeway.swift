import ArgumentParser
import Foundation
import Telemetry

@main
struct Causeway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "causeway",
        abstract: "The way into a Kademlia DHT of browsers and servers.",
        version: ProgramVersion.text,
        subcommands: [
            UpCommand.self, BootstrapCommand.self, BridgeCommand.self, SwarmCommand.self, BenchCommand.self,
            SimulateCommand.self, ConfigCommand.self, StatusCommand.self, DoctorCommand.self,
            ConformanceCommand.self, WSEchoCommand.self,
        ]
    )

    static func main() async {
        // A closed pipe or socket is an error of one write, never the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot(LegacyArguments.translated(Array(CommandLine.arguments.dropFirst())))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as SettingError {
            writeToStandardError("causeway: \(error)\n")
            Foundation.exit(2)
        } catch {
            exit(withError: error)
        }
    }

    private static func writeToStandardError(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}

/// The existing network's programs take switches with a single dash (protocol.md 7.1).
enum LegacyArguments {
    private static let switches = ["-createNewDHT": "--create-new-dht", "-openNetwork": "--open-network"]

    static func translated(_ arguments: [String]) -> [String] {
        arguments.map { switches[$0] ?? $0 }
    }
}
