/// Everything a stranger could make grow or last, and how far. One value serves all connections of a server or client.
public struct WebSocketLimits: Sendable, Equatable {
    /// Largest message, over all its fragments. Peers' messages are below 16 KiB in practice (signalling with candidates),
    /// so 64 KiB leaves room and still lets thousands of half-sent messages fit into memory.
    public var maxMessageBytes = 64 << 10

    /// A message in more pieces than this serves no purpose but to cost us (CVE-2014-0193 and its heirs).
    public var maxFragments = 64

    /// From the TCP connection to a whole upgrade request, or to the answer on the client side. Also bounds each later
    /// HTTP request on the same connection, head and body.
    public var handshakeTimeout = Duration.seconds(10)

    /// How often to ping. 25 s keeps the connection alive through proxies and NATs that forget after 30 s.
    /// nil: no pings, and silence is never noticed here.
    public var pingInterval: Duration? = .seconds(25)

    /// After a ping, how long nothing at all may be heard before the connection counts as lost. nil: one `pingInterval`,
    /// so two intervals of silence end a connection.
    public var pongTimeout: Duration?

    /// A peer that leaves more than this unread is closed: its backlog is our memory.
    public var outboundHighWaterMark = 1 << 20

    /// A peer that reads so slowly that the socket stays full for this long is closed, even with a small backlog.
    public var unwritableTimeout = Duration.seconds(10)

    /// How long the other end may take to answer our close frame, or to hang up after it.
    public var closeTimeout = Duration.seconds(5)

    /// Pings and pongs a second that are let through in the long run; each costs us work and carries nothing.
    public var controlFramesPerSecond = 10

    /// Pings and pongs that may come at once before the rate counts.
    public var controlFrameBurst = 50

    public init() {}

    /// Defaults for connections that we accepted: as above, pings included.
    public static var server: Self { Self() }

    /// Defaults for connections that we dialled: the server pings.
    public static var client: Self {
        var limits = Self()
        limits.pingInterval = nil
        return limits
    }
}
