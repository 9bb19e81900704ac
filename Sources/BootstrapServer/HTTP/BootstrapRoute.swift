/// What the bootstrap server answers over HTTP (protocol.md 6.1), and what is new.
package enum BootstrapRoute: String, CaseIterable, Sendable {
    case landing = "/"
    case info = "/info"
    case health = "/health"
    case live = "/health/live"
    case ready = "/health/ready"
    case stats = "/stats"
    case metrics = "/metrics"
    case prometheus = "/metrics/prometheus"
    case bridgeHealth = "/bridge-health"
    case status = "/api/v1/status"
    case dashboard = "/dashboard"
    case dashboardStyle = "/dashboard.css"
    case dashboardScript = "/dashboard.js"
    case overview = "/api/v1/overview"
    case overviewStream = "/api/v1/overview/stream"
    case events = "/api/v1/events"
    /// Followed by the id of a join.
    case joins = "/api/v1/joins/"

    /// For whoever asks for something else.
    private var purpose: String {
        switch self {
        case .landing, .info: "what this server is"
        case .health: "that it runs, and how many peers are registered"
        case .live: "that the process answers"
        case .ready: "whether newcomers can be sent here"
        case .stats: "its numbers"
        case .metrics: "how well peers connect, as JSON or for Prometheus by Accept"
        case .prometheus: "all numbers for Prometheus"
        case .bridgeHealth: "whether its bridges can be asked"
        case .status: "joins, introductions and the links to the bridges in detail"
        case .dashboard: "the live page"
        case .dashboardStyle, .dashboardScript: "part of it"
        case .overview: "what the live page shows"
        case .overviewStream: "the same every second, as server-sent events"
        case .events: "what happened; ?from= and ?until= in ms since 1970, ?kind=, ?limit="
        case .joins: "how one join went, by the id in its receipt"
        }
    }

    /// For operators, who may keep it from the port of the peers.
    var isForOperators: Bool {
        switch self {
        case .dashboard, .dashboardStyle, .dashboardScript, .overview, .overviewStream, .events, .joins, .status: true
        case .landing, .info, .health, .live, .ready, .stats, .metrics, .prometheus, .bridgeHealth: false
        }
    }

    /// The route of a path, and the rest of it where there is one to be.
    static func find(_ path: String) -> (BootstrapRoute, rest: String)? {
        if path.hasPrefix(joins.rawValue) { return (.joins, String(path.dropFirst(joins.rawValue.count))) }
        guard let route = BootstrapRoute(rawValue: path), route != .joins else { return nil }
        return (route, "")
    }

    /// The text of a 404.
    static func list(withOperatorPages: Bool) -> String {
        let shown = allCases.filter {
            $0 != .dashboardStyle && $0 != .dashboardScript && (withOperatorPages || !$0.isForOperators)
        }
        let width = shown.reduce(0) { max($0, $1.rawValue.count) }
        let lines = shown.map { route in
            "  \(route.rawValue)\(String(repeating: " ", count: width - route.rawValue.count))  \(route.purpose)\n"
        }
        return "Not Found\n\nAvailable endpoints:\n" + lines.joined()
    }
}
