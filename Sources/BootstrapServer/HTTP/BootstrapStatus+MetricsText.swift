import BootstrapCore
import BridgeLink
import LinkCore
import Observation
import Telemetry
import Timekeeping

extension BootstrapStatus {
    /// The numbers for Prometheus. All values of labels come from closed lists and are always there, so series neither grow nor
    /// come and go (robustness.md, P-OBS).
    func metricsText(_ dialect: MetricsText.Dialect) -> [UInt8] {
        var text = MetricsText(dialect)
        writeClients(to: &text)
        writeJoins(to: &text)
        pool.writeMetrics(to: &text)
        writeStatistics(to: &text)
        writeHealth(to: &text)
        ProcessMetrics.write(role: "bootstrap", to: &text)
        return text.finished()
    }

    private func writeClients(to text: inout MetricsText) {
        text.gauge("connections", "Open WebSocket connections, registered or not.", connections)
        text.gauge("registered_peers", "Registered connections, bridges included.", registeredPeers)
        text.gauge("registered_peers_limit", "Registered peers that there is room for.", maxPeers)
        text.gauge("draining", "1 while the server prepares to stop.", isDraining ? 1 : 0)
        text.counter("connections_opened", "WebSocket connections since the start.", counters.connections)
        text.counter("registrations", "Accepted registrations.", counters.registrations)
        text.counter(
            "registrations_refused",
            "Registrations that were refused or not believed.",
            by: "reason",
            [
                ("version", counters.versionMismatches), ("full", counters.refusedFull),
                ("unproven_bridge", counters.unprovenBridges), ("unproven_key", counters.refusedUnproven),
                ("wrong_proof", counters.failedProofs), ("id_held", counters.refusedIDs),
            ]
        )
        text.counter("key_proofs", "Clients that proved the key that their id is made of.", counters.proofs)
        text.counter("id_contests", "Registrations under an id that another connection held.", counters.contests)
        text.counter("id_takeovers", "Those that took it over.", counters.takeovers)
        text.counter(
            "reconnections",
            "Peers that came with a membership token, by whether it was good.",
            by: "outcome",
            [("granted", counters.reconnections), ("refused", counters.tokensRefused)]
        )
        text.counter(
            "messages_refused",
            "Messages of clients that had no effect.",
            by: "reason",
            [
                ("malformed", counters.malformed), ("unknown_type", counters.unknownMessages),
                ("unhandled_type", counters.unhandledMessages), ("foreign_sender", counters.foreignSenders),
                ("not_a_bridge", counters.foreignAnswers),
            ]
        )
    }

    private func writeJoins(to text: inout MetricsText) {
        text.counter("join_requests", "Questions of newcomers, repeats included.", counters.asked)
        text.counter(
            "joins",
            "Questions of newcomers that ended.",
            by: "outcome",
            [
                ("peer_found", counters.peerFound), ("degraded", counters.degraded), ("busy", counters.busy),
                ("failed", counters.failed), ("stopping", counters.stopping),
            ]
        )
        text.counter("invitations", "Invitations passed on.", counters.invitations)
        text.counter("invitations_accepted", "Invitations accepted.", counters.invitationsAccepted)
        text.counter("introductions", "Helpers named to newcomers.", counters.introductions)
        text.counter(
            "introduction_outcomes",
            "What became of helpers named to newcomers. One is accepted before it is another.",
            by: "outcome",
            [
                ("accepted", counters.introductionsAccepted), ("connected", counters.introductionsConnected),
                ("silent", counters.introductionsSilent), ("failed", counters.introductionsFailed),
                ("not_followed", counters.introductionsUnfollowed),
            ]
        )
    }

