package import HTTPRoutes
package import Hummingbird
package import Logging
import Synchronization
import Telemetry
package import Timekeeping
import WireMessages

/// Answers monitors, and whoever looks at the server with a browser.
///
/// Every page is a function of the server's status. Whatever the number of requests, each is made anew only so often: asking
/// for the status takes the lock that joins need (robustness.md, W24).
package final class BootstrapPages: Sendable {
    /// How often in a second a page is made anew. More than monitors and people ask; what is asked above that gets the last one.
    package static let freshPagesPerSecond = 20

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

    private let basePath: BasePath
    private let now: @Sendable () -> Moment
    private let status: @Sendable () throws -> BootstrapStatus
    private let logger: Logger
    /// One for each page and format.
    private let kept = Mutex<[Key: Kept]>([:])

    package init(
        basePath: BasePath,
        logger: Logger,
        now: @escaping @Sendable () -> Moment,
        status: @escaping @Sendable () throws -> BootstrapStatus
    ) {
        self.basePath = basePath
        self.logger = logger
        self.now = now
        self.status = status
    }

    /// What a GET of this target gets.
    package func page(for target: String, accept: String = "") -> MonitorPage {
        guard let route = BootstrapRoute(rawValue: basePath.path(in: target)) else {
            return .text(BootstrapRoute.list, status: .notFound)
        }
        return page(for: route, Self.format(of: route, accept))
    }

    private static func format(of route: BootstrapRoute, _ accept: String) -> MetricsFormat {
        switch route {
        case .metrics: MetricsFormat(accept: accept)
        case .prometheus: MetricsFormat(textFor: accept)
        case .landing, .info, .health, .live, .ready, .stats, .bridgeHealth, .status: .json
        }
    }

    private func page(for route: BootstrapRoute, _ format: MetricsFormat) -> MonitorPage {
        let key = Key(route: route, format: format)
        let now = now()
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
            let status = try status()
            switch route {
            case .landing, .info: return status.landingPage(under: basePath)
            case .health: return status.healthPage
            case .live: return .json(RawJSON.object { $0.member("status", "ok") }.bytes)
            case .ready: return status.readinessPage
            case .stats: return .json(status.stats)
            case .bridgeHealth:
                return .json(
                    status.pool.bridgeHealth,
                    status: status.pool.unavailable == 0 ? .ok : .serviceUnavailable
                )
            case .status: return .json(BootstrapServer.statusBody(status))
            case .metrics, .prometheus:
                let body =
                    switch format {
                    case .json: status.metrics(at: now)
                    case .openMetrics: status.metricsText(.openMetrics)
                    case .prometheus: status.metricsText(.prometheus)
                    }
                return MonitorPage(body, contentType: format.contentType)
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
            switch route {
            case .bridgeHealth:
                body.member("healthy", false)
                body.member("error", text)
                body.member("timestamp", now.unixMilliseconds)
            case .landing, .info, .health, .live, .ready, .stats, .metrics, .prometheus, .status:
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
            var response = page(for: request.head.path ?? "/", accept: request.accept).response
            if request.method == .options {
                response.headers[.allow] = Self.methods
                response.headers[.accessControlAllowMethods] = Self.methods
            }
            return request.method == .head ? response.withoutBody : response
        }
    }

    private static let methods = "GET, HEAD, OPTIONS"
}
