import Logging
package import NIOCore
import NIOHTTP1
import Synchronization
import WebSocketTransport
package import WireMessages

/// Runs the cases against one target.
package struct ConformanceRun: Sendable {
    package var address: TargetAddress
    /// nil: found out by asking.
    package var kind: TargetKind?
    /// Only the cases with these ids; empty: all.
    package var only: Set<String> = []
    /// The network is a throw-away one: the kit may become its first peer and play a bridge.
    package var isThrowAway = false
    /// Cases under way at a time.
    package var parallel = ConformanceDefaults.parallelCases
    private let group: any EventLoopGroup
    private let spacing = DialSpacing()

    package init(address: TargetAddress, group: any EventLoopGroup) {
        self.address = address
        self.group = group
    }

    package func callAsFunction() async throws -> ConformanceReport {
        let start = ContinuousClock.now
        let client = try webSocketClient()
        let kind = try await targetKind(client)
        var cases = ConformanceCase.all(kind)
        if !only.isEmpty {
            if let unknown = only.subtracting(cases.map(\.id)).min() { throw ConformanceError.unknownCase(unknown) }
            cases = cases.filter { only.contains($0.id) }
        }
        let network = try await existingNetwork(kind, cases, client)
        var results: [String: CaseResult] = [:]
        var ready: [ConformanceCase] = []
        for item in cases {
            if let reason = obstacle(for: item, network) {
                results[item.id] = CaseResult(item, .skipped, reason)
            } else {
                ready.append(item)
            }
        }
        let gone = Gone()
        // Slow ones first, so that they wait while others work.
        let together = ready.filter { $0.turn == .together }.sorted { $0.timeLimit > $1.timeLimit }
        await withTaskGroup(of: CaseResult.self) { tasks in
            var waiting = together[...]
            for item in waiting.prefix(parallel) {
                tasks.addTask { await run(item, client, gone, network.standing) }
            }
            waiting = waiting.dropFirst(parallel)
            while let result = await tasks.next() {
                results[result.id] = result
                if let item = waiting.popFirst() {
                    tasks.addTask { await run(item, client, gone, network.standing) }
                }
            }
        }
        for item in ready.filter({ $0.turn == .alone }) + ready.filter({ $0.turn == .last }) {
            results[item.id] = await run(item, client, gone, network.standing)
        }
        network.standing?.closeAll()
        return ConformanceReport(
            target: address.url.description,
            kind: kind,
            results: cases.compactMap { results[$0.id] },
            duration: start.duration(to: .now)
        )
    }

    // MARK: One case

    /// Set once the target takes no connection any more.
    private final class Gone: Sendable {
        private let value = Atomic(false)

        var isTrue: Bool { value.load(ordering: .relaxed) }

        func note() {
            value.store(true, ordering: .relaxed)
        }
    }

    private func run(
        _ item: ConformanceCase,
        _ client: WebSocketClient,
        _ gone: Gone,
        _ standing: StandingPeer?
    ) async -> CaseResult {
        if gone.isTrue { return CaseResult(item, .skipped, "the target is gone") }
        let probe = probe(client, standing)
        let start = ContinuousClock.now
        let outcome = await outcome(of: item, probe)
        probe.closeAll()
        let time = start.duration(to: .now)
        switch outcome {
        case .success(let got): return CaseResult(item, .ok, got, after: time)
        case .failure(let skipped as Skipped): return CaseResult(item, .skipped, skipped.reason, after: time)
        case .failure(let deviation as Deviation):
            // A lost connection may be one that was closed, or the end of the target.
            let got = await isReachable() ? deviation.got : "\(deviation.got); the target is gone"
            if got != deviation.got { gone.note() }
            return CaseResult(item, .deviates, got, after: time)
        case .failure(let error):
            let isThere = await isReachable()
            if !isThere { gone.note() }
            return CaseResult(item, .deviates, isThere ? "\(error)" : "\(error); the target is gone", after: time)
        }
    }

    private func outcome(of item: ConformanceCase, _ probe: Probe) async -> Result<String, any Error> {
        await withTaskGroup(of: Result<String, any Error>?.self) { tasks in
            tasks.addTask {
                do { return .success(try await item.body(probe)) } catch { return .failure(error) }
            }
            tasks.addTask {
                try? await Task.sleep(for: item.timeLimit)
                return nil
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            return first ?? .failure(Deviation("not over after \(ProbeSocket.describe(item.timeLimit))"))
        }
    }

    // MARK: The target

    private func probe(_ client: WebSocketClient, _ standing: StandingPeer? = nil) -> Probe {
        Probe(address: address, standing: standing, client: client, group: group, spacing: spacing)
    }

    private func webSocketClient() throws -> WebSocketClient {
        var limits = WebSocketLimits.client
        limits.maxMessageBytes = ConformanceDefaults.maxMessageBytes
        let quiet = Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() }
        return WebSocketClient(group: group, limits: limits, logger: quiet, trust: try address.clientTrust)
    }

    private func isReachable() async -> Bool {
        do {
            let channel = try await address.connect(on: group.next(), within: ConformanceDefaults.http) { _ in }
            channel.close(promise: nil)
            return true
        } catch {
            return false
        }
    }

    /// A bootstrap answers `/health` on the port of its WebSocket, a bridge asks for an upgrade there (protocol.md 6).
    private func targetKind(_ client: WebSocketClient) async throws -> TargetKind {
        let answer: HTTPAnswer
        do {
            answer = try await address.request(.GET, "/health", on: group.next(), within: ConformanceDefaults.answer)
        } catch let deviation as Deviation {
            if let kind { return kind }
            throw ConformanceError.unknownKind("GET /health: \(deviation.got)")
        } catch {
            throw ConformanceError.unreachable(await obstacle(client) ?? "\(error)")
        }
        if let kind { return kind }
        if answer.json?.member("status") != nil { return .bootstrap }
        if answer.status == 426 { return .bridge }
        throw ConformanceError.unknownKind("GET /health answers \(answer.status)")
    }

    /// In the words of the WebSocket client, which tells refusals, names and certificates apart.
    private func obstacle(_ client: WebSocketClient) async -> String? {
        let probe = probe(client)
        defer { probe.closeAll() }
        do {
            _ = try await probe.open()
            return nil
        } catch {
            return "\(error)"
        }
    }

    // MARK: The network

    /// What is known of the network that the target serves.
    private struct Network {
        /// It has its first peer already.
        var isEstablished: Bool
        /// What keeps it going during the run, if the kit started it.
        var standing: StandingPeer?
    }

    private func existingNetwork(
        _ kind: TargetKind,
        _ cases: [ConformanceCase],
        _ client: WebSocketClient
    ) async throws -> Network {
        switch kind {
        case .bridge: return Network(isEstablished: true)
        case .bootstrap: break
        }
        let isNeeded = cases.contains { item in
            switch item.need {
            case .network, .throwAway, .throwAwayAndSecret: true
            case .nothing, .secret: false
            }
        }
        guard isNeeded else { return Network(isEstablished: false) }
        if isThrowAway {
            return Network(isEstablished: true, standing: try await StandingPeer.join(probe(client)))
        }
        return Network(isEstablished: await hasPeers())
    }

    private func hasPeers() async -> Bool {
        let loop = group.next()
        guard let health = try? await address.request(.GET, "/health", on: loop).json,
            let bridges = try? await address.request(.GET, "/bridge-health", on: loop, within: .seconds(6)).json
        else { return false }
        return Self.isEstablished(health: health, bridgeHealth: bridges)
    }

    /// Whether the network has had its first peer for certain. `/health` counts peers and bridges together, and not every bridge
    /// needs to be one that `/bridge-health` knows, nor does whoever is registered need to have joined: so no bridge may be
    /// missing, and there must be two more than those that are known.
    package static func isEstablished(health: RawJSON, bridgeHealth: RawJSON) -> Bool {
        let bridges = bridgeHealth.member("bridgeAvailability")
        guard let peers = health.int64("peers"), let available = bridges?.int64("available"),
            bridges?.int64("unavailable") == 0
        else { return false }
        return peers > max(0, available) + 1
    }

    private func obstacle(for item: ConformanceCase, _ network: Network) -> String? {
        let needsSecret = address.secret == nil ? "needs the bridge secret" : nil
        let needsThrowAway = isThrowAway ? nil : "gets in the way of real peers; --fresh says that there are none"
        switch item.need {
        case .nothing: return nil
        case .network:
            if network.isEstablished { return nil }
            return "might make the kit the first peer of a real network; --fresh says that it is a throw-away"
        case .throwAway: return needsThrowAway
        case .secret: return needsSecret
        case .throwAwayAndSecret: return needsThrowAway ?? needsSecret
        }
    }
}
