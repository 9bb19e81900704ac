import Kademlia
import WireMessages

/// Messages of the size and shape that peers and bridges of the existing network send (protocol.md 2.5, 2.6, 3.4).
enum Messages {
    static let peer: NodeID = NodeID(high: 0x1aea_f547_c895_bbcb, middle: 0x25ed_0a9e_25cc_04e4, low: 0x0e3a_f2c9)
    static let helper: NodeID = NodeID(high: 0x4307_e8d6_4953_f786, middle: 0x00df_0e58_04e7_adb4, low: 0x54c2_694a)
    static let bridge: NodeID = NodeID(high: 0xc2b2_d387_2e40_40e2, middle: 0x65b5_1fec_e334_0502, low: 0x1403_50ea)

    /// Of a Node peer that has not joined.
    static let metadata: RawJSON = """
        {"publicKey":"7bea562b9c7a4c08c442cdfbdb91663939682d2a97346453b13369e54f918aee","membershipToken":null,\
        "nodeType":"nodejs","listeningAddress":"ws://192.0.2.17:18102","publicWssAddress":"wss://192.0.2.17:18102",\
        "capabilities":["websocket","relay"],"canRelay":true,"relayLoad":0,"relayCapacity":100,\
        "canAcceptConnections":true,"canInitiateConnections":true}
        """

    /// Of one that is in.
    static let helperMetadata = RawJSON(
        stringLiteral: """
            {"isBridgeNode":false,"nodeType":"nodejs","capabilities":["websocket","relay"],"startTime":1795344194750,\
            "listeningAddress":"ws://192.0.2.18:18101","publicWssAddress":"wss://192.0.2.18:18101","canRelay":true,\
            "relayLoad":0,"relayCapacity":100,"canAcceptConnections":true,"canInitiateConnections":true,\
            "membershipToken":\(tokenText(of: helper))}
            """
    )

    static let token = RawJSON(stringLiteral: tokenText(of: peer))

    private static func tokenText(of holder: NodeID) -> String {
        """
        {"nodeId":"\(holder)","issuer":"\(bridge)","timestamp":1795344203798,"isOpenNetwork":true,\
        "authorizedBy":"\(helper)","keyId":"00000000000000ab","expires":1797936203798,"signature":"\(signature)"}
        """
    }

    static let signature = String(repeating: "47adc6db951f5745", count: 8)

    static let register = PeerToBootstrap.register(register(peer))

    static func register(_ id: NodeID) -> Register {
        Register(
            nodeID: .node(id),
            protocolVersion: "1.0.0",
            buildID: "node_1795344180721",
            timestamp: 1_795_344_180_884,
            metadata: metadata
        )
    }

    static let question = PeerToBootstrap.getPeersOrGenesis(question(peer))

    static func question(_ id: NodeID) -> GetPeersOrGenesis {
        GetPeersOrGenesis(
            maxPeers: "20",
            nodeID: .node(id),
            metadata: metadata,
            requestID: "req_1795344180875_w9dqoylu9"
        )
    }

    static let registered = BootstrapToPeer.registered(
        Registered(nodeID: .node(peer), timestamp: 1_795_344_180_904)
    )

    static let response = BootstrapToPeer.response(
        .success(
            "req_1795344180875_w9dqoylu9",
            .join(
                .peerFound(
                    helper: PeerEntry(nodeID: .node(helper), metadata: metadata),
                    membershipToken: token,
                    message: "A helper has been asked to invite you.",
                    receipt: receipt
                )
            )
        )
    )

    static let receipt = JoinReceipt(requestID: "r", bridge: bridge, attempts: 1, queueMs: 0, totalMs: 3)

    static let pong = BridgeToBootstrap.pong(
        Pong(
            requestID: "req_1795344297237_p750sfprr",
            timestamp: 1_795_344_297_239,
            originalTimestamp: 1_795_344_297_238,
            from: .node(bridge),
            load: BridgeLoad(queueDepth: 0, queueCapacity: 1_024, inFlight: 3, connectedPeers: 25)
        )
    )

    static let onboardingRequest = BootstrapToBridge.getOnboardingPeer(onboardingRequest(peer))

    static func onboardingRequest(_ newcomer: NodeID) -> GetOnboardingPeer {
        GetOnboardingPeer(
            requestID: "4fd1a1c2a3d14f60b7e1c0de00112233",
            newNodeID: newcomer,
            newNodeMetadata: metadata,
            deadlineMs: 10_000
        )
    }

    static let onboardingAnswer = OnboardingAnswer(
        inviterPeerID: helper,
        inviterMetadata: helperMetadata,
        membershipToken: token,
        status: OnboardingAnswer.invitationRequested,
        message: "A connected peer was asked to invite the newcomer"
    )

    static let onboardingResponse = BridgeToBootstrap.onboardingPeerResponse(
        OnboardingPeerResponse(
            requestID: "4fd1a1c2a3d14f60b7e1c0de00112233",
            success: true,
            data: .answer(onboardingAnswer),
            timestamp: 1_795_344_203_798,
            from: bridge
        )
    )
}
