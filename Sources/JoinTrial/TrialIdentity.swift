import Crypto
import FoundationEssentials
package import Kademlia
import WireMessages

/// Who a trial peer is: a browser whose tab is hidden. That is what most newcomers are, it can prove its id where servers ask for
/// that, nobody tries to dial it, and neither bridges nor servers name it to others (protocol.md 2.5.1, 2.6.3, 5.6).
package struct TrialIdentity: Sendable {
    private let key = P256.Signing.PrivateKey()
    package let nodeID: NodeID

    /// A new one.
    package init() {
        let hash = Array(SHA256.hash(data: key.publicKey.rawRepresentation).prefix(20))
        // Twenty bytes are always an id.
        nodeID = NodeID(bytes: hash) ?? NodeID(high: 0, middle: 0, low: 0)
    }

    var metadata: RawJSON {
        // x, then y, 32 bytes each.
        let point = key.publicKey.rawRepresentation
        let jwk = RawJSON.object { writer in
            writer.member("kty", "EC")
            writer.member("crv", "P-256")
            writer.member("x", Self.base64URL(point.prefix(32)))
            writer.member("y", Self.base64URL(point.suffix(32)))
        }
        return .object { writer in
            writer.member("publicKey", jwk)
            writer.member("nodeType", "browser")
            writer.member("capabilities", ["webrtc", "websocket-client"])
            writer.member("canAcceptConnections", false)
            writer.member("canInitiateConnections", true)
            writer.member("tabVisible", false)
        }
    }

    /// The answer to a challenge (protocol.md 2.5.2); nil if it cannot be signed.
    func answer(to challenge: AuthChallenge, at unixMilliseconds: Int64) -> AuthResponse? {
        let text = Data("\(challenge.nonce):\(challenge.timestamp)".utf8)
        guard let signature = try? key.signature(for: text).rawRepresentation else { return nil }
        return AuthResponse(
            nodeID: .node(nodeID),
            signature: String(hexadecimal: signature),
            timestamp: unixMilliseconds
        )
    }

    private static func base64URL(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
