public import MembershipTokens
public import WireMessages

/// An answer to a bootstrap that carries a token which is not signed yet. Signing costs more than deciding, so it happens
/// outside the core: over `token.unsigned`.
public struct UnsignedAnswer: Equatable, Sendable {
    public enum Content: Equatable, Sendable {
        /// To `get_onboarding_peer`; the token says who the helper is.
        case onboarding(helperMetadata: RawJSON)
        /// To `connect_genesis_peer`.
        case genesis(networkFingerprint: String)
    }

    public var requestID: WireRequestID
    public var token: MembershipToken
    public var content: Content
    /// Whether the answer says which bridge it is of.
    public var namesBridge: Bool

    public init(
        requestID: WireRequestID,
        token: MembershipToken,
        content: Content,
        namesBridge: Bool = true
    ) {
        self.requestID = requestID
        self.token = token
        self.content = content
        self.namesBridge = namesBridge
    }

    /// The answer as it goes out.
    /// - Parameter signature: 128 lowercase hex digits over `token.unsigned`.
    public func signed(_ signature: String) -> BridgeToBootstrap {
        switch content {
        case .onboarding(let helperMetadata):
            .onboardingPeerResponse(
                OnboardingPeerResponse(
                    requestID: requestID,
                    success: true,
                    data: .answer(
                        OnboardingAnswer(
                            inviterPeerID: token.authorizedBy ?? token.issuer,
                            inviterMetadata: helperMetadata,
                            membershipToken: token.signed(signature),
                            status: OnboardingAnswer.invitationRequested,
                            message: "A connected peer was asked to invite the newcomer"
                        )
                    ),
                    timestamp: token.timestamp,
                    from: namesBridge ? token.issuer : nil
                )
            )
        case .genesis(let networkFingerprint):
            .genesisConnectionResult(
                GenesisConnectionResult(
                    nodeID: token.holder,
                    requestID: requestID,
                    success: true,
                    reason: "Genesis peer accepted as first DHT connection",
                    timestamp: token.timestamp,
                    from: namesBridge ? token.issuer : nil,
                    bridgeNodeID: token.issuer,
                    membershipToken: token.signed(signature),
                    networkFingerprint: networkFingerprint,
                    message: "The bridge observes the network that this peer starts"
                )
            )
        }
    }

    /// What goes out when the token could not be signed.
    public func failed() -> BridgeToBootstrap {
        let error = "Internal error"
        switch content {
        case .onboarding:
            return .onboardingPeerResponse(
                OnboardingPeerResponse(
                    requestID: requestID,
                    success: false,
                    error: error,
                    code: "internal_error",
                    timestamp: token.timestamp,
                    from: namesBridge ? token.issuer : nil
                )
            )
        case .genesis:
            return .genesisConnectionResult(
                GenesisConnectionResult(
                    nodeID: token.holder,
                    requestID: requestID,
                    success: false,
                    reason: error,
                    timestamp: token.timestamp,
                    from: namesBridge ? token.issuer : nil
                )
            )
        }
    }
}
