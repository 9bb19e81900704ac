import FoundationEssentials

/// What a bridge's port for monitors says of it: `GET /status`.
struct StatusBridgeNode: Decodable, Sendable, Equatable {
    struct Bootstrap: Decodable, Sendable, Equatable {
        var address = ""
        var status = ""
        var forMs: Int64?
        var lastError = ""

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: StatusKey.self)
            address = fields.text("address", StatusBounds.name)
            status = fields.text("status", 40)
            forMs = fields.read("forMs")
            lastError = fields.text("lastError", StatusBounds.text)
        }
    }

    var isBridge = false
    var id = ""
    var address = ""
    var isHealthy = false
    var uptimeMs: Int64?
    var connectedPeers = 0
    var routingNodes = 0
    var linksOpen = 0
    var linksRefused = 0
    var requests = 0
    var answered = 0
    var busy = 0
    var failed = 0
    var expired = 0
    var timedOut = 0
    var queueDepth = 0
    var introductionsConnected = 0
    var introductionsFailed = 0
    var introductionsSilent = 0
    var bootstraps: [Bootstrap] = []

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: StatusKey.self)
        isBridge = fields.read("nodeType") == "bridge"
        id = fields.text("nodeId", 40)
        address = fields.text("address", StatusBounds.name)
        isHealthy = fields.read("isHealthy") ?? false
        uptimeMs = fields.read("uptime")
        connectedPeers = fields.count("connectedPeers")
        routingNodes = fields.count("routingNodes")
        // Existing bridges have the one key, ours both.
        linksOpen = fields.count("authorizedBootstrap")
        linksRefused = fields.count("linksRefused")
        requests = fields.count("requests")
        answered = fields.count("answered")
        busy = fields.count("busy")
        failed = fields.count("failed")
        expired = fields.count("expired")
        timedOut = fields.count("timedOut")
        queueDepth = fields.count("queueDepth")
        introductionsConnected = fields.count("introductionsConnected")
        introductionsFailed = fields.count("introductionsFailed")
        introductionsSilent = fields.count("introductionsSilent")
        bootstraps = fields.list("bootstraps", StatusBounds.bridges)
    }
}

extension StatusVerdict {
    init(_ bridge: StatusBridgeNode) {
        guard bridge.isHealthy else {
            self.init(
                level: .bad,
                title: "This bridge serves nobody",
                detail: "It has not started, or is about to stop."
            )
            return
        }
        var findings: [Finding] = []
        for bootstrap in bridge.bootstraps where bootstrap.status != "connected" {
            let why = bootstrap.lastError.isEmpty ? "" : " (\(bootstrap.lastError))"
            let advice = bootstrap.status == "failed" ? "The secret here and there must be the same." : ""
            findings.append(
                Finding(level: .warning, text: "\(bootstrap.address) \(bootstrap.status)\(why).", advice: advice)
            )
        }
        if bridge.linksOpen == 0 {
            let advice = "Name this bridge there with --bridge, or the bootstrap server here with --bootstrap."
            findings.insert(Finding(level: .warning, text: "No bootstrap server is linked.", advice: advice), at: 0)
        }
        if bridge.connectedPeers == 0 {
            findings.append(Finding(level: .warning, text: "No peer is connected, so it can name no helper."))
        }
        self.init(
            level: findings.isEmpty ? .ok : .warning,
            title: findings.isEmpty ? "This bridge serves" : "This bridge runs, but something is missing",
            detail: "",
            findings: Array(findings.prefix(Self.maxFindings))
        )
    }
}

extension StatusText {
    init(_ bridge: StatusBridgeNode, _ verdict: StatusVerdict, _ words: StatusWords, width: Int) {
        let up = bridge.uptimeMs.map { ", up \(words.duration(milliseconds: $0))" } ?? ""
        let place = bridge.address.isEmpty ? "" : " at \(bridge.address)"
        addVerdict(verdict, facts: "bridge \(bridge.id)\(place)\(up)", width: width)
        heading("Now")
        let facts = [
            (
                "links",
                "\(words.whole(bridge.linksOpen)) to bootstrap servers, \(words.whole(bridge.linksRefused)) refused"
            ),
            ("peers", "\(words.whole(bridge.connectedPeers)) connected, \(words.whole(bridge.routingNodes)) known"),
            ("queue", "\(words.plural(bridge.queueDepth, "question")) waiting"),
            (
                "asked",
                "\(words.whole(bridge.requests)): \(words.whole(bridge.answered)) answered, \(words.whole(bridge.busy)) busy, "
                    + "\(words.whole(bridge.failed)) failed, \(words.whole(bridge.timedOut)) timed out, "
                    + "\(words.whole(bridge.expired)) expired"
            ),
            (
                "helpers",
                "\(words.whole(bridge.introductionsConnected)) connected, \(words.whole(bridge.introductionsFailed)) failed, "
                    + "\(words.whole(bridge.introductionsSilent)) silent"
            ),
        ]
        for (name, text) in facts {
            line(Piece(name + String(repeating: " ", count: max(1, 9 - name.count)), .faint), Piece(text))
        }
        for bootstrap in bridge.bootstraps {
            let age = bootstrap.forMs.map { " for \(words.duration(milliseconds: $0))" } ?? ""
            line(Piece("bootstrap", .faint), Piece(" \(bootstrap.address) \(bootstrap.status)\(age)"))
        }
    }
}
