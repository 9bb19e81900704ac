import ArgumentParser

/// `causeway config`: what a server would make of its flags, environment and file.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show and check settings: what holds, where it comes from, what is wrong with it.",
        discussion: """
            'print' and 'check' take the name of the server (bootstrap or bridge) and all options of it, and read the \
            same environment and file as the server does.
            """,
        subcommands: [ConfigPrintCommand.self, ConfigCheckCommand.self, ConfigDescribeCommand.self]
    )
}

struct ConfigPrintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "print",
        abstract: "Show each setting with its value, and where that comes from. Secrets are not shown.",
        subcommands: [Bootstrap.self, Bridge.self],
        defaultSubcommand: Bootstrap.self
    )

    struct Bootstrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The settings of a bootstrap server.")

        @Flag(help: "Print one JSON object.")
        var json = false

        @OptionGroup var server: BootstrapCommand

        func run() async throws { try await ConfigPrintCommand.print(server, json: json) }
    }

    struct Bridge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The settings of a bridge.")

        @Flag(help: "Print one JSON object.")
        var json = false

        @OptionGroup var server: BridgeCommand

        func run() async throws { try await ConfigPrintCommand.print(server, json: json) }
    }

    private static func print(_ server: some ServerRole, json: Bool) async throws {
        let listing = try server.listing(try await server.shared.settings())
        if json {
            try JSONReport.print(listing)
        } else {
            Swift.print(listing.table(), terminator: "")
        }
    }
}

struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read everything as the server would, and name all that is wrong.",
        discussion: """
            Status 0: the server would start. 2: it would not; each problem is one line of standard error. Warnings and notes \
            change nothing. Nothing is made, locked or sent, so it may run beside the server, and before it (ExecStartPre).
            """,
        subcommands: [Bootstrap.self, Bridge.self],
        defaultSubcommand: Bootstrap.self
    )

    struct Bootstrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The settings of a bootstrap server.")

        @OptionGroup var server: BootstrapCommand

        func run() async throws { try await ConfigCheckCommand.check(server) }
    }

    struct Bridge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The settings of a bridge.")

        @OptionGroup var server: BridgeCommand

        func run() async throws { try await ConfigCheckCommand.check(server) }
    }

    private static func check(_ server: some ServerRole) async throws {
        let check = await ConfigurationCheck(server)
        check.print()
        if !check.problems.isEmpty { throw ExitCode(2) }
    }
}

struct ConfigDescribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Print what settings there are: docs/configuration.md, or the sample file.",
        discussion: "The sample is deploy/causeway.sample.json; one file may serve a bootstrap server and a bridge."
    )

    @Flag(help: "Print a configuration file with every default and a remark on each setting.")
    var sample = false

    func run() {
        print(sample ? SettingDescription.sampleFile() : SettingDescription.markdown(), terminator: "")
    }
}
