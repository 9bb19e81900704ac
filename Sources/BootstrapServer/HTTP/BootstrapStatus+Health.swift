import HTTPRoutes
import Hummingbird
import WireMessages

extension BootstrapStatus {
    /// Container checks read the status alone (protocol.md 6.3): whether the process serves.
    var healthPage: MonitorPage {
        .json(
            RawJSON.object { body in
                body.member("status", "ok")
                body.member("peers", Int64(registeredPeers))
            }.bytes
        )
    }

    /// For load balancers: whether newcomers should be sent here. Bridges that are away are no reason to send them elsewhere:
    /// all bootstrap servers of a network ask the same ones.
    var readinessPage: MonitorPage {
        guard let reason = unreadiness else {
            return .json(RawJSON.object { $0.member("ready", true) }.bytes)
        }
        let body = RawJSON.object { body in
            body.member("ready", false)
            body.member("reason", reason)
        }
        return .json(body.bytes, status: .serviceUnavailable)
    }

    private var unreadiness: String? {
        if isDraining { return "draining" }
        if !isLedgerUsable { return "state directory unusable" }
        return isListening ? nil : "not listening"
    }
}
