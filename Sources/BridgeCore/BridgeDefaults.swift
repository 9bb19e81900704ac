/// The bridge's numbers, each with where it comes from.
public enum BridgeDefaults {
    // MARK: Connections

    /// How long a connection may stay silent before it says what it is (protocol.md 3.2).
    public static let firstMessageTimeout: Duration = .seconds(10)
    /// How often a DHT socket is pinged at least (protocol.md 4.4).
    public static let pingInterval: Duration = .seconds(30)
    /// When the first ping goes out. Existing acceptors drop what comes in the first 50 ms (protocol.md 4.1), and ours
    /// need not be the first to measure.
    public static let firstPingDelay: Duration = .seconds(1)
    /// How often a silent peer is asked whether it is there: a helper that vanished without a word is noticed after this and
    /// `pongTimeout`, within 5 s together.
    public static let livenessInterval: Duration = .seconds(2)
    /// All peers together are asked at most so often; with more than 300 of them each is asked less.
    public static let pingsPerSecond = 150
    /// A peer that has not answered a ping after this is not named as helper.
    public static let pongTimeout: Duration = .seconds(2)
    /// Without an answer after this the socket is suspected to be forgotten by its peer (protocol.md 4.4).
    public static let pingTimeout: Duration = .seconds(5)
    /// A DHT socket that said nothing for this long, and answered no ping, is dropped (protocol.md 4.7 rule 2).
    public static let silenceLimit: Duration = .seconds(90)
    /// Sockets kept per peer id; current-era peers open several within milliseconds (protocol.md 4.7 rule 2).
    public static let socketsPerPeer = 4
    /// Connections of any kind, where the machine was not asked. At about 10 KiB each, 40 MB.
    public static let maximumConnections = 4_096
    /// Different DHT peers, likewise. A bridge observes; it need not know everybody.
    public static let maximumPeers = 3_000
    /// Authenticated bootstrap links, one per bootstrap plus the short-lived ones of stateless bootstraps.
    public static let maximumLinks = 256
    /// DHT messages per second and socket, and how many may come at once (protocol.md 8.1).
    public static let messagesPerSecond = 200
    public static let messageBurst = 1_000
    /// Messages above that after which a socket is closed: no honest peer is even a minute's worth above its rate.
    public static let floodLimit = 5_000

    // MARK: Message sizes (protocol.md 8.1, issue 2)

    /// Until a connection has said what it is.
    public static let undecidedMessageBytes = 64 * 1024
    public static let peerMessageBytes = 256 * 1024
    public static let linkMessageBytes = 1024 * 1024

    /// Bytes of what is passed on about one node: 20 of them in one answer stay below 64 KiB. Recorded ones have 300.
    public static let introductionBytes = 2 * 1024

    // MARK: Onboarding

    /// Onboarding requests that may wait (design.md, "The bridge node").
    public static let queueCapacity = 1_024
    /// Onboarding requests in work at a time: a helper was chosen, and its socket has not taken the instruction yet
    /// (design.md: bounded concurrency, 64).
    public static let concurrency = 64
    /// Onboarding requests taken into work in one go before sockets get their turn.
    public static let onboardingBatch = 64
    /// Helpers told one after the other for one request, as existing bridges do (protocol.md 5.1 step 5).
    public static let candidatesPerRequest = 3
    /// A socket that has not taken an instruction after this is stuck. It normally takes microseconds.
    public static let instructionTimeout: Duration = .milliseconds(500)
    /// Requests that wait for one newcomer's result; clients ask twice within a millisecond (protocol.md 2.2), of two
    /// bootstraps perhaps.
    public static let waitersPerNewcomer = 8
    /// Helpers that a newcomer was sent to before, remembered so that it is sent to others first.
    public static let earlierHelpers = 3
    /// When a refused bootstrap may ask again: the queue is empty well before that.
    public static let busyRetryAfter: Duration = .milliseconds(250)
    /// How long existing bootstraps wait for one bridge (protocol.md 3.4); an older request is answered to nobody.
    public static let requestDeadline: Duration = .seconds(10)
    /// For how long a newcomer's second request gets the first one's result. Current-era newcomers ask twice within 1 ms, and
    /// once more a second later; who asks again in earnest does so every 5 s or 10 s (protocol.md 2.2), and is then to be
    /// invited again.
    public static let repeatWindow: Duration = .seconds(4)
    /// The same after it took up an invitation: whoever asks later than that has come back anew, or got nowhere.
    public static let repeatWindowAfterAcceptance: Duration = .milliseconds(1_500)
    /// Newcomers remembered for repeats and for what they said of themselves: about 40 s of 100 joins a second.
    public static let rememberedNewcomers = 4_096
    /// And for how long: what became of an introduction is known within a minute (docs/link-pool.md).
    public static let newcomerMemory: Duration = .seconds(120)
    /// Peers named in an emergency answer; a newcomer needs a handful, and each costs about 300 bytes.
    public static let emergencyPeers = 20

    // MARK: Helper choice

