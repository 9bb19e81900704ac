/// Every number of the bootstrap server's decisions, each with its reason.
public enum BootstrapDefaults {
    /// Registered connections. The existing server stops at 1,000 (protocol.md 7.1); an idle one costs us a few KiB.
    public static let maxPeers = 10_000
    /// Proven bridges on client links. They have room of their own, however many peers there are (robustness.md, S15); a
    /// network has a handful, and each is one more that the pool keeps a link to.
    public static let maxBridgeClients = 64
    /// A socket that never registers is closed after this (protocol.md 8.1).
    public static let unregisteredLimit = Duration.seconds(30)
    /// Real clients ask about 10 ms before they register; the answer waits for the registration this long at most
    /// (protocol.md 8, S10).
    public static let registrationPatience = Duration.seconds(2)
    /// A challenge that was not answered is void after this (protocol.md 2.5.2).
    public static let challengeLifetime = Duration.seconds(120)
    /// A connection whose id another one claims counts as dead if it says nothing at all for so long after a ping
    /// (robustness.md, S02: at most 5 s). A client that came back waits 5 s to be registered (protocol.md 2.2).
    public static let probePatience = Duration.seconds(3)
    /// A connection that was found alive is not pinged again so soon, however many others claim its id.
    public static let probeInterval = Duration.seconds(1)
    /// Peers remembered that this server led into the DHT: about 200 bytes each.
    public static let maxMembers = 16_384
    /// How long a client that waits for a peer is kept waiting: existing ones give up after 10 s (protocol.md 2.2).
    public static let peerWait = Duration.seconds(9)
    /// Peers that one client may wait for at a time.
    public static let maxWaitsPerClient = 8
    /// All bridges must have been linked, and have known nobody, for so long before a network is begun anew: peers that are
    /// still alive come back to a bridge that restarted within seconds, and look for us every 10 s (protocol.md 2.2).
    public static let vacancyPatience = Duration.seconds(30)
    /// And the bridges must have said so at least this often in that time; newcomers ask every 5 s to 10 s.
    public static let vacancyInterval = Duration.seconds(15)
    /// A bridge that had a link and has none may know everybody; after so long it counts as gone for good.
    public static let lostBridgePatience = Duration.seconds(600)
    /// Peers of one network (a /24 or /48) in one list: whoever rents one address usually gets its neighbours too
    /// (robustness.md, S13).
    public static let maxListedPerGroup = 2
    /// How many peers are looked at for each one that is listed, so that a crowd from one network does not fill the list.
    public static let consideredPerListed = 8
    /// Relay sessions at a time (protocol.md 4.8).
    public static let relayCapacity = 500
    /// Questions of one newcomer that share one answer. Real clients ask twice within a millisecond (protocol.md 2.2).
    public static let maxWaitersPerJoin = 8
    /// Answered request ids remembered per connection, so that a repeat gets no second answer (protocol.md 2.6).
    public static let maxAnsweredIDs = 16
    /// Open invitations of one inviter. In a young network one helper invites everybody who comes in a burst, so this is well
    /// above a hundred simultaneous joins; an abuser with one socket reaches no more peers than this.
    public static let maxInvitationsPerInviter = 256
    /// An invitation may be said again this often in this time; what comes beyond is not passed on.
    public static let maxInvitationRepeats = 3
    public static let invitationInterval = Duration.seconds(1)
    /// Open invitations to one invitee (robustness.md, P-LIMIT): what a victim of many inviters has to read.
    public static let maxInvitationsPerInvitee = 16
    /// Open invitations in all. An honest one is open for some milliseconds; at about 1 KiB each this is 50 MB at the worst.
    public static let maxInvitations = 50_000
    /// An invitation that was not accepted is forgotten after this (protocol.md 2.7).
    public static let invitationLifetime = Duration.seconds(300)
    /// How long a peer's invitation of a bridge counts as being on its way.
    public static let bridgeInvitationLifetime = Duration.seconds(10)
    /// A bridge that knows nobody is sent this many peers of the DHT.
    public static let peersSentToEmptyBridge = 3
    /// How many peers are looked at to find those: most have joined and will do, and none is looked at twice in a row.
    public static let peersConsideredForEmptyBridge = 32
    /// Between two Node peers both sides dial on hearing of each other, and in the current era the two dials destroy each
    /// other (protocol.md 4.7). The inviter hears this much later, and does not dial a peer it is already linked to.
    public static let inviterDelay = Duration.seconds(2)
    /// How long after its designation the genesis peer is asked to invite the bridges (protocol.md 2.6.1).
    public static let bridgeInvitationDelay = Duration.seconds(2)
    /// A helper that was named but has not invited by now is asked once over its client link: the bridge's instruction may
    /// have been lost (protocol.md 4.1).
    public static let helperReminderDelay = Duration.seconds(1)
    /// Introductions that are followed at one time: each takes some 200 bytes for a minute or two, so this is room for 100 joins
    /// a second at a few MiB. What goes beyond is not reported to its bridge.
    public static let maxIntroductions = 16_384
    /// A helper that did not invite within this was silent. It invites within milliseconds, but an existing one may have to open
    /// its client link for it, and waits up to 5 s to be registered there (protocol.md 2.7).
    public static let helperPatience = Duration.seconds(5)
    /// How long after the acceptance the helper is asked whether it is linked: a second after the later of the two has heard
    /// where to dial (`inviterDelay`).
    public static let helperProbeDelay = Duration.seconds(3)
    /// A helper's word that it is linked counts if the newcomer does not ask again for so long. Clients without any connection
    /// ask every 10 s (protocol.md 2.2).
    public static let helperWordPatience = Duration.seconds(12)
    /// A newcomer that asks again this soon after it accepted does not say that it failed: clients of the current era ask 1.0 s
    /// after their first answer, whether they are linked or not (protocol.md 2.2).
    public static let hastyQuestion = Duration.milliseconds(1_500)
    /// How long an introduction is followed after the last thing that was seen of it: a client that is not connected has asked
    /// again by then.
    public static let introductionLifetime = Duration.seconds(60)
    /// Peers in one answer to a bridge that has lost its own: as many as a newcomer is shown.
    public static let clientsPerAnswer = 20
    /// How many peers are looked at for that, to prefer those that can be dialled.
    public static let clientsConsideredPerAnswer = 64
    /// One such answer per bridge in this time; existing bridges ask at most every few seconds.
    public static let clientsAnswerInterval = Duration.seconds(1)
    /// A peer that describes itself at greater length is left out of that: 20 of them must fit into one message. Real ones take
    /// about 200 bytes.
    public static let maxClientEntryBytes = 4_096
    /// Bridges that know no peer at all are asked again this often before the newcomer is told: right after the start of a
    /// network, or of a bridge, the first peer is on its way to them.
    public static let emptyBridgeRetries = 6
    public static let emptyBridgeRetryDelay = Duration.milliseconds(500)
    /// How long after a bridge was linked it counts as having nothing to say of a network. Ours say it with their first words; on
    /// this machine that is a millisecond later, across the world a tenth of a second at most: both were sent at once.
    public static let bridgeWordPatience = Duration.milliseconds(50)
    /// How long the first newcomer of a server that knows of no network waits for bridges that are not linked. Two redials of a
    /// bridge that starts together with the server, and a tenth of the 30 s that clients wait (protocol.md 2.2).
    public static let absentBridgePatience = Duration.seconds(3)
    /// What a newcomer is told to wait when nobody can help it right now.
    public static let unavailableRetryAfterMilliseconds: Int64 = 2_000
    /// What a newcomer is told to wait when this server is about to stop: as long as existing clients wait anyway before they
    /// try the next server of their list (protocol.md 2.2), and long enough for a restart.
    public static let stoppingRetryAfterMilliseconds: Int64 = 5_000
    /// Clients that are told when to come back do so at 200 a second: twice the joins that a server is built for, and a
    /// registration costs it far less than a join.
    public static let comeBackPerClient = Duration.milliseconds(5)
    /// A few clients come back within this, whatever their number: a human who watches the restart should not have to wait ...
    public static let shortestComeBack = Duration.seconds(1)
    /// ... and nobody waits longer than this, though they are many: those who wait are without an entrance.
    public static let longestComeBack = Duration.seconds(120)
    /// At the end connections are closed in waves, this far from each other ...
    public static let wavePause = Duration.milliseconds(100)
    /// ... and of no fewer connections than this, while there are as many: a small server need not take its time.
    public static let smallestWave = 100
}
