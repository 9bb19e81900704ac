/// All that a bridge may say on a link that a bootstrap dialled (protocol.md 3).
public enum BridgeToBootstrap: WireConversation {
    case authSuccess(AuthSuccess)
    case authFailed(AuthFailed)
    case onboardingPeerResponse(OnboardingPeerResponse)
    case bridgeInvitationAccepted(BridgeInvitationAccepted)
    case bridgeInvitationFailed(BridgeInvitationFailed)
    case bridgeHealthUpdate(BridgeHealthUpdate)
    case reconnectionResult(ReconnectionResult)
    case genesisConnectionResult(GenesisConnectionResult)
    /// On a link that was dialled, only where both announced `LinkFeatures.clients`.
    case getConnectedClients(GetConnectedClients)
    case ping(Ping)
    case pong(Pong)
    case error(ErrorNotice)
    /// A type that is not in this list, cut to `WireLimits.messageType` bytes. To be ignored, and counted.
    case unknown(type: String)

    public init(type: WireType, fields: WireFields) throws(WireError.Reason) {
        switch type {
        case "auth_success": self = .authSuccess(try AuthSuccess(reading: fields))
        case "auth_failed": self = .authFailed(try AuthFailed(reading: fields))
        case "onboarding_peer_response": self = .onboardingPeerResponse(try OnboardingPeerResponse(reading: fields))
        case "bridge_invitation_accepted":
            self = .bridgeInvitationAccepted(try BridgeInvitationAccepted(reading: fields))
        case "bridge_invitation_failed": self = .bridgeInvitationFailed(try BridgeInvitationFailed(reading: fields))
        case "bridge_health_update": self = .bridgeHealthUpdate(try BridgeHealthUpdate(reading: fields))
        case "reconnection_result": self = .reconnectionResult(try ReconnectionResult(reading: fields))
        case "genesis_connection_result":
            self = .genesisConnectionResult(try GenesisConnectionResult(reading: fields))
        case "get_connected_clients": self = .getConnectedClients(try GetConnectedClients(reading: fields))
        case "ping": self = .ping(try Ping(reading: fields))
        case "pong": self = .pong(try Pong(reading: fields))
        case "error": self = .error(try ErrorNotice(reading: fields))
        default: self = .unknown(type: type.text)
        }
    }

    public func write(to writer: inout JSONWriter) {
        switch self {
        case .authSuccess(let message): message.write(to: &writer)
        case .authFailed(let message): message.write(to: &writer)
        case .onboardingPeerResponse(let message): message.write(to: &writer)
        case .bridgeInvitationAccepted(let message): message.write(to: &writer)
        case .bridgeInvitationFailed(let message): message.write(to: &writer)
        case .bridgeHealthUpdate(let message): message.write(to: &writer)
        case .reconnectionResult(let message): message.write(to: &writer)
        case .genesisConnectionResult(let message): message.write(to: &writer)
        case .getConnectedClients(let message): message.write(to: &writer)
        case .ping(let message): message.write(to: &writer)
        case .pong(let message): message.write(to: &writer)
        case .error(let message): message.write(to: &writer)
        case .unknown(let type): writer.typeOnly(type)
        }
    }
}
