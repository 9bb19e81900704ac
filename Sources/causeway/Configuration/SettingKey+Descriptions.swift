extension SettingKey {
    private typealias About = SettingDescription

    /// The one place that says what the setting is.
    var about: SettingDescription {
        switch self {
        case .bootstrapHost:
            of([.bootstrap], "--host", .text, "Address to listen on.", standard: "0.0.0.0", example: "\"0.0.0.0\"")
        case .bootstrapPort:
            of(
                [.bootstrap],
                "--port",
                .number,
                "Port to listen on, 0 for any free one.",
                standard: "8080",
                example: "8080"
            )
        case .createNewDHT:
            of(
                [.bootstrap],
                "--create-new-dht",
                .yesNo,
                "The first peer starts a new network, unless this server started one before.",
                standard: "no",
                example: "false"
            )
        case .openNetwork:
            of(
                [.bootstrap],
                "--open-network",
                .yesNo,
                "Lead newcomers to a helper that the bridges name.",
                standard: "no",
                example: "false"
            )
        case .requireAuth:
            of(
                [.bootstrap],
                "--require-auth",
                .yesNo,
                """
                Serve only peers that prove the key their id is made of: browsers can, Node peers of the existing network \
                cannot.
                """,
                standard: "no",
                example: "false"
            )
        case .maxPeers:
            of(
                [.bootstrap],
                "--max-peers",
                .number,
                "Most registered peers at a time, 1 to 1000000.",
                standard: "10000",
                example: "10000"
            )
        case .buildID:
            of(
                [.bootstrap],
                "--build-id",
                .text,
                "Build id of the deployed clients. Any other build is then refused.",
                standard: "accept all"
            )
        case .basePath:
            of(
                [.bootstrap],
                "--base-path",
                .text,
                "Path under which a proxy mounts this server, as /ws: HTTP answers there, too.",
                standard: "/",
                example: "\"/\""
            )
        case .publicPages:
            of(
                [.bootstrap],
                "--public-pages",
                .yesNo,
                """
                Serve the live page and /api/v1 on the port of the peers. /health, /stats and /metrics are there in any case.
                """,
                standard: "yes without a port for monitors, no with one"
            )
        case .probeInterval:
            of(
                [.bootstrap],
                "--probe-interval",
                .amount,
                "How often the server tries itself whether newcomers get in, as 60s or 5m; 0 for never.",
                standard: "\(BootstrapCommand.probePace.components.seconds)s",
                valueName: "time",
                example: "\"60s\""
            )
        case .nodeName:
            of([.bootstrap], "--node-name", .text, "What operators call this server.", standard: "the host's name")

        case .bridgeNodes:
            of(
                [.bootstrap],
                "--bridge",
                .list,
                "Address of a bridge, ws://host:port, wss://host:port or host:port; once for each.",
                details: """
                    'none' for a server that only serves bridges that dial in. BRIDGE_NODE_1 and BRIDGE_NODE_2 name two as well.
                    """,
                standard: "localhost:8083, localhost:8084",
                change: .applied,
                example: "[\"localhost:8083\", \"localhost:8084\"]"
            )
        case .bridgeNode1, .bridgeNode2:
            of(
                [.bootstrap],
                nil,
                .text,
                "Address of a bridge, where no list of them is given, as the existing network names it.",
                change: .applied
            )
        case .statelessBridgeNodes:
            of(
                [.bootstrap],
                "--stateless-bridge",
                .list,
                "Like --bridge, but with a connection for each request; once for each.",
                change: .applied
            )
        case .bridgeMode:
            of(
                [.bootstrap],
                "--bridge-mode",
                .text,
                "persistent: one link to each bridge. stateless: a connection for each request.",
                standard: "persistent",
                change: .applied,
                example: "\"persistent\""
            )
        case .bridgeHedge:
            of(
                [.bootstrap],
                "--hedge-requests",
                .yesNo,
                "Put requests that take longer than most to a second bridge.",
                standard: "no",
                example: "false"
            )
        case .bridgeCertificateAuthorities:
            of(
                [.bootstrap],
                "--bridge-ca-file",
                .text,
                "PEM file with the authority that signs the bridges' certificates.",
                standard: "the system's",
                change: .contentApplied
            )

        case .bridgeHost:
            of([.bridge], "--host", .text, "Address to listen on.", standard: "0.0.0.0", example: "\"0.0.0.0\"")
        case .bridgePort:
            of(
                [.bridge],
                "--port",
                .number,
                "Port to listen on, 0 for any free one.",
                standard: "8083",
                example: "8083"
            )
        case .externalAddress:
            of(
                [.bridge],
                "--external-address",
                .text,
                "URL that peers are told to dial.",
                standard: "the address listened on"
            )
        case .publicAddress:
            of([.bridge], nil, .text, "Another name of EXTERNAL_ADDRESS, which wins.")
        case .bootstrapURLs:
            of(
                [.bridge],
                "--bootstrap",
                .list,
                "URL of a bootstrap server to dial, because it cannot reach this bridge; once for each.",
                details: "BOOTSTRAP_URL names one as well."
            )
        case .bootstrapURL:
            of([.bridge], nil, .text, "URL of one bootstrap server to dial, where no list of them is given.")
        case .certificateAuthorities:
            of(
                [.bridge],
                "--ca-file",
                .text,
                "PEM file with an authority to trust besides the system's when dialling wss:// addresses.",
                change: .contentApplied
            )

        case .maxConnections:
            of(
                [.bridge],
                "--max-connections",
                .number,
                "Most connections at a time, of peers and bootstrap servers together.",
                standard: "what open files and memory allow, up to 20000"
            )
        case .bridgeMaxPeers:
            of(
                [.bridge],
                "--max-peers",
                .number,
                "Most DHT peers connected at a time.",
                standard: "three quarters of the connections"
            )
        case .targetPeers:
            of(
                [.bridge],
                "--target-peers",
                .number,
                "Peers up to which the bridge dials others; more may dial in.",
                standard: "\(BridgeLimits.CoreDefaults.targetPeers)",
                example: "\(BridgeLimits.CoreDefaults.targetPeers)"
            )
        case .queueCapacity:
            of(
                [.bridge],
                "--queue-capacity",
                .number,
                "Onboarding requests that may wait, 1 to 65536; any further one is answered \"busy\".",
                standard: "\(BridgeLimits.CoreDefaults.queueCapacity)",
                example: "\(BridgeLimits.CoreDefaults.queueCapacity)"
            )
        case .memoryLimit:
            of(
                [.bridge],
                "--memory-limit",
                .amount,
                """
                Memory above which no new peer is let in and new requests are answered "busy", as in 512MiB or 2G; 0 for no \
                limit.
                """,
                standard:
                    "half of the machine's or container's memory, but no more than all allowed connections may need",
                valueName: "size"
            )
        case .resourceInterval:
            of(
                [.bridge],
                "--resource-interval",
                .amount,
                "Time between two log lines on resource use, as in 30s or 5m; 0 for none.",
                standard: "60s",
                valueName: "time",
                example: "\"60s\""
            )
        case .strictTokens:
            of(
                [.bridge],
                "--strict-tokens",
                .yesNo,
                """
                Accept no membership token of a reconnecting peer but those that a bridge of this network signed. Existing \
                networks' tokens carry no signature that can be checked.
                """,
                standard: "no",
                example: "false"
            )
        case .dialPrivate:
            of(
                [.bridge],
                "--dial-private",
                .text,
                "always, never or auto: whether private and loopback addresses that peers name are dialled.",
                details: """
                    auto dials them if this bridge's own address is one, as on a single machine or in a local network.
                    """,
                standard: "auto",
                valueName: "when",
                example: "\"auto\""
            )
        case .peersPerSubnet:
            of(
                [.bridge],
                "--peers-per-subnet",
                .number,
                """
                Routing entries per bucket that may come from one subnet (IPv4 /24, IPv6 /48), 1 to 20; 0 for any number.
                """,
                standard: "2",
                example: "2"
            )

        case .metricsHost:
            of(
                [.bootstrap, .bridge],
                "--metrics-host",
                .text,
                "Address that monitors connect to.",
                standard: "as for peers"
            )
        case .metricsPort:
            of(
                [.bootstrap, .bridge],
                "--metrics-port",
                .number,
                "Port for monitors alone, 0 for any free one.",
                standard: "none",
                bridgeStandard: "9090"
            )
        case .trustedProxies:
            of(
                [.bootstrap, .bridge],
                "--trusted-proxy",
                .list,
                "Address or network of a proxy whose X-Forwarded-For and X-Real-IP are believed; once for each.",
                details: """
                    An address, a network as 10.0.0.0/8, 'loopback', or 'private' for the networks that belong to one owner.
                    """,
                standard: "none"
            )
        case .tlsCertificate:
            of(
                [.bootstrap, .bridge],
                "--tls-certificate-file",
                .text,
                """
                PEM file with the server's certificate and those between it and its authority. With it the port speaks TLS.
                """,
                change: .contentApplied
            )
        case .tlsKey:
            of(
                [.bootstrap, .bridge],
                "--tls-key-file",
                .text,
                "PEM file with the certificate's key; may be the same file.",
                change: .contentApplied
            )
        case .bridgeAuth:
            of(
                [.bootstrap, .bridge],
                nil,
                .text,
                "The secret that bootstraps and bridges share, where no file with it is named.",
                change: .applied
            )
        case .bridgeAuthFile:
            of(
                [.bootstrap, .bridge],
                "--bridge-auth-file",
                .text,
                "File whose first line is the secret that bootstraps and bridges share. BRIDGE_AUTH holds it itself.",
                change: .applied
            )
        case .stateDirectory:
            of(
                [.bootstrap, .bridge],
                "--state-dir",
                .text,
                "Where the server keeps what must outlive a restart. STATE_DIRECTORY, which systemd sets, is another name.",
                standard: "causeway-state"
            )
        case .logLevel:
            of(
                [.bootstrap, .bridge],
                "--log-level",
                .text,
                "error, warning, info, debug or trace.",
                standard: "info",
                example: "\"info\""
            )
        case .logFormat:
            of(
                [.bootstrap, .bridge],
                "--log-format",
                .text,
                "text, or json for one object a line.",
                standard: "text",
                example: "\"text\""
            )
        }
    }

    private func of(
        _ roles: [About.Role],
        _ flag: String?,
        _ kind: About.Kind,
        _ meaning: String,
        details: String? = nil,
        standard: String? = nil,
        bridgeStandard: String? = nil,
        change: About.Change = .needsRestart,
        valueName: String? = nil,
        example: String? = nil
    ) -> About {
        About(
            flag: flag,
            kind: kind,
            roles: roles,
            meaning: meaning,
            details: details,
            standard: standard,
            bridgeStandard: bridgeStandard,
            change: change,
            valueName: valueName,
            example: example
        )
    }
}
