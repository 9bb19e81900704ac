import BridgeCore
import Telemetry

extension BridgeNode {
    /// The numbers of `/metrics` for Prometheus. All values of labels come from closed lists.
    func metricsText(_ dialect: MetricsText.Dialect) -> [UInt8] {
        var text = MetricsText(dialect)
        let status = status()
        Self.write(status, to: &text)
        Self.write(status.counters, to: &text)
        Self.write(resources(), to: &text)
        ProcessMetrics.write(role: "bridge", to: &text)
        return text.finished()
    }

    private static func write(_ status: BridgeNodeStatus, to text: inout MetricsText) {
        text.gauge("node_healthy", "1 while the bridge serves and is not about to stop.", status.isHealthy ? 1 : 0)
        text.gauge("connected_peers", "DHT peers connected now.", status.peersConnected)
        text.gauge("routing_nodes", "Nodes in the routing table.", status.routingNodes)
        text.gauge("bootstrap_links", "Bootstrap servers with a proven link.", status.linksOpen)
        text.gauge("relay_sessions", "Relay sessions between peers.", status.relaySessions)
        text.gauge("queue_depth", "Onboarding requests that wait.", status.queueDepth)
        text.gauge(
            "bootstraps_dialled",
            "Bootstrap servers that this bridge dials, by the status of the link.",
            by: "status",
            ["connecting", "connected", "disconnected", "failed"].map { word in
                (word, status.dialIns.count { $0.status == word })
            }
        )
    }

    private static func write(_ counters: BridgeCounters, to text: inout MetricsText) {
        text.counter("peers_connected", "DHT peers that connected since the start.", counters.peersConnected)
        text.counter("bootstrap_links_opened", "Links that proved the secret.", counters.linksOpened)
        text.counter("bootstrap_links_refused", "Links that did not.", counters.linksRefused)
        text.counter("onboarding_requests", "Onboarding requests received.", counters.requests)
        text.counter(
            "onboarding_requests_ended",
            "Onboarding requests by how they ended.",
            by: "outcome",
            [
                ("answered", counters.answered), ("busy", counters.busy), ("failed", counters.failed),
                ("expired", counters.expired), ("timed_out", counters.timedOut), ("cancelled", counters.cancelled),
            ]
        )
        text.counter("onboarding_answers_repeated", "Answers that were given a second time.", counters.repeated)
        text.counter(
            "introduction_outcomes",
            "What became of helpers that were named, where bootstraps say so. One is accepted before it is another.",
            by: "outcome",
            [
                ("accepted", counters.introductionsAccepted), ("connected", counters.introductionsConnected),
                ("failed", counters.introductionsFailed), ("silent", counters.introductionsSilent),
                ("unknown", counters.outcomesIgnored),
            ]
        )
        text.counter("instructions_failed", "Helpers that could not be told.", counters.instructionsFailed)
        text.counter(
            "reconnections",
            "Peers that came back, by whether their token was good.",
            by: "outcome",
            [("granted", counters.reconnectionsGranted), ("refused", counters.reconnectionsRefused)]
        )
        text.counter("dials", "Dials of peers and bootstrap servers.", counters.dials)
        text.counter("lookups", "Lookups in the DHT.", counters.lookups)
        text.counter("recoveries", "Times that bootstraps were asked for peers.", counters.recoveries)
        text.counter(
            "messages_refused",
            "Messages that had no effect.",
            by: "reason",
            [("malformed", counters.messagesRefused), ("too_many", counters.messagesDropped)]
        )
        text.counter("floods", "Sockets closed for sending too much.", counters.floods)
    }

    private static func write(_ resources: ResourceReport, to text: inout MetricsText) {
        text.gauge(
            "sockets",
            "Open sockets by what is at their other end.",
            by: "kind",
            [
                ("link", resources.links), ("dialled_bootstrap", resources.dialIns), ("peer", resources.peers),
                ("undecided", resources.undecided),
            ]
        )
        text.gauge("sockets_limit", "Sockets that there is room for.", resources.connectionLimit)
        text.gauge("queue_capacity", "Onboarding requests that may wait.", resources.queueCapacity)
        text.gauge("requests_in_work", "Onboarding requests in work.", resources.inFlight)
        text.gauge("short_of_memory", "1 while nobody new is let in for that.", resources.isShortOfMemory ? 1 : 0)
    }
}
