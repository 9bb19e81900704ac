import Kademlia
import Telemetry
import WireMessages

/// One onboarding request on a connection of its own: authenticate, ask, done (protocol.md 3.2.1, 3.4). What a bootstrap
/// without persistent links does for every newcomer.
struct RequestScript: Script {
    private let secret: Secret
    private let newcomer: NodeID
    private let requestID: WireRequestID

    /// What a newcomer says of itself, passed on to the bridge.
    static let metadata: RawJSON = #"""
        {"nodeType":"nodejs","capabilities":["websocket"],"canRelay":false,"canAcceptConnections":false,"canInitiateConnections":true}
        """#

    /// - Parameter newcomer: also names the request, as each newcomer asks once.
    init(secret: Secret, newcomer: NodeID) {
        guard let requestID = WireRequestID(newcomer.description) else {
            preconditionFailure("40 hex digits are a valid request id")
        }
        self.secret = secret
        self.newcomer = newcomer
        self.requestID = requestID
    }

    func opening() -> [[UInt8]] {
        [BootstrapToBridge.bootstrapAuth(BootstrapAuth(authToken: secret.reveal(), bootstrapServer: "bench")).encode()]
    }

    mutating func received(_ bytes: UnsafeRawBufferPointer) -> ScriptStep {
        let message: BridgeToBootstrap
        do throws(WireError) {
            message = try BridgeToBootstrap.decode(bytes)
        } catch {
            return .failed("bridge sent what is no message: \(error.reason)")
        }
        switch message {
        case .authSuccess:
            let request = GetOnboardingPeer(
                requestID: requestID,
                newNodeID: newcomer,
                newNodeMetadata: Self.metadata
            )
            return .say(BootstrapToBridge.getOnboardingPeer(request).encode())
        case .authFailed:
            return .failed("bridge refused the secret")
        case .onboardingPeerResponse(let response):
            guard response.requestID == requestID else { return .failed("answer to another request") }
            guard response.success, case .answer? = response.data else {
                return .failed("refused: \(response.code ?? response.error ?? "unspecified")")
            }
            return .done
        case .error(let notice):
            return .failed("error: \(notice.code ?? notice.message ?? "unspecified")")
        case .ping, .pong, .bridgeInvitationAccepted, .bridgeInvitationFailed, .bridgeHealthUpdate, .reconnectionResult,
            .genesisConnectionResult, .getConnectedClients, .unknown:
            return .wait
        }
    }
}
