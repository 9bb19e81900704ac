import Kademlia
import NIOCore
import WireMessages

/// What an instant bridge says. The answer to an onboarding request is a fixed text with the request's id spliced in, so that
/// it costs next to nothing; everything else takes the usual way through the decoder.
struct InstantAnswers: Sendable {
    enum Reply: Sendable, Equatable {
        case text(ByteBuffer)
        case silence
        /// That was no message.
        case refusal
    }

    private let authSuccess: ByteBuffer
    /// The answer before and after the request's id.
    private let head: ByteBuffer
    private let tail: ByteBuffer

    /// How our own pool's requests begin, and those of the existing bootstraps, up to the id.
    private static let requestPrefix = Array(#"{"type":"get_onboarding_peer","requestId":""#.utf8)
    private static let helper = NodeID(high: 0x7604_9abb_8b31_0edc, middle: 0xf6dc_ba2d_9bad_d8d5, low: 0x31e7_ab87)

    init(bridge: NodeID) {
        // It understands nothing special, but answers on the link it was asked on, as bridges of ours do.
        let success = AuthSuccess(bridgeNodeID: bridge, features: [])
        authSuccess = ByteBuffer(bytes: BridgeToBootstrap.authSuccess(success).encode())
        let placeholder: WireRequestID = "?"
        let answer = OnboardingPeerResponse(
            requestID: placeholder,
            success: true,
            data: .answer(Self.onboardingAnswer(bridge: bridge)),
            timestamp: 0,
            from: bridge
        )
        let text = BridgeToBootstrap.onboardingPeerResponse(answer).encode()
        // Nothing before the id has a question mark in it.
        let place = text.firstIndex(of: UInt8(ascii: "?")) ?? text.endIndex
        head = ByteBuffer(bytes: text[..<place])
        tail = ByteBuffer(bytes: text[place...].dropFirst())
    }

    func answer(to message: ByteBuffer) -> Reply {
        if let id = Self.requestID(of: message) { return .text(answer(with: id)) }
        let decoded: BootstrapToBridge
        do throws(WireError) {
            decoded = try message.withUnsafeReadableBytes { (bytes) throws(WireError) in
                try BootstrapToBridge.decode(bytes)
            }
        } catch {
            return .refusal
        }
        switch decoded {
        case .bootstrapAuth: return .text(authSuccess)
        case .getOnboardingPeer(let request): return .text(answer(with: ByteBuffer(string: request.requestID.text)))
        case .cancelOnboardingPeer, .invitationForBridge, .validateReconnection, .connectGenesisPeer,
            .connectedClientsResponse, .introductionOutcome, .bridgeKeys, .ping, .pong, .unknown:
            return .silence
        }
    }

    private func answer(with id: ByteBuffer) -> ByteBuffer {
        var text = ByteBuffer()
        text.reserveCapacity(head.readableBytes + id.readableBytes + tail.readableBytes)
        text.writeImmutableBuffer(head)
        text.writeImmutableBuffer(id)
        text.writeImmutableBuffer(tail)
        return text
    }

    /// The id of a request that is written as expected; nil sends it to the decoder.
    private static func requestID(of message: ByteBuffer) -> ByteBuffer? {
        let view = message.readableBytesView
        guard view.starts(with: requestPrefix) else { return nil }
        let rest = view.dropFirst(requestPrefix.count)
        // An id with an escape in it is not for copying.
        guard let end = rest.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }),
            rest[end] == UInt8(ascii: "\""), end > rest.startIndex
        else { return nil }
        return message.getSlice(at: rest.startIndex, length: end - rest.startIndex)
    }

    /// As large as the answers of existing bridges (protocol.md 3.4).
    private static func onboardingAnswer(bridge: NodeID) -> OnboardingAnswer {
        OnboardingAnswer(
            inviterPeerID: helper,
            inviterMetadata: #"""
                {"publicKey":"42b9a370c9765c2c6961a5b858c7b11204484727b4b2a6387af9e01dd4220d93","nodeType":"nodejs","listeningAddress":"ws://127.0.0.1:9","publicWssAddress":"ws://127.0.0.1:9","capabilities":["websocket","relay"],"canRelay":true,"canAcceptConnections":true,"canInitiateConnections":true}
                """#,
            membershipToken: .object { writer in
                writer.member("issuer", bridge)
                writer.member("timestamp", Int64(0))
                writer.member("isOpenNetwork", true)
                writer.member("authorizedBy", helper)
                writer.member("signature", String(repeating: "0", count: 128))
            },
            status: OnboardingAnswer.invitationRequested,
            message: "Helper has been asked"
        )
    }
}
