/// Every setting that the environment and the configuration file know, under one name each: `bridge.auth` is `BRIDGE_AUTH`
/// in the environment and `{"bridge": {"auth": ...}}` in the file. Names of the existing network are kept as they are
/// (protocol.md 7.1), so that a container's command can be swapped.
enum SettingKey: String, CaseIterable {
    case bootstrapHost = "bootstrap.host"
    case bootstrapPort = "bootstrap.port"
    case maxPeers = "max.peers"
    case createNewDHT = "create.new.dht"
    case requireAuth = "require.auth"
    case openNetwork = "open.network"
    case buildID = "build.id"
    case bridgeNode1 = "bridge.node.1"
    case bridgeNode2 = "bridge.node.2"
    case bridgeNodes = "bridge.nodes"
    case statelessBridgeNodes = "stateless.bridge.nodes"
    case bridgeMode = "bridge.mode"
    case bridgeHedge = "bridge.hedge"
    case bridgeCertificateAuthorities = "bridge.ca.file"
    case basePath = "base.path"
    case trustedProxies = "trusted.proxies"

    case bridgeHost = "bridge.host"
    case bridgePort = "bridge.port"
    case bootstrapURL = "bootstrap.url"
    case bootstrapURLs = "bootstrap.urls"
    case externalAddress = "external.address"
    case publicAddress = "public.address"
    case metricsPort = "metrics.port"

    case maxConnections = "max.connections"
    /// Not `max.peers`: that is the bootstrap server's, and one file may serve both.
    case bridgeMaxPeers = "bridge.max.peers"
    case queueCapacity = "queue.capacity"
    case targetPeers = "target.peers"
    case memoryLimit = "memory.limit"
    case resourceInterval = "resource.interval"
    case strictTokens = "strict.tokens"
    case dialPrivate = "dial.private"
    case peersPerSubnet = "peers.per.subnet"

    case bridgeAuth = "bridge.auth"
    case bridgeAuthFile = "bridge.auth.file"
    case certificateAuthorities = "ca.file"
    case tlsCertificate = "tls.certificate.file"
    case tlsKey = "tls.key.file"
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
