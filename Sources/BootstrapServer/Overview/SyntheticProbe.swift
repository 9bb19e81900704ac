import BootstrapCore
import JoinTrial
import Logging
import NIOCore
import ServiceLifecycle
import Telemetry
import Timekeeping
import WebSocketTransport

/// The server joins its own network now and then, through its own port: what people would complain of tomorrow, it knows today.
///
/// It is a real join up to the answer: a helper is named and invites somebody who is gone already, as after a closed tab. It does
/// not count among newcomers.
extension BootstrapServer {
    /// The first one; the links to bridges need a moment.
    private static let firstProbeAfter = Duration.seconds(5)

    func probe() async {
        guard let interval = configuration.probeInterval, let address = try? await listeningAddress(),
            let target = Self.ownURL(address, isTLS: configuration.tls != nil)
        else { return }
        try? await cancelWhenGracefulShutdown { [self] in
            try await Task.sleep(for: min(interval, Self.firstProbeAfter))
            while true {
                let result = await probe(target)
                // One that the end of the server cut short says nothing.
                try Task.checkCancellation()
                observatory.probed(result)
                try await Task.sleep(for: interval)
            }
        }
    }

    private func probe(_ target: WebSocketURL) async -> ProbeResult {
        var trial = JoinTrial.Configuration(target: target)
        trial.trust = .oneself
        trial.reachesHelper = false
        // Whoever asks first begins the network, and the trial leaves at once. In a network that is not open, newcomers are
        // told the peers that are registered, and no helper.
        let status = status()
        trial.asks = status.opensNetwork && !status.isNewNetwork
        let newcomer = trial.nodeID
        step { state, _, _ in state.core.expectTrial(by: newcomer) }
        defer { step { state, _, _ in state.core.trialEnded(by: newcomer) } }
        let report = await JoinTrial(configuration: trial, on: timerLoop).run()
        let at = SystemClock.unixMilliseconds()
        switch report.outcome {
        case .joined, .first:
            return ProbeResult(at: at, isGood: true, took: report.duration)
        case .degraded:
            return ProbeResult(
                at: at,
                isGood: false,
                took: report.duration,
                step: "answer",
                error: "no helper was named"
            )
        case .turnedAway(let code, _):
            return ProbeResult(
                at: at,
                isGood: false,
                took: report.duration,
                step: "answer",
                error: "turned away: \(code)"
            )
        case .failed(let hop):
            let seen = report.failure?.seen
            return ProbeResult(at: at, isGood: false, took: report.duration, step: hop.rawValue, error: seen)
        }
    }

    /// Where this server reaches itself: at the address it listens on, or on loopback if that is all of them.
    private static func ownURL(_ address: SocketAddress, isTLS: Bool) -> WebSocketURL? {
        guard let port = address.port, let host = address.ipAddress else { return nil }
        let reachable =
            switch host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "::1"
            default: host
            }
        return WebSocketURL(scheme: isTLS ? .wss : .ws, host: reachable, port: port)
    }
}
