import Kademlia
import WireMessages

/// A newcomer at a bootstrap: asks for peers, registers, and wants both answered (protocol.md 2.2). Real clients ask about
/// 10 ms before they register; here both leave at once.
struct JoinScript: Script {
    /// What answer counts as success.
    enum Goal: Sendable {
        /// A bridge named a helper.
        case helper
        /// The network has begun, with this peer or before it.
        case network
    }

    private let node: NodeID
    private let goal: Goal
    private var isRegistered = false
    private var isAnswered = false

    /// One question a connection, so one id will do.
    private static let requestID: WireRequestID = "bench_join_1"

    /// As a Node peer has it (protocol.md 2.5.1), without an address: nobody should dial a peer that has gone.
    private static let metadata: RawJSON = #"""
        {"publicKey":"42b9a370c9765c2c6961a5b858c7b11204484727b4b2a6387af9e01dd4220d93","membershipToken":null,"nodeType":"nodejs","capabilities":["websocket"],"canRelay":false,"canAcceptConnections":false,"canInitiateConnections":true}
        """#

    init(node: NodeID, goal: Goal) {
        self.node = node
        self.goal = goal
    }

    private static let question = NodeTemplate { node in
        let question = GetPeersOrGenesis(
            // What clients ask for (protocol.md 2.6).
            maxPeers: "20",
            nodeID: .node(node),
            metadata: metadata,
            requestID: requestID
        )
        return PeerToBootstrap.getPeersOrGenesis(question).encode()
    }
    private static let registration = NodeTemplate { node in
        let registration = Register(
            nodeID: .node(node),
            protocolVersion: LoadDefaults.protocolVersion,
            metadata: metadata
        )
        return PeerToBootstrap.register(registration).encode()
    }

    func opening() -> [[UInt8]] {
        [Self.question.text(of: node), Self.registration.text(of: node)]
    }

    mutating func received(_ bytes: UnsafeRawBufferPointer) -> ScriptStep {
        let message: BootstrapToPeer
        do throws(WireError) {
            message = try BootstrapToPeer.decode(bytes)
        } catch {
            return .failed("server sent what is no message: \(error.reason)")
        }
        // Whatever else a bootstrap may say to a peer is not part of a join.
        if case .registered = message {
            isRegistered = true
        } else if case .response(let response) = message, response.requestID == Self.requestID {
            if let reason = refusal(response) { return .failed(reason) }
            isAnswered = true
        } else if case .versionMismatch = message {
            return .failed("version mismatch")
        } else if case .error(let notice) = message {
            return .failed("error: \(notice.code ?? notice.message ?? "unspecified")")
        }
        return isRegistered && isAnswered ? .done : .wait
    }

    private func refusal(_ response: Response) -> String? {
        guard response.success else { return "refused: \(response.code ?? response.error ?? "unspecified")" }
        guard case .join(let answer)? = response.data else { return "answer without peers" }
        let hasHelper = answer.status == .peerFound && !answer.peers.isEmpty
        switch goal {
        case .helper where hasHelper: return nil
        case .network where hasHelper || answer.isGenesis: return nil
        case .helper, .network:
            let instead = answer.isGenesis ? "genesis" : answer.status?.text ?? "a plain list"
            return "no helper, but \(instead)"
        }
    }
}
