extension ServerBounds {
    /// The numbers behind the bounds, each with its reason.
    public enum Defaults {
        /// Connections that nobody has to ask for. Pinged every 30 s they are 700 messages a second, a few per cent of a core.
        public static let connections = 20_000
        /// What is allowed however little memory there is: idle ones have 640 KB in all.
        public static let fewestConnections = 64
        /// Descriptors that are no connection: two ports, the state's database, logs, monitors, and sockets that were accepted
        /// and are about to be refused.
        public static let descriptorReserve = 64
        /// Each processor has an event loop: an epoll, a timer and an event descriptor.
        public static let descriptorsPerEventLoop = 3
        /// Memory of a bridge without connections: measured at 39 MB on two processors.
        public static let baseBytes = 40 << 20
        /// Memory of an idle connection: about 10 KiB.
        public static let idleConnectionBytes = 10 << 10
        /// Memory to count with: buffers of both directions are filled now and then, and what is known of the peer.
        public static let connectionBytes = 64 << 10
        /// Less than this as a limit would be reached by running at all, or nearly. Where it is more than three quarters of the
        /// machine's or container's memory, those are the least.
        public static let leastMemory = 64 << 20
        /// Connections that peers may not take when their number is set: one for each bootstrap link that a bridge accepts.
        public static let linkConnections = 256
        /// design.md, "The bridge node".
        public static let queueCapacity = 1_024
        /// A longer queue holds questions whose askers have left: a bootstrap waits 10 s (protocol.md 3.4).
        public static let longestQueue = 65_536
        /// A bridge that hears of every part of the id space from several peers; browsers dial in besides.
        public static let targetPeers = 50
        /// Between two log lines on resource use: fine enough to see what led to a problem, 1,440 lines a day.
        public static let resourceInterval: Duration = .seconds(60)
    }
}
