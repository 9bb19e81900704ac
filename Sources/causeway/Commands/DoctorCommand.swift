import ArgumentParser
import JoinTrial
import NIOPosix
import WebSocketTransport

/// `causeway doctor`: a join from outside, hop by hop.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Join from outside as a newcomer does, and name the hop that fails and what to do.",
        discussion: """
            Works against any bootstrap server of the network, whoever wrote it. A real helper is asked to invite; the trial \
            then leaves, and no more comes of it. Where the server says of itself whether it is ready, and which bridges it \
            has, that is shown, too.

            Steps: name (DNS), connection (TCP), TLS (verified always), WebSocket, register, ask, answer, helper (its \
            invitation, and its address if it has one that may be dialled).

            Exit codes:
               0  joined, or the network is new and waits for its first peer
               1  joined, but only with peers to dial instead of a helper, or with warnings
               2  bad arguments (64 for those of the command line itself)
              10  no address for the host's name
              11  no connection
              12  TLS failed, or the certificate was refused
              13  no WebSocket at this address
              14  not registered
              15  no answer in time
              16  turned away: busy, or an error
              17  the helper that was named cannot be reached

            EXAMPLES
              causeway doctor wss://boot.example.org/ws
              causeway doctor http://127.0.0.1:8080 --json
            """
    )

    @Argument(help: "Address of the bootstrap server: ws, wss, http or https, with its path if it has one.")
    var url: String

    @Option(help: "PEM file with an authority to trust besides the system's.")
    var caFile: String?

    @Option(help: "How long all of it may take.")
    var timeout = DurationArgument(JoinTrialDefaults.total)

    @Flag(help: "Ask even if nobody may be in the network yet; the trial may then become its first peer, and leaves.")
    var mayBeFirst = false

    @Flag(help: "Print one JSON object instead of the steps.")
    var json = false

    func run() async throws {
        let target = try StatusSource.url(url)
        let trust = try StatusSource.trust(caFile: caFile)
        guard timeout.duration > .zero else {
            throw SettingError(name: "--timeout", problem: "must be more than nothing")
        }
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        var source = StatusSource(url: target, trust: trust, eventLoop: eventLoop)
        source.patience = min(Self.factPatience, timeout.duration)
        let facts = try await DoctorFacts.asking(source)

        var configuration = JoinTrial.Configuration(target: target)
        configuration.trust = trust
        configuration.limits.total = timeout.duration
        switch facts.network {
        case .new, .maybeNew: configuration.asks = mayBeFirst
        case .running, .unknown: break
        }
        let screen = StatusScreen()
        let width = screen.size.width
        let isQuiet = json
        if !isQuiet { screen.print { $0.line("Joining through \(target.description)") } }
        let trial = await JoinTrial(configuration: configuration, on: eventLoop).run { step in
            if !isQuiet { screen.print { $0.add(step, width: width) } }
        }
        let report = DoctorReport(target: source.shown, trial: trial, facts: facts)
        if json {
            try JSONReport.print(report)
        } else {
            screen.print { text in
                for note in facts.notes { text.add(note, width: width) }
                text.addVerdict(report, width: width)
            }
        }
        guard report.exitCode == 0 else { throw ExitCode(report.exitCode) }
    }

    /// What the server says over HTTP is beside the matter, so it does not hold up the trial for long.
    private static let factPatience = Duration.seconds(3)
}

extension StatusScreen {
    fileprivate func print(_ add: (inout StatusText) -> Void) {
        var text = StatusText()
        add(&text)
        print(text)
    }
}
