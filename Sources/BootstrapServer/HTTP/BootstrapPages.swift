package import HTTPRoutes
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import NIOPosix
package import Observation
import Synchronization
import Telemetry
package import Timekeeping
import WireMessages

/// What pages are made of.
package protocol BootstrapPageSource: Sendable {
    func moment() -> Moment
    func status() throws -> BootstrapStatus
    /// The document of `/api/v1/overview`.
    func overview(_ status: BootstrapStatus) -> [UInt8]
    /// Updates of it, the first at once; nil: there are enough readers already.
    func overviewUpdates() throws -> AsyncStream<[UInt8]>?
    /// Blocks on a disk.
    func events(_ query: EventQuery) throws -> [OperatorEvent]
    /// How a join went. Blocks on a disk.
    func joinPage(_ id: String) -> MonitorPage
}

/// Answers monitors, and whoever looks at the server with a browser.
///
/// Every page is a function of the server's status. Whatever the number of requests, each is made anew only so often: asking
/// for the status takes the lock that joins need (robustness.md, W24). What is read from disk is read for a few at a time.
package final class BootstrapPages: Sendable {
    package struct Configuration: Sendable {
        package var basePath: BasePath
        /// Whether the live page and `/api/v1` are served here.
        package var servesOperatorPages = true

        package init(basePath: BasePath) {
            self.basePath = basePath
        }
    }

    /// How often in a second a page is made anew. More than monitors and people ask; what is asked above that gets the last one.
    package static let freshPagesPerSecond = 20
    /// How many requests may wait for the disk at a time.
    package static let maxLookups = 4

    private struct Key: Hashable, Sendable {
        var route: BootstrapRoute
        var format: MetricsFormat
    }

    private struct Kept: Sendable {
        var page: MonitorPage
        /// In which second it was made, and how many were in that second.
        var second: Int64
        var made: Int
    }

    private let configuration: Configuration
    private let source: any BootstrapPageSource
    private let logger: Logger
    /// One for each page and format.
    private let kept = Mutex<[Key: Kept]>([:])
    private let lookups = Mutex(0)

    package init(configuration: Configuration, source: any BootstrapPageSource, logger: Logger) {
        self.configuration = configuration
        self.source = source
        self.logger = logger
    }

    private var notFound: MonitorPage {
        .text(BootstrapRoute.list(withOperatorPages: configuration.servesOperatorPages), status: .notFound)
    }

    /// What a GET of this target gets, of what can be said at once: all but streams and what is on disk.
    package func page(for target: String, accept: String = "") -> MonitorPage {
        guard let (route, _) = route(of: target) else { return notFound }
        return page(for: route, target, accept)
    }

    private func route(of target: String) -> (BootstrapRoute, rest: String)? {
        guard let found = BootstrapRoute.find(configuration.basePath.path(in: target)),
            configuration.servesOperatorPages || !found.0.isForOperators
        else { return nil }
        return found
    }

    private func page(for route: BootstrapRoute, _ target: String, _ accept: String) -> MonitorPage {
        switch route {
        case .landing where configuration.servesOperatorPages && Self.isBrowser(accept):
            return .redirect(to: Self.relativeDashboard(from: target))
        // Addresses on the page are relative to its own.
        case .dashboard where Self.endsWithSlash(target): return .redirect(to: "../\(Self.dashboardName)")
        case .dashboard, .dashboardStyle, .dashboardScript: return .livePage(route)
        case .landing, .info, .health, .live, .ready, .stats, .metrics, .prometheus, .bridgeHealth, .status, .overview,
            .overviewStream, .events, .joins:
            return keptPage(for: route, Self.format(of: route, accept))
        }
    }

    private static func format(of route: BootstrapRoute, _ accept: String) -> MetricsFormat {
        switch route {
        case .metrics: MetricsFormat(accept: accept)
        case .prometheus: MetricsFormat(textFor: accept)
        case .landing, .info, .health, .live, .ready, .stats, .bridgeHealth, .status, .dashboard, .dashboardStyle,
            .dashboardScript, .overview, .overviewStream, .events, .joins:
            .json
        }
    }

    private func keptPage(for route: BootstrapRoute, _ format: MetricsFormat) -> MonitorPage {
        let key = Key(route: route, format: format)
        let now = source.moment()
        let second = now.instant.nanoseconds / 1_000_000_000
        let last = kept.withLock { kept -> MonitorPage? in
            guard var entry = kept[key], entry.second == second else { return nil }
            if entry.made >= Self.freshPagesPerSecond { return entry.page }
            entry.made += 1
            kept[key] = entry
            return nil
        }
        if let last { return last }
        let page = make(route, format, at: now)
        kept.withLock { kept in
            let isFirst = kept[key]?.second != second
            kept[key] = Kept(page: page, second: second, made: isFirst ? 1 : kept[key]?.made ?? 1)
        }
        return page
    }

    private func make(_ route: BootstrapRoute, _ format: MetricsFormat, at now: Moment) -> MonitorPage {
        // Says that this process answers, and so asks nothing of it.
        if route == .live { return .json(RawJSON.object { $0.member("status", "ok") }.bytes) }
        do {
            let status = try source.status()
            switch route {
            case .landing, .info: return status.landingPage(under: configuration.basePath)
            case .health: return status.healthPage
            case .ready: return status.readinessPage
            case .stats: return .json(status.stats)
            case .bridgeHealth:
                return .json(
                    status.pool.bridgeHealth,
                    status: status.pool.unavailable == 0 ? .ok : .serviceUnavailable
                )
            case .status: return .json(BootstrapServer.statusBody(status))
            case .overview:
                var page = MonitorPage.json(source.overview(status))
                page.headers = [.cacheControl: "no-store"]
                return page
            case .metrics, .prometheus:
                let body =
                    switch format {
                    case .json: status.metrics(at: now)
                    case .openMetrics: status.metricsText(.openMetrics)
                    case .prometheus: status.metricsText(.prometheus)
                    }
                return MonitorPage(body, contentType: format.contentType)
            case .live, .dashboard, .dashboardStyle, .dashboardScript, .overviewStream, .events, .joins: return notFound
            }
        } catch {
            logger.error("page could not be made", [.path: "\(route.rawValue)", .reason: "\(error)"])
            return Self.failure(of: route, at: now)
        }
    }

    /// As monitors know it (protocol.md 6.1). Why it failed is for the log.
    private static func failure(of route: BootstrapRoute, at now: Moment) -> MonitorPage {
        let text = "internal error"
        let body = RawJSON.object { body in
            if route == .bridgeHealth {
                body.member("healthy", false)
                body.member("error", text)
                body.member("timestamp", now.unixMilliseconds)
            } else {
                body.member("status", "error")
                body.member("message", text)
            }
        }
        return .json(body.bytes, status: .internalServerError)
    }
}

