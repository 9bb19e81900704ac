import BridgeCore
import HTTPRoutes
import Hummingbird
import Kademlia
import Telemetry
import WireMessages

extension BridgeNode {
    /// Plain HTTP on the WebSocket port: 426 for every path (protocol.md 6.2).
    static func upgradeRequired() -> some HTTPResponder<BasicRequestContext> {
        CallbackResponder { _, _ -> Response in
            var response = MonitorPage.text("Upgrade Required", status: .upgradeRequired).response
            response.headers[.upgrade] = "websocket"
            return response
        }
    }

    /// The metrics port (protocol.md 6.2). Existing keys keep their names; `connectedPeers` counts who is connected now, and
    /// not, as existing bridges do, everybody who ever was.
    func monitoring() -> some HTTPResponder<BasicRequestContext> {
        CallbackResponder { [self] request, _ -> Response in
            guard request.method != .options else { return MonitorPage.json([]).response.readableByGet }
            let path = BasePath.root.path(in: request.head.path ?? "/")
            let response = page(at: path, accept: request.accept).response.readableByGet
            return request.method == .head ? response.withoutBody : response
        }
    }

    private func page(at path: String, accept: String) -> MonitorPage {
        switch path {
        case "/health":
            // Container checks read the status alone (protocol.md 6.3).
            let status = status()
            return .json(Self.health(status).compact, status: status.isHealthy ? .ok : .serviceUnavailable)
        case "/metrics": return metricsPage(MetricsFormat(accept: accept))
        case "/metrics/prometheus": return metricsPage(MetricsFormat(textFor: accept))
        case "/status": return .json(statusReport().indented)
        default: return .json(Array(#"{"error":"Not found"}"#.utf8), status: .notFound)
        }
    }

    private func metricsPage(_ format: MetricsFormat) -> MonitorPage {
        switch format {
        case .json: .json(metricsReport().indented)
        case .openMetrics: MonitorPage(metricsText(.openMetrics), contentType: format.contentType)
        case .prometheus: MonitorPage(metricsText(.prometheus), contentType: format.contentType)
        }
    }

    private static func health(_ status: BridgeNodeStatus) -> MonitorReport {
        [
            // Null before the start, as with existing bridges.
            ("healthy", status.address == nil ? .null : .flag(status.isHealthy)),
            ("uptime", .number(status.uptimeMilliseconds)),
            ("connectedPeers", .count(status.peersConnected)),
            ("timestamp", .number(SystemClock.unixMilliseconds())),
            ("nodeType", .text("bridge")),
            ("linksOpen", .count(status.linksOpen)),
        ]
    }

    private func metricsReport() -> MonitorReport {
        let status = status()
        return [
            ("uptime", .number(status.uptimeMilliseconds)),
            ("connectedPeers", .count(status.peersConnected)),
            ("peerAnnouncements", .count(status.peersConnectedTotal)),
            ("authorizedBootstrap", .count(status.linksOpen)),
            ("timestamp", .number(SystemClock.unixMilliseconds())),
        ] + Self.additions(status) + resources().monitored
    }

    private func statusReport() -> MonitorReport {
        let status = status()
        return [
            ("nodeType", .text("bridge")),
            ("nodeId", .text(status.nodeID.description)),
            ("uptime", .number(status.uptimeMilliseconds)),
            ("connectedPeers", .count(status.peersConnected)),
            ("peerAnnouncements", .count(status.peersConnectedTotal)),
            ("authorizedBootstrap", .count(status.linksOpen)),
            ("bridgePort", .count(boundPorts.sockets)),
            ("metricsPort", .count(boundPorts.metrics)),
            ("isHealthy", .flag(status.isHealthy)),
            ("address", status.address.map(MonitorReport.Value.text) ?? .null),
        ] + Self.additions(status) + resources().monitored
            + [("bootstraps", .list(status.dialIns.map(Self.report)))]
    }

    private static func report(_ dialIn: BridgeNodeStatus.DialIn) -> MonitorReport {
        [
            ("address", .text(dialIn.address)),
            ("status", .text(dialIn.status)),
            ("forMs", .number(dialIn.forMilliseconds)),
            ("lastError", dialIn.lastError.map(MonitorReport.Value.text) ?? .null),
            ("proven", .flag(dialIn.isProven)),
            ("dials", .count(dialIn.dials)),
        ]
    }

    /// Ours, after the existing keys.
    private static func additions(_ status: BridgeNodeStatus) -> MonitorReport {
        [
            ("linksOpen", .count(status.linksOpen)),
            ("linksOpened", .count(status.linksOpenedTotal)),
            ("linksRefused", .count(status.linksRefused)),
            ("requests", .count(status.requests)),
            ("answered", .count(status.answered)),
            ("busy", .count(status.busy)),
            ("failed", .count(status.failed)),
            ("expired", .count(status.expired)),
            ("timedOut", .count(status.timedOut)),
            ("cancelled", .count(status.cancelled)),
            ("queueDepth", .count(status.queueDepth)),
            ("routingNodes", .count(status.routingNodes)),
        ] + activity(status.counters) + [("relaySessions", .count(status.relaySessions))]
    }

    /// What an operator asks after when helpers, peers or bootstraps behave oddly.
    private static func activity(_ counters: BridgeCounters) -> MonitorReport {
        [
            ("repeated", .count(counters.repeated)),
            ("instructionsFailed", .count(counters.instructionsFailed)),
            ("cancelsIgnored", .count(counters.cancelsIgnored)),
            ("introductionsAccepted", .count(counters.introductionsAccepted)),
            ("introductionsConnected", .count(counters.introductionsConnected)),
            ("introductionsFailed", .count(counters.introductionsFailed)),
            ("introductionsSilent", .count(counters.introductionsSilent)),
            ("outcomesIgnored", .count(counters.outcomesIgnored)),
            ("reconnectionsGranted", .count(counters.reconnectionsGranted)),
            ("reconnectionsRefused", .count(counters.reconnectionsRefused)),
            ("dials", .count(counters.dials)),
            ("lookups", .count(counters.lookups)),
            ("recoveries", .count(counters.recoveries)),
            ("messagesRefused", .count(counters.messagesRefused)),
            ("messagesDropped", .count(counters.messagesDropped)),
            ("floods", .count(counters.floods)),
        ]
    }
}

extension Response {
    /// With the header that existing bridges send with every response.
    fileprivate var readableByGet: Response {
        var response = self
        response.headers[.accessControlAllowMethods] = "GET, OPTIONS"
        return response
    }
}
