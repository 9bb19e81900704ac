/// What outlives a restart of the bridge.
extension BridgeDefaults {
    /// Peers remembered across a restart, at about 300 bytes each. One that answers names the rest of the network.
    public static let rememberedPeers = 64
    /// Of those, how many may be of one IPv4 /24 or IPv6 /48: whoever owns one address usually has its neighbours too.
    public static let rememberedPeersPerNetwork = 2
    /// Who left stays in the book only if it was connected for this long: a stranger must not fill it, and with it our later
    /// dials, by coming and going.
    public static let rememberedProvingTime: Duration = .seconds(30)
    /// From a change to the writing of the book: what comes together is written together.
    public static let bookDelay: Duration = .seconds(2)
    /// The book is written at most so often; who came and went in between is worth no write of its own.
    public static let bookInterval: Duration = .seconds(30)
    /// With so many peers that are no bridges connected, the network is found, and no more of those remembered are dialled.
    public static let recalledPeers = 8
}
