/// What a target is.
package enum TargetKind: String, Sendable, CaseIterable {
    case bootstrap
    case bridge
}

/// One rule of the wire contract, and how to find out whether a target keeps it.
package struct ConformanceCase: Sendable {
    /// What must be so before a case can be run without doing harm.
    package enum Need: Sendable {
        /// Nothing: it is harmless on a network that people use.
        case nothing
        /// The network has its first peer: whoever asks for peers before becomes it.
        case network
        /// The network is a throw-away one: the case gets in the way of real peers.
        case throwAway
        /// The secret that bootstraps and bridges share.
        case secret
        /// Both of the above.
        case throwAwayAndSecret
    }

    /// What else may be going on.
    package enum Turn: Sendable {
        /// Other cases.
        case together
        /// Nothing: others would notice, or it may end a target that cannot take it.
        case alone
        /// The same, and nothing comes after it: it is known to end some of the existing servers.
        case last
    }

    package var id: String
    /// The message, or the HTTP request, that the case is about.
    package var message: String
    /// Where the rule stands: a section of protocol.md, or of robustness.md if it begins with a letter.
    package var section: String
    /// What the contract says.
    package var expected: String
    package var need: Need
    package var turn: Turn
    package var timeLimit: Duration
    /// Answers what was seen, in a few words; throws a `Deviation` or a `Skipped`.
    let body: @Sendable (Probe) async throws -> String

    init(
        _ id: String,
        _ message: String,
        _ section: String,
        expects expected: String,
        need: Need = .nothing,
        turn: Turn = .together,
        timeLimit: Duration = ConformanceDefaults.caseLimit,
        _ body: @escaping @Sendable (Probe) async throws -> String
    ) {
        self.id = id
        self.message = message
        self.section = section
        self.expected = expected
        self.need = need
        self.turn = turn
        self.timeLimit = timeLimit
        self.body = body
    }

    /// Every case for that kind of target, in the order of the report.
    package static func all(_ kind: TargetKind) -> [ConformanceCase] {
        switch kind {
        case .bootstrap:
            registration + versions + frames + genesis + joins + tokens + challenges + badKeys + invitations
                + invitationAbuse
                + signalling + lookups + takeovers + identity + bridgeRole + ice + relay + reports + http
        case .bridge:
            firstMessages + bootstrapLink + onboarding + dhtLink + dhtRequests + forwarding + monitoring
        }
    }
}
