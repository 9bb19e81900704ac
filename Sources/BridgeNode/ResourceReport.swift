import BridgeCore
import Logging
package import Telemetry
import Timekeeping

/// What a bridge has in hand and what that costs it, at one moment: the same numbers for the log and for monitors.
package struct ResourceReport: Sendable, Equatable {
    /// Open sockets of any kind; more than the four kinds below have, by those that are being opened or closed.
    package var connections: Int
    /// Bootstraps that came to us and proved the secret.
    package var links: Int
    /// Bootstraps that we dialled and that registered us.
    package var dialIns: Int
    /// Sockets of DHT peers; a peer may have several.
    package var peers: Int
    /// Sockets that have not said what they are.
    package var undecided: Int
    package var connectionLimit: Int
    package var queueDepth: Int
    package var queueCapacity: Int
    package var inFlight: Int
    /// Onboarding requests that ended, in whichever way.
    package var processed: Int
    package var answered: Int
    package var busy: Int
    package var expired: Int
    package var process: ProcessResources
    /// Resident bytes above which no new peer is let in; nil: no limit.
    package var memoryLimit: Int?
    package var isShortOfMemory: Bool
    package var descriptorLimit: Int?

    init(
        _ status: BridgeStatus,
        _ process: ProcessResources,
        connectionLimit: Int,
        queueCapacity: Int,
        pressure: MemoryPressure?,
        descriptorLimit: Int?
    ) {
        connections = status.connections
        dialIns = status.linksDialled
        links = status.linksOpen - dialIns
        peers = status.peerSockets
        undecided = status.undecided
        queueDepth = status.queueDepth
        inFlight = status.inFlight
        processed = status.counters.processed
        answered = status.counters.answered
        busy = status.counters.busy
        expired = status.counters.expired
        memoryLimit = pressure?.limit
        isShortOfMemory = pressure?.isOn ?? false
        self.process = process
        self.connectionLimit = connectionLimit
        self.queueCapacity = queueCapacity
        self.descriptorLimit = descriptorLimit
    }

    /// For the log; what the kernel does not tell is left out.
    var facts: Logger.Metadata {
        var facts = Logger.Metadata([
            .connections: "\(connections)",
            .links: "\(links)",
            .dialIns: "\(dialIns)",
            .peers: "\(peers)",
            .undecided: "\(undecided)",
            .queueDepth: "\(queueDepth)",
            .inFlight: "\(inFlight)",
            .processed: "\(processed)",
            .answered: "\(answered)",
            .busy: "\(busy)",
            .expired: "\(expired)",
        ])
        facts[.resident] = process.residentBytes.map { "\($0)" }
        facts[.memoryLimit] = memoryLimit.map { "\($0)" }
        facts[.fds] = process.openDescriptors.map { "\($0)" }
        facts[.fdLimit] = descriptorLimit.map { "\($0)" }
        facts[.threads] = process.threads.map { "\($0)" }
        facts[.processorTime] = process.processorTime.map { "\($0.wholeMilliseconds)" }
        return facts
    }

    /// For `/metrics` and `/status`, after the keys that were there before; null is what the kernel does not tell, and no limit.
    var monitored: MonitorReport {
        func orNull(_ count: Int?) -> MonitorReport.Value { count.map(MonitorReport.Value.count) ?? .null }
        return [
            ("connections", .count(connections)),
            ("connectionsLinks", .count(links)),
            ("connectionsDialIns", .count(dialIns)),
            ("connectionsPeers", .count(peers)),
            ("connectionsUndecided", .count(undecided)),
            ("connectionLimit", .count(connectionLimit)),
            ("queueCapacity", .count(queueCapacity)),
            ("inFlight", .count(inFlight)),
            ("processed", .count(processed)),
            ("residentBytes", orNull(process.residentBytes)),
            ("memoryLimitBytes", orNull(memoryLimit)),
            ("shortOfMemory", .flag(isShortOfMemory)),
            ("openFds", orNull(process.openDescriptors)),
            ("fdLimit", orNull(descriptorLimit)),
            ("threads", orNull(process.threads)),
            ("cpuMs", process.processorTime.map { .number($0.wholeMilliseconds) } ?? .null),
        ]
    }
}

extension BridgeCounters {
    /// Onboarding requests that ended; `requests` minus those that wait, are in work, or lost their link.
    var processed: Int { answered + busy + failed + expired + timedOut + cancelled }
}
