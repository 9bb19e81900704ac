import ArgumentParser
import FoundationEssentials
import LoadDriver
import Logging

/// `causeway bench`: load and comparisons. The load runs in this process, what is measured in others.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure joins, requests, idle peers and memory over loopback.",
        subcommands: [
            BenchJoinCommand.self, BenchRequestCommand.self, BenchLimitsCommand.self, BenchCompareCommand.self,
            InstantBridgeCommand.self, BenchBootstrapCommand.self, EchoServerCommand.self,
            BenchHoldCommand.self, BenchBridgeMemoryCommand.self, BenchSoakCommand.self, PeerHolderCommand.self,
            BenchBridgeNodeCommand.self,
        ]
    )

    /// Nothing but trouble is worth a line among the figures.
    static var logger: Logger {
        var logger = Logger(label: "causeway.bench")
        logger.logLevel = .error
        return logger
    }
}

/// How every bench command shows what it found.
struct BenchOutput: ParsableArguments {
    @Flag(help: "Print one JSON object, on the last line, instead of a table.")
    var json = false

    /// Prints the report; then fails if anything in it failed.
    func show(_ report: some Encodable, table: String, failed: Int) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(table)
        }
        if failed > 0 { throw ExitCode.failure }
    }
}

/// Positive numbers, written `1,10,100`.
struct CountList: ExpressibleByArgument {
    var counts: [Int]

    init(_ counts: [Int]) {
        self.counts = counts
    }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let counts = parts.compactMap(\.self)
        guard counts.count == parts.count, counts.allSatisfy({ $0 > 0 }) else { return nil }
        self.counts = counts
    }

    var defaultValueDescription: String { counts.map(String.init).joined(separator: ",") }
}
