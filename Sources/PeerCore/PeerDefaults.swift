public import WireMessages

/// Every number of the simulated peer, each with its reason. Where protocol.md measured a client of the existing network, the
/// simulated peer does the same; the rest keeps hundreds of peers in one process light.
public enum PeerDefaults {
    /// How long a whole join may take: an existing client's one attempt (protocol.md 2.2).
    public static let joinTimeout = Duration.seconds(30)

    // MARK: The conversation with the bootstrap server

    /// From the open client link to `register`: the first request goes out before it (protocol.md 2.1).
    public static let registerDelay = Duration.milliseconds(10)
    /// What `register` says (protocol.md 1.4).
    public static let protocolVersion = "1.0.0"
    /// How long one `get_peers_or_genesis` may take (protocol.md 2.2).
    public static let requestTimeout = Duration.seconds(30)
    /// How often it is put before the peer gives up (protocol.md 2.2).
    public static let requestAttempts = 3
    /// The pause after an attempt that failed, unless the server named another (protocol.md 2.2).
    public static let retryPause = Duration.seconds(5)
    /// The longest pause a server may ask for: no answer silences a peer for good.
    public static let longestRetryPause = Duration.seconds(30)
    /// Polling after `helper_coordinating` (protocol.md 2.2).
    public static let coordinatingPoll = Duration.seconds(5)
    /// Polling after an answer that names nobody (protocol.md 2.2).
    public static let emptyAnswerPoll = Duration.seconds(10)
    /// Entries other than bridges are dialled this long after the answer, unless an invitation came first (protocol.md 2.2).
    public static let directDialDelay = Duration.seconds(1)
    /// How long a newcomer waits for its helper after an answer before it asks again. Longer than the helper's 2 s of grace,
    /// shorter than the patience of anybody who watches.
    public static let helperPatience = Duration.seconds(5)
    /// From a lost client link to the next attempt (protocol.md 2.2).
    public static let reconnectPause = Duration.seconds(5)
    /// The longest time for which a server may send us away when it restarts: somewhat above what ours say at most.
    public static let longestAbsence = Duration.seconds(180)
    /// Consecutive failures after which the client link is given up (protocol.md 2.2).
    public static let reconnectAttempts = 10
    /// `maxPeers` in the request (protocol.md 2.6).
    public static let requestedPeers: RawJSON = "20"

    // MARK: Invitations

    /// Life of an invitation token (protocol.md 1.5).
    public static let invitationLifetime = Duration.seconds(1800)
    /// A second request to invite the same newcomer is passed over for this long (protocol.md 2.7).
    public static let invitationMemory = Duration.seconds(120)
    /// How long an invitation waits for the client link to be reopened (protocol.md 2.2).
    public static let invitationPatience = Duration.seconds(5)
    /// Invitations waiting for the client link. A helper that is asked for more has lost its link for good.
    public static let waitingInvitations = 64
    /// Newcomers remembered as invited: a helper is asked by a few bridges, some hundred times in two minutes at most.
    public static let rememberedInvitations = 512
    /// The inviter leaves the first dial to the invitee and dials itself only if there is no link by then: dials from both
    /// sides destroy each other at existing peers (protocol.md 4.7 and the recommendation in 2.7).
    public static let inviterGrace = Duration.seconds(2)

    // MARK: DHT links

    /// From a dial to the open socket (protocol.md 4.1).
    public static let dialTimeout = Duration.seconds(30)
    /// From the open socket to `dht_peer_connected`, as dialler (protocol.md 4.1).
    public static let greetingTimeout = Duration.seconds(5)
    /// From the accepted socket to `dht_peer_hello`, as acceptor (protocol.md 4.1).
    public static let helloTimeout = Duration.seconds(10)
    /// Existing acceptors drop what they hear in the first 50 ms, so the first ping waits longer than that (protocol.md 4.1).
    public static let firstPingDelay = Duration.milliseconds(100)
    /// The first question waits just as long ...
    public static let firstQuestionDelay = Duration.milliseconds(100)
    /// ... but a stateless-era acceptor drops everything but pings in the first second (protocol.md 4.1).
    public static let firstQuestionDelayStateless = Duration.milliseconds(1100)
    /// One ping per link and side (protocol.md 4.4).
    public static let pingInterval = Duration.seconds(30)
    /// A link on which nothing was heard for so long is closed: three pings went unanswered (protocol.md 4.7, rule 2).
    public static let silenceLimit = Duration.seconds(95)
    /// Sockets held at once, dials and strangers included. Enough for a genesis peer that invites everybody in the process.
    public static let links = 1024
    /// Sockets per remote id: several are normal, because existing peers dial more than once (protocol.md 4.7, rule 2).
    public static let linksPerPeer = 4

    // MARK: Knowing others

    /// Links to other peers the upkeep aims for. Few, so that hundreds of peers fit one process.
    public static let desiredPeerLinks = 8
    /// Links to bridges the upkeep aims for. A network has a handful of bridges, and each knows only who dials it.
    public static let desiredBridgeLinks = 4
    /// Bridges remembered, so that a stranger who names hundreds costs us nothing.
    public static let rememberedBridges = 16
    /// The first wait before a bridge that did not answer is dialled again; each further one is twice as long, up to
    /// `longestBridgeRetryPause`. A bridge that was restarted should have its peers back within seconds.
    public static let bridgeRetryPause = Duration.seconds(2)
    public static let longestBridgeRetryPause = Duration.seconds(15)
    /// Dials the upkeep starts in one round, so that a long answer does not become a burst.
    public static let dialsPerRound = 4
    /// The first round of upkeep after a join, and the next after a round that found work.
    public static let shortRound = Duration.seconds(1)
    /// Rounds that find nothing to do double the pause up to this (the existing network: 2 min).
    public static let longRound = Duration.seconds(60)
    /// Nodes in an answer to `find_node` (Kademlia paper 2.2; protocol.md 4.5).
    public static let nodesPerAnswer = 20

    /// Places in such an answer that go to bridges we are linked to, however far they are from what was asked for.
    public static let bridgesPerAnswer = 4

    // MARK: Storage

    /// Values kept for others. The swarm exists for joins; storage only answers.
    public static let storedValues = 64
    /// The largest value kept, in bytes of JSON.
    public static let storedValueBytes = 4096
    /// The longest key kept.
    public static let storedKeyBytes = 256
}
