/// Every number of the kit, each with its reason.
package enum ConformanceDefaults {
    /// An answer that needs no third party. The slowest ones of the existing servers take some 75 ms (protocol.md 5.7); the rest
    /// is for a busy machine and a long way.
    static let answer = Duration.seconds(5)
    /// How long nothing may come, where nothing is the right answer.
    static let quiet = Duration.milliseconds(600)
    /// Clients give up on a join after 30 s (protocol.md 2.2).
    static let join = Duration.seconds(28)
    /// A refused takeover, or one from a dead holder: its probe may take 5 s (robustness.md, S02).
    static let takeover = Duration.seconds(8)
    /// Clients give up on other requests after 10 s (protocol.md 2.2).
    static let request = Duration.seconds(10)
    /// A server that says nothing for that long on HTTP hangs, however busy its machine is.
    static let http = Duration.seconds(5)
    /// The same of a page that existing servers never finish (protocol.md 6.1.1): here the time is what is asked for.
    static let promptPage = Duration.seconds(2)
    /// How long one case may take, all in all.
    static let caseLimit = Duration.seconds(20)
    static let slowCaseLimit = Duration.seconds(45)
    /// Cases under way at a time: most wait for something, and a server that admits ten new sockets a second from one
    /// address (protocol.md 8.1) still lets them all in.
    static let parallelCases = 16
    /// Between two links to one bridge (protocol.md 3.2.1 asks for 5 ms), with room for a busy machine.
    static let linkSpacing = Duration.milliseconds(20)
    /// Times that a bridge is asked until the one peer under test is chosen: more than peers of other cases are linked
    /// (`parallelCases`), so a bridge that spreads its requests comes to it.
    static let turnsOfHelpers = 2 * parallelCases
    /// Between two such questions: all of them together outlast the second for which a bridge may prefer peers that have been
    /// there for longer.
    static let helperSettles = Duration.milliseconds(100)
    /// Answers of the existing servers grow with the number of peers: those of 1,000 peers with full metadata fit.
    static let maxMessageBytes = 4 << 20
    /// Longer texts are cut in the table; `--json` has all of them.
    static let tableWidth = 88
    /// Where the kit's peers say they listen: nobody is hurt by dialling it, and it fails at once.
    static let listeningAddress = "ws://127.0.0.1:9"
}
