/// All that a bootstrap may say on a link it dialled to a bridge (protocol.md 3).
public enum BootstrapToBridge: WireConversation {
    case bootstrapAuth(BootstrapAuth)
    case getOnboardingPeer(GetOnboardingPeer)
    /// Only to a bridge that announced `LinkFeatures.cancel`.
    case cancelOnboardingPeer(CancelOnboardingPeer)
    case invitationForBridge(InvitationForBridge)
    case validateReconnection(ValidateReconnection)
    case connectGenesisPeer(ConnectGenesisPeer)
    /// The answer to `GetConnectedClients`; on a link that was dialled, only where both announced `LinkFeatures.clients`.
    case connectedClientsResponse(ConnectedClientsResponse)
    /// Only to a bridge that announced `LinkFeatures.outcome`.
    case introductionOutcome(IntroductionOutcome)
    /// Only to a bridge that announced `LinkFeatures.keys`.
    case bridgeKeys(BridgeKeys)
    case ping(Ping)
    case pong(Pong)
    /// A type that is not in this list, cut to `WireLimits.messageType` bytes. To be ignored, and counted.
    case unknown(type: String)

    public init(type: WireType, fields: WireFields) throws(WireError.Reason) {
        switch type {
        case "bootstrap_auth": self = .bootstrapAuth(try BootstrapAuth(reading: fields))
        case "get_onboarding_peer": self = .getOnboardingPeer(try GetOnboardingPeer(reading: fields))
        case "cancel_onboarding_peer": self = .cancelOnboardingPeer(try CancelOnboardingPeer(reading: fields))
        case "invitation_for_bridge": self = .invitationForBridge(try InvitationForBridge(reading: fields))
        case "validate_reconnection": self = .validateReconnection(try ValidateReconnection(reading: fields))
        case "connect_genesis_peer": self = .connectGenesisPeer(try ConnectGenesisPeer(reading: fields))
        case "connected_clients_response":
            self = .connectedClientsResponse(try ConnectedClientsResponse(reading: fields))
        case "introduction_outcome": self = .introductionOutcome(try IntroductionOutcome(reading: fields))
        case "bridge_keys": self = .bridgeKeys(try BridgeKeys(reading: fields))
        case "ping": self = .ping(try Ping(reading: fields))
        case "pong": self = .pong(try Pong(reading: fields))
        default: self = .unknown(type: type.text)
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .bootstrapAuth(let message): message.write(to: &writer)
        case .getOnboardingPeer(let message): message.write(to: &writer)
        case .cancelOnboardingPeer(let message): message.write(to: &writer)
        case .invitationForBridge(let message): message.write(to: &writer)
        case .validateReconnection(let message): message.write(to: &writer)
        case .connectGenesisPeer(let message): message.write(to: &writer)
        case .connectedClientsResponse(let message): message.write(to: &writer)
        case .introductionOutcome(let message): message.write(to: &writer)
        case .bridgeKeys(let message): message.write(to: &writer)
        case .ping(let message): message.write(to: &writer)
        case .pong(let message): message.write(to: &writer)
        case .unknown(let type): writer.typeOnly(type)
        }
    }
}
