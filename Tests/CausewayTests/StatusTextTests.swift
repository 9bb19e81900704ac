import Foundation
import Testing

@testable import causeway

/// From what servers say to what a terminal shows.
struct StatusTextTests {
    private static let words = StatusWords(now: 1_795_417_221_946, zone: { _ in 3_600 })

    private func decoded<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    private static let overview = #"""
        {"schema":1,"at":1795417221946,
         "server":{"version":"0.6.0","node":"boot-1.example.net","startedAt":1795151021444,"network":"running","ready":true,
          "notReady":[],"draining":null,"cpuPercent":4.6,"memoryBytes":49530100},
         "probe":{"at":1795417200000,"ok":true,"tookUs":8300,"step":null,"error":null},
         "totals":{"asked":251012,"named":249459,"invited":248178,"accepted":245789,"connected":238529,"lost":10930,
          "degraded":1438,"busy":115,"failed":0},
         "latest":{"second":{"asked":17,"named":17,"p50Us":4579,"p90Us":10073,"p99Us":null,"at":1795417220000},"minute":null},
         "queue":{"inFlight":3,"window":3072,"waiting":0,"waitingLimit":10000},
         "bridges":[{"key":1,"id":"38b4e652e44da7f2370d9e260e27136550a4a3a6","address":"wss://bridge-1.example.net:8083",
          "state":"connected","since":1795366221000,"available":true,"roundTripUs":1591,"inFlight":1,"window":1024,
          "requests":88293,"answers":88293,"timeouts":0,"busyAnswers":0,"error":null},
          {"key":2,"address":null,"id":"d07f5c0c332f8b1224083fd22b902f8911e81818","state":"failed","since":1795417135000,
          "available":false,"error":"refused the secret"}],
         "peers":{"registered":4817,"limit":10000,"connections":4826,"byKind":{"browser":3420,"server":1394,"bridge":3,"other":0},
          "byNat":{"open":274,"easy":2086,"hard":650,"unknown":171,"unreported":1636}},
         "room":{"peers":5183,"limitedBy":"limit","bytesPerPeer":5300,"joinsPerSecond":8400},
         "unhelped":[{"reason":"known_peers","fiveMinutes":29,"hour":523,"total":1438}],
         "events":[{"id":97,"at":1795417110000,"level":"warning","kind":"bridge_lost","subject":"wss://b","text":"lost"}],
         "history":{"seconds":{"start":1795417220000,"asked":[17],"named":[17],"busy":[0]}}}
        """#

    private func text(_ overview: StatusOverview, width: Int) -> [String] {
        StatusText(overview, StatusVerdict(overview, Self.words), Self.words, width: width)
            .rendered(width: width, colours: false)
    }

    @Test func everyFactIsThere() throws {
        let lines = text(try decoded(Self.overview), width: 120)
        #expect(lines.first == "WARN People are getting in")
        let all = lines.joined(separator: "\n")
        for fact in [
            "boot-1.example.net, causeway 0.6.0, up 3 d 1 h, 47 MiB of memory, 4.6 % CPU",
            "bridge d07f5c0c refuses us since 07:58:55 (refused the secret).",
            "The secret here and there must be the same.", "1 of 2 can be asked",
            "wss://bridge-1.example.net:8083  connected   14 h 10 min  1.5 ms    1/1,024    88,293   88,293         0     0",
            "since start  251,012  249,459  248,178   245,789    238,529  10,930     1,438   115       0",
            "last second       17       17", "queue  3 of 3,072 at the bridges, 0 of at most 10,000 waiting",
            "peers  4,817 of at most 10,000; 4,826 connections", "kinds  browsers 3,420, servers 1,394, bridges 3",
            "NAT    open 274, easy 2,086, hard 650, unknown 171, did not say 1,636",
            "room   for about 5,183 more peers (up to the configured limit), 5.1 KiB each",
            "trial  the server's own trial join got in 22 s ago", "Peers known to this server     29   523  1,438",
            "07:58:30  lost  (wss://b)",
        ] {
            #expect(all.contains(fact), "\(fact) is not in\n\(all)")
        }
    }

    @Test(arguments: [20, 40, 60, 80, 120]) func noLineIsWiderThanTheTerminal(width: Int) throws {
        let overview: StatusOverview = try decoded(Self.overview)
        for line in text(overview, width: width) { #expect(line.count <= width, "\(line)") }
        // The name and the state of a bridge stay to the last.
        #expect(text(overview, width: width).contains { $0.contains("refuses us") })
    }

    @Test func strangeDocumentsAreRead() throws {
        for text in [
            "{}", #"{"server":7,"bridges":{"a":1},"events":[1,null,{"level":"mauve"}],"peers":null,"at":"soon"}"#,
            #"{"bridges":[null,{"state":"dancing","requests":-4,"window":1e300}],"history":{"seconds":{"asked":[1,"x",3]}}}"#,
            #"{"at":9223372036854775807,"server":{"startedAt":-1,"cpuPercent":1e308},"room":{"limitedBy":"love"}}"#,
        ] {
            let overview: StatusOverview = try decoded(text)
            #expect(!self.text(overview, width: 80).isEmpty)
        }
        let overview: StatusOverview = try decoded(
            #"{"bridges":[{"state":"dancing"}],"unhelped":[{"reason":"x","total":2}]}"#
        )
        #expect(overview.bridges.map(\.state) == [.unknown])
        #expect(overview.unhelped == [.init(reason: .other, total: 2)])
    }

    @Test func nothingFromOutsideCommandsTheTerminal() throws {
        let nasty =
            #"\u001b]0;owned\u0007\u001b[2J\u0000\r\n\u202e<b>\u009b31m"# + String(repeating: "W", count: 60_000)
        let quoted = "\"\(nasty)\""
        let overview: StatusOverview = try decoded(
            #"{"server":{"node":\#(quoted),"version":\#(quoted),"notReady":[\#(quoted)]},"#
                + #""probe":{"ok":false,"step":\#(quoted),"error":\#(quoted)},"#
                + #""bridges":[{"address":\#(quoted),"state":"failed","error":\#(quoted)}],"#
                + #""events":[{"at":1,"kind":\#(quoted),"subject":\#(quoted),"text":\#(quoted)}]}"#
        )
        let join: StatusJoin = try decoded(
            #"{"id":\#(quoted),"helper":\#(quoted),"outcome":\#(quoted),"newcomer":\#(quoted),"#
                + #""steps":[{"afterUs":1,"event":\#(quoted),"bridge":\#(quoted),"detail":\#(quoted)}]}"#
        )
        let lines =
            text(overview, width: 200) + StatusText(join, Self.words, width: 200).rendered(width: 200, colours: false)
        for line in lines {
            #expect(line.count <= 200)
            #expect(
                line.unicodeScalars.allSatisfy {
                    $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0.value != 0x202E
                }
            )
        }
    }

    @Test func coloursSayNoMoreThanWords() throws {
        let overview: StatusOverview = try decoded(Self.overview)
        let report = StatusText(overview, StatusVerdict(overview, Self.words), Self.words, width: 100)
        let plain = report.rendered(width: 100, colours: false)
        let coloured = report.rendered(width: 100, colours: true).map { line in
            line.replacing(/\u{1B}\[[0-9]+m/, with: "")
        }
        #expect(plain == coloured)
        #expect(report.rendered(width: 100, colours: true) != plain)
        #expect(report.rendered(width: 100, height: 3, colours: false).count == 3)
    }

    @Test func wayOfAJoinIsATimeline() throws {
        let join: StatusJoin = try decoded(
            #"{"id":"5f0c","askedAt":1795417110000,"newcomer":"ab","helper":"cd","outcome":"connected","stepsDropped":2,"#
                + #""steps":[{"afterUs":0,"event":"asked"},{"afterUs":1234,"event":"sent","bridge":"wss://b"},"#
                + #"{"afterUs":1500042,"event":"timed_out","detail":"after 1.5 s"}]}"#
        )
        #expect(
            StatusText(join, Self.words, width: 100).rendered(width: 100, colours: false) == [
                "Join 5f0c  connected", "asked at 07:58:30 by ab", "helper cd", "", "+      0.000 ms  asked",
                "+      1.234 ms  sent to a bridge  wss://b",
                "+  1,500.042 ms  bridge did not answer in time  after 1.5 s", "2 more steps, not kept",
            ]
        )
    }

    @Test func bridgeTellsWhatItLacks() throws {
        let bridge: StatusBridgeNode = try decoded(
            #"{"nodeType":"bridge","nodeId":"ab","uptime":65000,"connectedPeers":0,"authorizedBootstrap":0,"isHealthy":true,"#
                + #""bootstraps":[{"address":"wss://boot","status":"failed","lastError":"no"}]}"#
        )
        let verdict = StatusVerdict(bridge)
        #expect(verdict.level == .warning)
        #expect(
            verdict.findings.map(\.text) == [
                "No bootstrap server is linked.", "wss://boot failed (no).",
                "No peer is connected, so it can name no helper.",
            ]
        )
        let lines = StatusText(bridge, verdict, Self.words, width: 80).rendered(width: 80, colours: false)
        #expect(lines.contains("     bridge ab, up 65 s"))
    }

    @Test func numbersReadWell() {
        let words = Self.words
        #expect(words.whole(0) == "0")
        #expect(words.whole(1_234_567) == "1,234,567")
        #expect(words.whole(Int64.min) == "-9,223,372,036,854,775,808")
        #expect(
            [0, 999, 1_000, 4_579, 10_073, 999_999, 1_000_000].map { words.microseconds($0) } == [
                "<1 ms", "<1 ms", "1.0 ms", "4.5 ms", "10 ms", "999 ms", "1.0 s",
            ]
        )
        #expect(
            [500, 5_300, 49_530_100, 3 << 30].map { words.bytes($0) } == ["0.4 KiB", "5.1 KiB", "47 MiB", "3.0 GiB"]
        )
        #expect(
            [0, 89_000, 90_000, 5_400_000, 172_800_000].map { words.duration(milliseconds: $0) } == [
                "0 s", "89 s", "1 min", "1 h 30 min", "2 d 0 h",
            ]
        )
        #expect(words.moment(1_795_330_000_000) == "2026-11-22 07:46:40")
    }
}
