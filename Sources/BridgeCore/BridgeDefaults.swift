/// The bridge's numbers, each with where it comes from.
package enum BridgeDefaults {
    // MARK: Connections

    /// How long a connection may stay silent before it says what it is (protocol.md 3.2).
    package static let firstMessageTimeout: Duration = .seconds(10)
    /// How often a DHT socket is pinged (protocol.md 4.4).
    package static let pingInterval: Duration = .seconds(30)
    /// When the first ping goes out. Existing acceptors drop what comes in the first 50 ms (protocol.md 4.1), and ours
    /// need not be the first to measure.
    package static let firstPingDelay: Duration = .seconds(1)
    /// Without an answer after this the socket is suspected to be forgotten by its peer (protocol.md 4.4).
    package static let pingTimeout: Duration = .seconds(5)
    /// A DHT socket that said nothing for this long, and answered no ping, is dropped (protocol.md 4.7 rule 2).
    package static let silenceLimit: Duration = .seconds(90)
    /// Sockets kept per peer id; current-era peers open several within milliseconds (protocol.md 4.7 rule 2).
    package static let socketsPerPeer = 4
    /// Connections of any kind. At about 10 KiB each, 40 MB.
    package static let maximumConnections = 4_096
    /// Different DHT peers. A bridge observes; it need not know everybody.
    package static let maximumPeers = 3_000
    /// Authenticated bootstrap links, one per bootstrap plus the short-lived ones of stateless bootstraps.
    package static let maximumLinks = 256
    /// DHT messages per second and socket, and how many may come at once (protocol.md 8.1).
    package static let messagesPerSecond = 200
    package static let messageBurst = 1_000

    // MARK: Message sizes (protocol.md 8.1, issue 2)

    /// Until a connection has said what it is.
    package static let undecidedMessageBytes = 64 * 1024
    package static let peerMessageBytes = 256 * 1024
    package static let linkMessageBytes = 1024 * 1024

    /// Bytes of what is passed on about one node: 20 of them in one answer stay below 64 KiB. Recorded ones have 300.
    package static let introductionBytes = 2 * 1024

    // MARK: Onboarding

    /// Onboarding requests that may wait (design.md, "The bridge node").
    package static let queueCapacity = 1_024
    /// Onboarding requests worked on in one go before sockets get their turn (design.md: bounded concurrency, 64).
    package static let onboardingBatch = 64
    /// When a refused bootstrap may ask again: the queue is empty well before that.
    package static let busyRetryAfter: Duration = .milliseconds(250)
    /// How long existing bootstraps wait for one bridge (protocol.md 3.4); an older request is answered to nobody.
    package static let requestDeadline: Duration = .seconds(10)
    /// A helper must have been heard within this (design.md: "heard within a minute").
    package static let helperSilenceLimit: Duration = .seconds(60)
    /// For how long a newcomer's second request gets the first one's result. Current-era newcomers ask twice within 1 ms,
    /// and again every 5 s (protocol.md 2.2); asked again after that, the first helper may well have failed.
    package static let repeatWindow: Duration = .seconds(10)
    /// Newcomers remembered for repeats and for what they said of themselves: about 40 s of 100 joins a second.
    package static let rememberedNewcomers = 4_096
    /// Half-life of "was asked lately": long against one join, short against a peer's life.
    package static let assignmentHalfLife: Duration = .seconds(10)
    /// Peers named in an emergency answer; a newcomer needs a handful, and each costs about 300 bytes.
    package static let emergencyPeers = 20

    // MARK: Dialling

    /// A newcomer that has not dialled in this long after its onboarding answer is dialled once (protocol.md 4.7 rule 1).
    /// Earlier, the dial meets those that a current-era newcomer makes in its first second, and both links die.
    package static let newcomerDialDelay: Duration = .milliseconds(2_000)
    package static let newcomerDialJitter: Duration = .milliseconds(500)
    /// A dialled peer must answer our hello within this (protocol.md 4.1).
    package static let helloTimeout: Duration = .seconds(5)
    /// After a dialled link was closed as `Manager destroyed`, the wait before the next attempt (protocol.md 4.7 rule 1).
    package static let redialDelay: ClosedRange<Int> = 2_000...10_000
    /// Attempts per peer before it is left to dial in by itself.
    package static let dialAttempts = 3
    /// Peers waiting to be dialled or being dialled; each holds a socket for at most `helloTimeout` plus the connect.
    package static let maximumDials = 256
    /// Longest address that is dialled (protocol.md S14); real ones have under 100 bytes.
    package static let addressBytes = 256
    /// When a new peer is asked whom it knows: stateless acceptors hear nothing in the first second (protocol.md 4.1).
    package static let firstQueryDelay: Duration = .milliseconds(1_200)

    // MARK: Dialling in

    /// How long a bootstrap may take to register us. Existing ones need 20 ms (protocol.md 2.1).
    package static let registrationTimeout: Duration = .seconds(10)
    /// Waits between two attempts: doubling from the base to the cap, each spread by the jitter (design.md, "The link pool").
    package static let dialInBase: Duration = .seconds(1)
    package static let dialInCap: Duration = .seconds(30)
    package static let dialInJitter = 0.2
    /// A connection that lived this long makes the next wait the shortest again (design.md: a flapping link must not).
    package static let dialInProvingTime: Duration = .seconds(10)
    /// Pings on these connections, and the wait for any sign of life: together, and with what the transport's timers are
    /// coarse, below the 40 s after which a dead bootstrap must have been noticed.
    package static let dialInPingInterval: Duration = .seconds(25)
    package static let dialInPongTimeout: Duration = .seconds(10)
    /// Characters kept of what a bootstrap says when it refuses us.
    package static let explanationLength = 128

    // MARK: Shutdown

    /// How long the queue may take to run dry. A full one needs a tenth of that.
    package static let drainTime: Duration = .seconds(1)

    // MARK: Forwarding

    /// Hops after which a forwarded signal is dropped (protocol.md 4.8).
    package static let forwardHops = 4

    // MARK: Health reports

    /// The first report after the first peer (protocol.md 3.7).
    package static let firstHealthDelay: Duration = .seconds(1)
    /// At most one report in this time (protocol.md 3.7).
    package static let healthInterval: Duration = .seconds(30)
}