    private func writeHealth(to text: inout MetricsText) {
        text.gauge("ready", "1 while newcomers can be led in from here.", isReady ? 1 : 0)
        text.histogram(
            "join_answer_seconds",
            "From a newcomer's question to its answer, where that named somebody to connect to.",
            observed.answerTimes
        )
        text.counter(
            "unhelped",
            "Newcomers that got no helper, by why.",
            by: "reason",
            UnhelpedReason.allCases.map { ($0.rawValue, observed.unhelped[$0]) }
        )
        text.counter("joins_abandoned", "Questions whose newcomer left before the answer.", observed.counts.abandoned)
        text.gauge(
            "peers_by_kind",
            "Registered clients by what they say they run as.",
            by: "kind",
            PeerKind.allCases.map { ($0.rawValue, peerKinds[$0]) }
        )
        text.counter("network_renewals", "Networks begun anew, since nobody was left.", counters.renewals)
        text.gauge(
            "probe_success",
            "1 if the last trial join got in; 0 also before there was one.",
            probe?.last.isGood == true ? 1 : 0
        )
        text.counter(
            "probes",
            "Trial joins of the server itself.",
            by: "outcome",
            [("success", probe?.succeeded ?? 0), ("failure", probe?.failed ?? 0)]
        )
        let took = probe?.last.took ?? .zero
        text.gauge(
            "probe_last_run_timestamp_seconds",
            "When the last trial join ended, since 1970; 0 before there was one.",
            Int((probe?.last.at ?? 0) / 1_000)
        )
        text.gauge("probe_duration_seconds", "How long it took.", Double(took.wholeNanoseconds) / 1e9)
    }

    private func writeStatistics(to text: inout MetricsText) {
        let outcomes = statistics.outcomes
        text.counter(
            "peer_connection_attempts",
            "Attempts of peers to connect to each other, as they reported them.",
            by: ("type", "result"),
            OutcomeTotals.Connection.allCases.flatMap { kind in
                Self.results(kind.rawValue, outcomes.byConnection[kind])
            }
        )
        text.counter(
            "peer_nat_pair_attempts",
            "Attempts over WebRTC by the kinds of NAT between the peers.",
            by: ("nat_pair", "result"),
            OutcomeTotals.NATPair.all.flatMap { pair in Self.results(pair.text, outcomes.byNATPair[pair]) }
        )
        text.counter(
            "peer_ice_candidates",
            "Successful WebRTC connections by what they run over.",
            by: "candidate",
            OutcomeTotals.Candidate.allCases.map { ($0.rawValue, outcomes.candidates[$0, default: 0]) }
        )
        let profiles = statistics.profiles
        text.gauge("peer_profiles", "Registered clients that told of their network.", profiles.all.total)
        text.gauge("peer_profiles_ipv6", "Those that have IPv6.", profiles.all.capable)
        text.gauge("peer_profiles_needing_relay", "Those that need a relay.", profiles.needsRelay)
        text.gauge(
            "peer_profiles_by_nat",
            "Those clients by their kind of NAT.",
            by: "nat",
            ConnectionProfile.NATType.allCases.map { ($0.rawValue, profiles.natTypes[$0, default: 0]) }
        )
        text.gauge(
            "peer_profiles_by_platform",
            "Those clients by their system.",
            by: "platform",
            ConnectionProfile.Platform.allCases.map { ($0.rawValue, profiles.byPlatform[$0]?.total ?? 0) }
        )
        text.gauge(
            "peer_profiles_by_browser",
            "Those clients by their browser.",
            by: "browser",
            ConnectionProfile.Browser.allCases.map { ($0.rawValue, profiles.byBrowser[$0]?.total ?? 0) }
        )
    }

    private static func results(_ name: String, _ attempts: OutcomeTotals.Attempts?) -> [(String, String, Int)] {
        [(name, "success", attempts?.successes ?? 0), (name, "failure", attempts?.failures ?? 0)]
    }
}

extension OutcomeTotals.NATPair {
    fileprivate static let all: [Self] = ConnectionProfile.NATType.allCases.flatMap { one in
        ConnectionProfile.NATType.allCases.compactMap { other in
            one.rawValue <= other.rawValue ? Self(one, other) : nil
        }
    }
}

