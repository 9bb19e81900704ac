import Kademlia
import Telemetry
import WireMessages

/// A peer that registers at a bootstrap and wants nothing else (protocol.md 2.5).
struct RegisterScript: Script {
    private let node: NodeID

    init(node: NodeID) {
        self.node = node
    }

    func opening() -> [[UInt8]] {
        // A newcomer asks first and registers then; this one only registers, in the same words.
        Array(JoinScript(node: node, goal: .network).opening().suffix(1))
    }

    mutating func received(_ bytes: UnsafeRawBufferPointer) -> ScriptStep {
        let message: BootstrapToPeer
        do throws(WireError) {
            message = try BootstrapToPeer.decode(bytes)
        } catch {
            return .failed("server sent what is no message: \(error.reason)")
        }
        if case .registered = message { return .done }
        if case .versionMismatch = message { return .failed("version mismatch") }
        if case .error(let notice) = message {
            return .failed("error: \(notice.code ?? notice.message ?? "unspecified")")
        }
        // Whatever else a bootstrap may say to a peer is no answer.
        return .wait
    }
}

/// A bootstrap that proves itself to a bridge (protocol.md 3.2.1), and asks later.
struct AuthenticateScript: Script {
    private var request: RequestScript

    init(secret: Secret) {
        request = RequestScript(secret: secret, newcomer: NodeID(high: 0, middle: 0, low: 0))
    }

    func opening() -> [[UInt8]] { request.opening() }

    mutating func received(_ bytes: UnsafeRawBufferPointer) -> ScriptStep {
        let step = request.received(bytes)
        // It would ask now.
        if case .say = step { return .done }
        return step
    }
}

/// One onboarding request on a connection that is authenticated already (protocol.md 3.4).
struct AskScript: Script {
    private let question: GetOnboardingPeer
    private var request: RequestScript

    /// - Parameter newcomer: also names the request, as each newcomer asks once.
    init(newcomer: NodeID) {
        guard let id = WireRequestID(newcomer.description) else {
            preconditionFailure("40 hex digits are a valid request id")
        }
        question = GetOnboardingPeer(requestID: id, newNodeID: newcomer, newNodeMetadata: RequestScript.metadata)
        request = RequestScript(secret: Secret(""), newcomer: newcomer)
    }

    func opening() -> [[UInt8]] { [BootstrapToBridge.getOnboardingPeer(question).encode()] }

    mutating func received(_ bytes: UnsafeRawBufferPointer) -> ScriptStep { request.received(bytes) }
}
