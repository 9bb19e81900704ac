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
        }
    }

    /// The text of a 404.
    static let list: String = {
        let width = allCases.reduce(0) { max($0, $1.rawValue.count) }
        let lines = allCases.map { route in
            "  \(route.rawValue)\(String(repeating: " ", count: width - route.rawValue.count))  \(route.purpose)\n"
        }
        return "Not Found\n\nAvailable endpoints:\n" + lines.joined()
    }()
}
