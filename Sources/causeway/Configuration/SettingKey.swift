/// Every setting that the environment and the configuration file know, under one name each: `bridge.auth` is `BRIDGE_AUTH`
/// in the environment and `{"bridge": {"auth": ...}}` in the file. Names of the existing network are kept as they are
/// (protocol.md 7.1), so that a container's command can be swapped. What each is: ``SettingKey/about``.
enum SettingKey: String, CaseIterable {
    case bootstrapHost = "bootstrap.host"
    case bootstrapPort = "bootstrap.port"
    case bridgeNodes = "bridge.nodes"
    case bridgeNode1 = "bridge.node.1"
    case bridgeNode2 = "bridge.node.2"
    case statelessBridgeNodes = "stateless.bridge.nodes"
    case bridgeMode = "bridge.mode"
    case bridgeHedge = "bridge.hedge"
    case bridgeCertificateAuthorities = "bridge.ca.file"
    case createNewDHT = "create.new.dht"
    case openNetwork = "open.network"
    case requireAuth = "require.auth"
    case maxPeers = "max.peers"
    case buildID = "build.id"
    case basePath = "base.path"
    case publicPages = "public.pages"
    case probeInterval = "probe.interval"
    case nodeName = "node.name"

    case bridgeHost = "bridge.host"
    case bridgePort = "bridge.port"
    case externalAddress = "external.address"
    case publicAddress = "public.address"
    case bootstrapURLs = "bootstrap.urls"
    case bootstrapURL = "bootstrap.url"
    case certificateAuthorities = "ca.file"

    case maxConnections = "max.connections"
    /// Not `max.peers`: that is the bootstrap server's, and one file may serve both.
    case bridgeMaxPeers = "bridge.max.peers"
    case targetPeers = "target.peers"
    case queueCapacity = "queue.capacity"
    case memoryLimit = "memory.limit"
    case resourceInterval = "resource.interval"
    case strictTokens = "strict.tokens"
    case dialPrivate = "dial.private"
    case peersPerSubnet = "peers.per.subnet"

    case metricsHost = "metrics.host"
    case metricsPort = "metrics.port"
    case trustedProxies = "trusted.proxies"
    case tlsCertificate = "tls.certificate.file"
    case tlsKey = "tls.key.file"
    case bridgeAuth = "bridge.auth"
    case bridgeAuthFile = "bridge.auth.file"
    case stateDirectory = "state.dir"
    case logLevel = "log.level"
    case logFormat = "log.format"

    var components: [String] { rawValue.split(separator: ".").map(String.init) }

    var environmentName: String { rawValue.uppercased().replacing(".", with: "_") }

    /// How whoever set it wrote it, for messages: the option if it was given.
    func name<Value>(_ flag: Value?, _ option: String) -> String {
        flag == nil ? environmentName : option
    }

    /// The secret itself never appears in a message or a listing.
    var isSecret: Bool { self == .bridgeAuth }
}
