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

    /// For load balancers: whether newcomers can be led in from here (`obstacles`).
    var readinessPage: MonitorPage {
        let obstacles = obstacles
        let body = RawJSON.object { body in
            body.member("ready", obstacles.isEmpty)
            if let reason = obstacles.first { body.member("reason", reason) }
            body.member("network", isNewNetwork ? "new" : "running")
            body.member("bridgesAvailable", Int64(pool.available))
            if let probe {
                body.key("probe")
                body.beginObject()
                body.member("ok", probe.last.isGood)
                body.member("at", probe.last.at)
                body.endObject()
            }
        }
        return .json(body.bytes, status: obstacles.isEmpty ? .ok : .serviceUnavailable)
    }
}
