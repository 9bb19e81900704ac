import BootstrapServer
import HTTPRoutes
import Observation
import Synchronization
import Testing
import Timekeeping
import WireMessages

/// What the pages do when something goes wrong, or when many ask.
@Suite struct PagesTests {
    private struct Broken: Error {}

    private final class Source: BootstrapPageSource {
        let asked = Mutex(0)
        let now = Mutex(Instant.zero)

        var pages: BootstrapPages {
            BootstrapPages(configuration: .init(basePath: .root), source: self, logger: quiet)
        }

        func moment() -> Moment { Moment(instant: now.withLock { $0 }, unixMilliseconds: 7) }

        func status() throws -> BootstrapStatus {
            asked.withLock { $0 += 1 }
            throw Broken()
        }

        func overview(_ status: BootstrapStatus) -> [UInt8] { [] }
        func overviewUpdates() throws -> AsyncStream<[UInt8]>? { throw Broken() }
        func events(_ query: EventQuery) throws -> [OperatorEvent] { throw Broken() }
        func joinPage(_ id: String) -> MonitorPage { .text("") }
    }

    @Test(arguments: [
        ("/health", #"{"status":"error","message":"internal error"}"#),
        ("/stats", #"{"status":"error","message":"internal error"}"#),
        ("/bridge-health", #"{"healthy":false,"error":"internal error","timestamp":7}"#),
    ])
    func internalErrorIs500WithTheBodyThatMonitorsKnow(target: String, body: String) {
        let page = Source().pages.page(for: target)
        #expect(page.statusCode == 500)
        #expect(page.contentType == "application/json")
        #expect(String(decoding: page.body, as: UTF8.self) == body)
    }

    /// robustness.md, W24.
    @Test func pageIsMadeOnlySoOftenInASecond() {
        let source = Source()
        let pages = source.pages
        for _ in 0..<1_000 { _ = pages.page(for: "/metrics") }
        #expect(source.asked.withLock { $0 } == BootstrapPages.freshPagesPerSecond)
        _ = pages.page(for: "/health")
        #expect(source.asked.withLock { $0 } == BootstrapPages.freshPagesPerSecond + 1, "others are fresh")
        source.now.withLock { $0 = $0 + .seconds(1) }
        _ = pages.page(for: "/metrics")
        #expect(source.asked.withLock { $0 } == BootstrapPages.freshPagesPerSecond + 2, "a second later it is, too")
        for _ in 0..<1_000 { _ = pages.page(for: "/metrics", accept: "application/openmetrics-text") }
        #expect(source.asked.withLock { $0 } == 2 * BootstrapPages.freshPagesPerSecond + 2, "each format has its own")
        for _ in 0..<1_000 { _ = pages.page(for: "/nothing") }
        #expect(
            source.asked.withLock { $0 } == 2 * BootstrapPages.freshPagesPerSecond + 2,
            "an unknown path costs none"
        )
    }
}

@Suite struct MetricsFormatTests {
    @Test(arguments: [
        ("", MetricsFormat.json), ("*/*", .json), ("application/json", .json), ("text/plain", .json),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .json),
        ("application/json, text/plain, */*", .json),
        ("application/openmetrics-text", .openMetrics), ("Application/OpenMetrics-Text; version=1.0.0", .openMetrics),
        ("text/plain;version=0.0.4", .prometheus), ("text/plain; charset=utf-8; version=0.0.4", .prometheus),
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
        ),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.6,"
                + "*/*;q=0.1", .prometheus
        ),
        ("application/openmetrics-text, */*", .openMetrics), ("application/openmetrics-text;q=0.5, */*", .json),
        ("application/openmetrics-text, application/json", .json),
        ("application/openmetrics-text, application/json;q=0.9", .openMetrics),
        ("application/openmetrics-text;q=0", .json), ("application/openmetrics-text;q=x", .json),
        ("application/openmetrics-text;q=9", .json), (";;,,;q=1,", .json),
    ])
    func formatIsWhatIsLikedBest(accept: String, format: MetricsFormat) {
        #expect(MetricsFormat(accept: accept) == format)
    }

    @Test func textIsTheOlderOneUnlessAskedOtherwise() {
        #expect(MetricsFormat(textFor: "") == .prometheus)
        #expect(MetricsFormat(textFor: "application/json") == .prometheus)
        #expect(MetricsFormat(textFor: "application/openmetrics-text") == .openMetrics)
    }
}

@Suite struct BasePathTests {
    @Test(arguments: [("/ws", "/ws"), ("/ws/", "/ws"), ("/", "/"), ("/a/b-c.d_e~1", "/a/b-c.d_e~1")])
    func pathIsRead(text: String, path: String) {
        #expect(BasePath(text)?.description == path)
    }

    @Test(arguments: [
        "", "ws", "//", "/ws//x", "/..", "/ws/./x", "/a b", "/%77s", "/ws?x", "/ws#x", "/\u{e9}",
        "/" + String(repeating: "a", count: 200),
    ])
    func otherTextIsRefused(text: String) {
        #expect(BasePath(text) == nil)
    }

    @Test(arguments: [
        ("/health", "/health"), ("/ws/v1/health", "/health"), ("/ws/v1", "/"), ("/ws/v1/", "/"), ("/ws", "/ws"),
        ("//ws///v1//health/", "/health"), ("/ws/v1/ws/v1/health", "/ws/v1/health"), ("/health?/ws/v1", "/health"),
        ("https://a.b/ws/v1/health#x", "/health"), ("http://a.b", "/"), ("", "/"),
        ("/%77s/v1/health", "/%77s/v1/health"),
    ])
    func pathBehindTheBaseIsTheServersOwn(target: String, path: String) {
        #expect(BasePath("/ws/v1")?.path(in: target) == path)
    }
}