extension PoolReport {
    fileprivate func writeMetrics(to text: inout MetricsText) {
        text.gauge(
            "bridge_links",
            "Links to bridges by their status.",
            by: "status",
            LinkStatus.allCases.map { status in (status.rawValue, endpoints.count { $0.status == status }) }
        )
        text.gauge("bridges_available", "Bridges that can be asked.", available)
        text.gauge("bridge_requests_pending", "Questions to bridges that have not ended.", pending)
        text.gauge("bridge_requests_waiting", "Those of them that wait for a place on a link.", waiting)
        text.counter("bridge_dials", "Attempts to connect to bridges.", counters.dials)
        text.counter("bridge_links_opened", "Links that were authenticated.", counters.linksOpened)
        text.counter("bridge_links_lost", "Links that ended.", counters.linksLost)
        text.counter("bridge_ejections", "Bridges taken out of the rotation for failing.", counters.ejections)
        text.counter("bridge_requests", "Questions accepted for the bridges.", counters.accepted)
        text.counter(
            "bridge_requests_ended",
            "Questions to bridges by how they ended.",
            by: "outcome",
            [
                ("answered", counters.answered), ("refused", counters.refused), ("busy", counters.busy),
                ("timed_out", counters.timedOut), ("no_bridge", counters.noBridge), ("unusable", counters.unusable),
                ("stopped", counters.stopped), ("cancelled", counters.cancelled),
            ]
        )
        text.counter(
            "bridge_requests_repeated",
            "Questions put to a further bridge, by why.",
            by: "reason",
            [
                ("retry", counters.retries), ("second_opinion", counters.secondOpinions), ("lost_link", counters.moved),
                ("hedge", counters.hedges),
            ]
        )
        text.counter("bridge_retries_denied", "Retries beyond the budget.", counters.retriesDenied)
        text.counter("bridge_requests_turned_away", "Questions that found the line full.", counters.turnedAway)
        text.counter(
            "bridge_messages_refused",
            "Messages of bridges that had no effect.",
            by: "reason",
            [
                ("unreadable", statistics.unreadableMessages), ("unknown_request", statistics.unknownAnswers),
                ("late", counters.lateAnswers), ("foreign", counters.foreignAnswers),
            ]
        )
        text.histogram("bridge_answer_seconds", "From a question to a bridge's answer.", statistics.answerDurations)
        text.histogram("bridge_queue_seconds", "From a question to its first bridge.", statistics.queueDurations)
        text.gauge("bridge_requests_waiting_limit", "Questions that may wait for a place on a link.", waitingLimit)
        text.gauge("bridge_requests_in_flight", "Questions at bridges now.", endpoints.reduce(0) { $0 + $1.inFlight })
        text.gauge(
            "bridge_request_window",
            "Questions that the bridges which can be asked take at a time.",
            endpoints.reduce(0) { $0 + ($1.isAvailable ? $1.window : 0) }
        )
        writeBridges(to: &text)
    }

    /// One series for each configured address, which the operator chose; bridges that dial in are one together.
    private func writeBridges(to text: inout MetricsText) {
        var rows: [(name: String, endpoints: [EndpointReport])] = []
        for endpoint in endpoints {
            guard let address = endpoint.address, rows.count < Self.maxBridgeSeries else { continue }
            rows.append((BoundedText.clean(address, maxBytes: OperatorEvent.maxSubjectBytes), [endpoint]))
        }
        rows.append(("dialled_in", endpoints.filter { $0.address == nil }))
        func sum(_ path: KeyPath<EndpointReport, Int>) -> [(String, Int)] {
            rows.map { ($0.name, $0.endpoints.reduce(0) { $0 + $1[keyPath: path] }) }
        }
        text.gauge(
            "bridge_up",
            "Bridges at this address that can be asked.",
            by: "bridge",
            rows.map { ($0.name, $0.endpoints.count { $0.isAvailable }) }
        )
        text.gauge("bridge_in_flight", "Questions at the bridge now.", by: "bridge", sum(\.inFlight))
        text.gauge(
            "bridge_round_trip_seconds",
            "Smoothed round trip of the link's pings.",
            by: "bridge",
            rows.compactMap { row in
                row.endpoints.compactMap(\.roundTrip).max().map { (row.name, Double($0.wholeNanoseconds) / 1e9) }
            }
        )
        text.counter("bridge_asked", "Questions sent to the bridge.", by: "bridge", sum(\.requests))
        text.counter("bridge_timeouts", "Questions that it did not answer in time.", by: "bridge", sum(\.timeouts))
        text.counter("bridge_busy_answers", "Times that it said it is full.", by: "bridge", sum(\.busyAnswers))
        text.counter("bridge_availability_changes", "Links to it that were opened.", by: "bridge", sum(\.linksOpened))
    }

    private static let maxBridgeSeries = 64
}