extension BootstrapPages {
    /// The pages as the HTTP side of a port. OPTIONS says what GET says, as existing servers do, and which methods there are.
    package func responder() -> some HTTPResponder<BasicRequestContext> {
        CallbackResponder { [self] request, _ -> Response in
            guard [.get, .head, .options].contains(request.method) else {
                var response = MonitorPage.text("Method Not Allowed\n", status: .methodNotAllowed).response
                response.headers[.allow] = Self.methods
                return response
            }
            var response = await respond(to: request)
            if request.method == .options {
                response.headers[.allow] = Self.methods
                response.headers[.accessControlAllowMethods] = Self.methods
            }
            return request.method == .head ? response.withoutBody : response
        }
    }

    private static let methods = "GET, HEAD, OPTIONS"

    private func respond(to request: Request) async -> Response {
        let target = request.head.path ?? "/"
        guard let (route, rest) = route(of: target) else { return notFound.response }
        switch route {
        case .overviewStream where request.method == .get: return stream()
        case .overviewStream: return MonitorPage([], contentType: Self.eventStream).response
        case .events: return await lookUp { try self.eventsPage(target) }.response
        case .joins: return await lookUp { self.source.joinPage(rest) }.response
        case .landing, .info, .health, .live, .ready, .stats, .metrics, .prometheus, .bridgeHealth, .status, .dashboard,
            .dashboardStyle, .dashboardScript, .overview:
            return page(for: route, target, request.accept).response
        }
    }

    // MARK: What is on disk

    private func lookUp(_ find: @escaping @Sendable () throws -> MonitorPage) async -> MonitorPage {
        let hasRoom = lookups.withLock { lookups in
            guard lookups < Self.maxLookups else { return false }
            lookups += 1
            return true
        }
        guard hasRoom else {
            var page = MonitorPage.error("busy", "too many such questions at once", status: .serviceUnavailable)
            page.headers[.retryAfter] = "1"
            return page
        }
        defer { lookups.withLock { $0 -= 1 } }
        do {
            var page = try await NIOThreadPool.singleton.runIfActive { try find() }
            page.headers[.cacheControl] = "no-store"
            return page
        } catch let error as EventQuery.Malformed {
            return .error("bad_request", error.description, status: .badRequest)
        } catch {
            logger.error("history could not be read", [.reason: "\(error)"])
            return .error("history_unavailable", "the history could not be read", status: .internalServerError)
        }
    }

    private func eventsPage(_ target: String) throws -> MonitorPage {
        let events = try source.events(EventQuery(target: target))
        let body = RawJSON.object { body in
            body.key("events")
            body.beginArray()
            for event in events { event.write(to: &body) }
            body.endArray()
        }
        return .json(body.bytes)
    }

    // MARK: Streams

    private static let eventStream = "text/event-stream"

    private func stream() -> Response {
        let updates: AsyncStream<[UInt8]>?
        do { updates = try source.overviewUpdates() } catch {
            return Self.failure(of: .overviewStream, at: source.moment()).response
        }
        guard let updates else {
            var page = MonitorPage.error("busy", "too many readers of this stream", status: .serviceUnavailable)
            page.headers[.retryAfter] = "30"
            return page.response
        }
        let body = ResponseBody(asyncSequence: updates.map { @Sendable update in Self.event(update) })
        var headers: HTTPFields = [.contentType: Self.eventStream, .cacheControl: "no-store"]
        // nginx would hold it back.
        if let buffering = HTTPField.Name("X-Accel-Buffering") { headers[buffering] = "no" }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// https://html.spec.whatwg.org/multipage/server-sent-events.html: an update has no line break in it, as it is compact JSON.
    private static func event(_ update: [UInt8]) -> ByteBuffer {
        var event = ByteBuffer()
        event.writeString("event: overview\ndata: ")
        event.writeBytes(update)
        event.writeString("\n\n")
        return event
    }
}

extension BootstrapPages {
    private static let dashboardName = "dashboard"

    /// Browsers name HTML first; monitors and scripts do not.
    private static func isBrowser(_ accept: String) -> Bool { accept.lowercased().contains("text/html") }

    private static func endsWithSlash(_ target: String) -> Bool {
        target.prefix { $0 != "?" && $0 != "#" }.hasSuffix("/")
    }

    /// From `/ws/` it is `dashboard`, from `/ws` it is `ws/dashboard`. Nothing but the name of our own base can come into it.
    private static func relativeDashboard(from target: String) -> String {
        let path = target.prefix { $0 != "?" && $0 != "#" }
        guard !path.hasSuffix("/"), let last = path.split(separator: "/").last else { return dashboardName }
        return "\(last)/\(dashboardName)"
    }
}
