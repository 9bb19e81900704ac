/// Every number of a trial join, each with its reason.
package enum JoinTrialDefaults {
    /// A hop of the connection: a packet that is lost twice is sent again within 3 s.
    package static let connection = Duration.seconds(5)
    /// A registration needs no third party but, at times, the end of an earlier connection (protocol.md 2.2: clients wait 5 s).
    package static let register = Duration.seconds(5)
    /// Clients of the network give up on a question after 30 s (protocol.md 2.2); a server that answers later than that is seen to.
    package static let answer = Duration.seconds(35)
    /// A helper invites within milliseconds, but an existing one may have to open its client link for it, and waits up to 5 s to
    /// be registered there (protocol.md 2.7).
    package static let helper = Duration.seconds(10)
    /// The whole: a join that takes longer is of no use to anybody.
    package static let total = Duration.seconds(60)
    /// After the invitation was accepted, until the server tells where the helper is: that needs no third party.
    static let introduction = Duration.seconds(3)
    /// How long the other end may take to answer our goodbye. Nothing depends on it.
    static let goodbye = Duration.seconds(1)
    /// A certificate that ends so soon should have been renewed by now: those of public authorities are renewed 30 days before.
    static let certificateDays: Int64 = 14
    /// Existing clients join in 3 s to 6 s in the current era (protocol.md 5.7); what takes longer is worth a look.
    static let slowAnswer = Duration.seconds(8)
    /// Answers of existing servers grow with the number of peers: those of 1,000 peers with full metadata fit.
    static let maxMessageBytes = 4 << 20
    /// Messages that wait to be looked at. A server says four or five to a newcomer.
    static let maxWaitingMessages = 64
    /// Of a text from outside within a sentence of ours.
    static let maxQuotedBytes = 160
    /// Clients that were told `helper_coordinating` ask again after this (protocol.md 2.2).
    static let coordinatingRetryMs: Int64 = 5_000
}
