import BridgeLink
import HTTPRoutes

extension BootstrapStatus {
    /// For people who open the server's address in a browser. Nothing of the request appears in it (protocol.md 8, S18), so its
    /// links begin with the base that was configured.
    func landingPage(under base: BasePath) -> MonitorPage {
        let mode = opensNetwork ? "open" : "by invitation"
        let links = ["health", "stats", "metrics", "bridge-health"]
            .map { "<a href=\"\(base.prefix)/\($0)\">\($0)</a>" }.joined(separator: ", ")
        let html = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Causeway bootstrap server</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }
            dt { font-weight: 600; }
            </style>
            </head>
            <body>
            <h1>Bootstrap server</h1>
            <p>This is a way into a peer-to-peer network. Peers connect here by WebSocket, hear of others who are already \
            inside, and then go on without this server.</p>
            <dl>
            <dt>Network mode</dt><dd>\(mode)</dd>
            <dt>Registered peers</dt><dd>\(registeredPeers)</dd>
            <dt>Bridges that can be asked</dt><dd>\(pool.available) of \(pool.endpoints.count)</dd>
            </dl>
            <p>For monitors: \(links).</p>
            </body>
            </html>

            """
        return MonitorPage(Array(html.utf8), contentType: "text/html")
    }
}