    /// A helper must have been heard within this (design.md: "heard within a minute").
    public static let helperSilenceLimit: Duration = .seconds(60)
    /// A browser is no helper before it has been connected for this long (protocol.md 5.1, step 4): many a tab is closed
    /// again at once, and the others know nobody yet.
    public static let browserProvingTime: Duration = .seconds(30)
    /// Any other peer comes after those that were connected for this long or answered a ping: the first ping goes out then
    /// (`firstPingDelay`), and stateless acceptors hear nothing before (protocol.md 4.1).
    public static let helperProvingTime: Duration = .seconds(1)
    /// Half-life of "was asked lately": long against one join, short against a peer's life.
    public static let assignmentHalfLife: Duration = .seconds(10)
    /// What a helper's shortcomings cost, in assignments. Together less than one, so that load decides first.
    public static let outcomeCost = 0.40
    public static let uptimeCost = 0.25
    public static let roundTripCost = 0.20
    /// Stateless peers are deaf for a second on sockets that we opened (protocol.md 4.1), so that one matters least.
    public static let notDialledCost = 0.14
    /// More uptime is no better: the existing bridges stop counting after an hour, too (protocol.md 5.1, step 6).
    public static let fullUptime: Duration = .seconds(3_600)
    /// Beyond a second one round trip is as bad as another, and one that was never measured is as bad as that.
    public static let slowRoundTrip: Duration = .seconds(1)
    /// What the latest of a peer's round trips counts for in the smoothed one: two minutes of pings have two thirds.
    public static let roundTripGain = 0.25
    /// The first rest of a helper that stayed silent: longer than the 5 s in which its newcomers ask again, and over before
    /// a peer that only lost a link or two has found new ones. Each further one is twice as long, up to the cap.
    public static let shortestRest: Duration = .seconds(30)
    public static let longestRest: Duration = .seconds(600)
    /// One failed introduction may be the newcomer's fault, two may be chance.
    public static let failuresBeforeRest = 3
    /// How many outcomes a success rate stands on, the latest counting most.
    public static let remembersOutcomes = 32.0
    /// Records kept of helpers that left, at about 120 bytes each: more than come and go in the ten minutes of the longest rest.
    public static let rememberedOutcomes = 4_096
    /// Random draws that may meet somebody who is not wanted, before a group is looked through from end to end. With three
    /// unwanted in ten, one choice in 15,000 comes to that.
    public static let unwantedDraws = 8

    // MARK: Dialling

    /// A newcomer that has not dialled in this long after its onboarding answer is dialled once (protocol.md 4.7 rule 1).
    /// Earlier, the dial meets those that a current-era newcomer makes in its first second, and both links die.
    public static let newcomerDialDelay: Duration = .milliseconds(2_000)
    public static let newcomerDialJitter: Duration = .milliseconds(500)
    /// A dialled peer must answer our hello within this (protocol.md 4.1).
    public static let helloTimeout: Duration = .seconds(5)
    /// After a dialled link was closed as `Manager destroyed`, the wait before the next attempt (protocol.md 4.7 rule 1).
    public static let redialDelay: ClosedRange<Int> = 2_000...10_000
    /// Attempts per peer before it is left to dial in by itself.
    public static let dialAttempts = 3
    /// Peers waiting to be dialled or being dialled; each holds a socket for at most `helloTimeout` plus the connect.
    public static let maximumDials = 256
    /// Connections to DHT peers up to which nodes that others named are dialled (issue: enough to see the whole of a small
    /// network and a fair part of a large one).
    public static let targetPeers = 50
    /// How often it is looked for more connections, stale buckets and lost networks, and how much later it may be.
    public static let discoveryInterval: Duration = .seconds(10)
    public static let discoveryJitter: Duration = .seconds(2)
    /// Dials planned in one round, and the time over which they are spread. Newly met peers often dial us themselves, and two
    /// dials that cross destroy each other in the current era (protocol.md 4.7).
    public static let dialsPerRound = 8
    public static let dialSpread: Duration = .seconds(3)
    /// While connections are wanted, our own neighbourhood is looked up this often.
    public static let ownLookupInterval: Duration = .seconds(60)
    /// After a failed dial of a node that was only heard of: the wait before the next, doubling up to the cap.
    public static let unreachableWait: Duration = .seconds(30)
    public static let unreachableWaitCap: Duration = .seconds(1_800)
    /// Nodes whose failures are remembered.
    public static let rememberedFailures = 1_024
    /// With no peer left, how soon after a bootstrap has come it is asked for some, and how often the question is repeated.
    public static let recoveryDelay: Duration = .seconds(1)
    public static let recoveryInterval: Duration = .seconds(30)
    /// When a new peer is asked whom it knows: stateless acceptors hear nothing in the first second (protocol.md 4.1).
    public static let firstQueryDelay: Duration = .milliseconds(1_200)

    // MARK: Dialling in

    /// How long a bootstrap may take to register us. Existing ones need 20 ms (protocol.md 2.1).
    public static let registrationTimeout: Duration = .seconds(10)
    /// Waits between two attempts: doubling from the base to the cap, each spread by the jitter (design.md, "The link pool").
    public static let dialInBase: Duration = .seconds(1)
    public static let dialInCap: Duration = .seconds(30)
    public static let dialInJitter = 0.2
    /// A connection that lived this long makes the next wait the shortest again (design.md: a flapping link must not).
    public static let dialInProvingTime: Duration = .seconds(10)
    /// Pings on these connections, and the wait for any sign of life: together, and with what the transport's timers are
    /// coarse, below the 40 s after which a dead bootstrap must have been noticed.
    public static let dialInPingInterval: Duration = .seconds(25)
    public static let dialInPongTimeout: Duration = .seconds(10)
    /// Characters kept of what a bootstrap says when it refuses us.
    public static let explanationLength = 128

    // MARK: Shutdown

    /// How long the queue may take to run dry. A full one needs a tenth of that.
    public static let drainTime: Duration = .seconds(1)

    // MARK: Forwarding

    /// Hops after which a forwarded signal is dropped (protocol.md 4.8).
    public static let forwardHops = 4

    // MARK: Health reports

    /// The first report after the first peer (protocol.md 3.7).
    public static let firstHealthDelay: Duration = .seconds(1)
    /// At most one report in this time (protocol.md 3.7).
    public static let healthInterval: Duration = .seconds(30)
}
