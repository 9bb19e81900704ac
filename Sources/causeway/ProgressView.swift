import PeerSwarm

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What `causeway up` and `causeway swarm` show of a network, at one moment.
struct UpSnapshot: Sendable, Equatable {
    struct Bridge: Sendable, Equatable {
        /// The first digits of its id.
        var name: String
        /// One of the words every report uses: connecting, connected, disconnected, failed.
        var status: String
        /// Links that the bootstrap opened to it, by the bridge's own count.
        var connectionsOpened: Int
        var requests: Int
        var peers: Int
    }

    struct Churn: Sendable, Equatable {
        var peers: SwarmSnapshot.Churn
        var introductions: SwarmSnapshot.Introductions

        init(_ peers: SwarmSnapshot.Churn, _ introductions: SwarmSnapshot.Introductions) {
            self.peers = peers
            self.introductions = introductions
        }
    }

    /// Where newcomers come in.
    var address: String
    /// Where the live page is, if it is served.
    var livePage: String?
    var elapsed: Duration
    /// How many peers there will be.
    var expected: Int
    var connectedPeers: Int
    var succeeded: Int
    var failed: Int
    var abandoned: Int
    var p50Ms: Double?
    var p99Ms: Double?
    var bridges: [Bridge]
    /// nil when nobody leaves.
    var churn: Churn?
    /// The last failure, if there was one.
    var lastFailure: String?
}

/// Shows snapshots on standard error: on a terminal as a table that stays in its place, elsewhere as a line a second.
struct ProgressView {
    enum Style: Sendable, Equatable {
        case table
        case lines
    }

    /// How often the owner should call ``show(_:)``.
    let interval: Duration
    private let style: Style
    private var linesShown = 0

    init(style: Style = isatty(STDERR_FILENO) == 1 ? .table : .lines) {
        self.style = style
        switch style {
        case .table: interval = .milliseconds(250)
        case .lines: interval = .seconds(1)
        }
    }

    /// Replaces what was shown before.
    mutating func show(_ snapshot: UpSnapshot) {
        switch style {
        case .table:
            let lines = Self.table(snapshot)
            // Up to the first line of the last table, then erase to the end of the screen (ECMA-48 CPL and ED).
            let erase = linesShown > 0 ? "\u{1B}[\(linesShown)F\u{1B}[J" : ""
            Self.write(erase + lines.joined(separator: "\n") + "\n")
            linesShown = lines.count
        case .lines:
            Self.write(Self.line(snapshot) + "\n")
        }
    }

    /// Several lines, none longer than a narrow terminal.
    static func table(_ snapshot: UpSnapshot) -> [String] {
        var lines = [
            "causeway  \(snapshot.address)  \(seconds(snapshot.elapsed)) s",
            snapshot.livePage.map { "live page \($0)" } ?? "",
            "peers     \(snapshot.connectedPeers) of \(snapshot.expected) connected",
            "joins     \(snapshot.succeeded) ok, \(snapshot.failed) failed, \(waiting(snapshot)) under way",
            "answer    p50 \(milliseconds(snapshot.p50Ms))   p99 \(milliseconds(snapshot.p99Ms))",
        ].filter { !$0.isEmpty }
        if let churn = snapshot.churn {
            let (peers, named) = (churn.peers, churn.introductions)
            lines.append(
                "churn     \(peers.left) left: \(peers.orderly) orderly, \(peers.abrupt) abrupt, \(peers.silent) silent"
            )
            lines.append(
                "helpers   \(named.total) named, \(named.connected) connected, \(named.failed) failed (\(share(named)))"
            )
            lines.append("gone      \(named.helperGone) named after 5 s, worst \(seconds(named.worstHelperGoneMs)) s")
        }
        if !snapshot.bridges.isEmpty {
            lines.append("")
            lines.append(row("bridge", "status", "opened", "requests", "peers"))
            for bridge in snapshot.bridges {
                lines.append(
                    row(
                        bridge.name,
                        bridge.status,
                        "\(bridge.connectionsOpened)",
                        "\(bridge.requests)",
                        "\(bridge.peers)"
                    )
                )
            }
        }
        if let failure = snapshot.lastFailure { lines.append("last failure: \(failure.prefix(64))") }
        return lines
    }

    /// One line with the same facts.
    static func line(_ snapshot: UpSnapshot) -> String {
        var words = [
            "\(seconds(snapshot.elapsed))s", "peers \(snapshot.connectedPeers)/\(snapshot.expected)",
            "joins \(snapshot.succeeded) ok \(snapshot.failed) failed",
            "p50 \(milliseconds(snapshot.p50Ms)) p99 \(milliseconds(snapshot.p99Ms))",
        ]
        if let churn = snapshot.churn {
            let named = churn.introductions
            words.append("left \(churn.peers.left)")
            words.append("helpers \(named.connected)/\(named.connected + named.failed) (\(share(named)))")
            words.append("gone \(named.helperGone) worst \(seconds(named.worstHelperGoneMs))s")
        }
        for bridge in snapshot.bridges {
            words.append(
                "bridge \(bridge.name) \(bridge.status) opened \(bridge.connectionsOpened) requests \(bridge.requests)"
            )
        }
        return words.joined(separator: "  ")
    }

    private static func waiting(_ snapshot: UpSnapshot) -> Int {
        let newcomers = snapshot.churn?.peers.came ?? 0
        return max(snapshot.expected + newcomers - snapshot.succeeded - snapshot.failed - snapshot.abandoned, 0)
    }

    /// Of the introductions that are decided, how many led to a connection; rounded down, because 100 % is a claim.
    private static func share(_ introductions: SwarmSnapshot.Introductions) -> String {
        let decided = introductions.connected + introductions.failed
        guard decided > 0 else { return "-" }
        let tenths = introductions.connected * 1000 / decided
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        "\(milliseconds / 1000).\(milliseconds % 1000 / 100)"
    }

    private static func row(_ cells: String...) -> String {
        zip(cells, [10, 14, 8, 10, 6]).map { cell, width in
            cell + String(repeating: " ", count: max(width - cell.count, 1))
        }.joined()
    }

    private static func seconds(_ duration: Duration) -> Int64 { duration.components.seconds }

    private static func milliseconds(_ value: Double?) -> String {
        guard let value else { return "-" }
        // One decimal, without Foundation.
        let tenths = Int64((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10) ms"
    }

    private static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            // Progress that cannot be shown is no reason to stop.
            _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
