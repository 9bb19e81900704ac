import Kademlia
import Testing
import WireMessages

@Suite struct ValueTests {
    /// J07.
    @Test func clientIDsAreNodesOrShortPrintableText() {
        let hex = String(repeating: "aB", count: 20)
        #expect(ClientID(hex)?.node == NodeID(hex))
        #expect(ClientID(hex)?.description == hex.lowercased())
        #expect(ClientID("diagnostic_1") == .tool("diagnostic_1"))
        #expect(ClientID(String(hex.dropLast())) == .tool(String(hex.dropLast())))
        #expect(ClientID(hex + "a") == .tool(hex + "a"))
        #expect(ClientID(String(repeating: "x", count: 128)) != nil)
        for refused in ["", String(repeating: "x", count: 129), "é", "a\u{0}", "a\n", "\u{202e}a", "😀"] {
            #expect(ClientID(refused) == nil, "\(refused.debugDescription)")
        }
    }

    @Test func aNodeIDFieldTakesOnlyFortyHexDigits() throws {
        func target(_ text: String) throws -> DHTMessage {
            try DHTMessage.decode(Array(#"{"type":"find_node","requestId":"r","target":"\#(text)"}"#.utf8))
        }
        let hex = String(repeating: "aB", count: 20)
        #expect(try target(hex) == .findNode(FindNode(requestID: "r", target: #require(NodeID(hex)))))
        for refused in ["", String(hex.dropLast()), hex + "0", "g" + hex.dropFirst(), "é" + hex.dropFirst(2)] {
            #expect(throws: WireError(reason: .invalidField("target"), messageType: "find_node", requestID: "r")) {
                try target(refused)
            }
        }
    }

    /// J06.
    @Test func requestIDsAreShortButMayBeAnyText() {
        for accepted in ["r", "😀", "a\u{0}b", "\u{202e}x", String(repeating: "x", count: 128)] {
            #expect(WireRequestID(accepted)?.text == accepted)
        }
        for refused in ["", String(repeating: "x", count: 129), String(repeating: "é", count: 65)] {
            #expect(WireRequestID(refused) == nil)
        }
    }

    static let maxPeers: [(RawJSON?, Int, Bool)] = [
        (nil, 20, false), ("20", 20, false), ("5", 5, false), ("1", 1, false), ("0", 20, false), ("-1", 20, false),
        ("1000000000", 20, false), ("1e9", 20, false), ("2.5", 20, false), (#""7""#, 20, false), ("[]", 20, false),
        (#"{"emergencyRecovery":true,"bridgeNeedsPeers":true}"#, 20, true), ("99999999999999999999", 20, false),
    ]

    /// J12, and protocol.md 0.5.
    @Test(arguments: maxPeers) func listLimitIsBetweenOneAndTwenty(maxPeers: RawJSON?, limit: Int, isRecovery: Bool) {
        let request = GetPeersOrGenesis(maxPeers: maxPeers, nodeID: .node(1), requestID: "r")
        #expect(request.listLimit == limit)
        #expect(request.isBridgeRecovery == isRecovery)
    }

    @Test func metadataIsReadTolerantly() {
        let metadata = PeerMetadata(
            #"""
            {"nodeType":"nodejs-active","isBridgeNode":"yes","listeningAddress":7,"publicWssAddress":"wss://p",
             "capabilities":["relay",5,"websocket"],"canRelay":true,"startTime":1.5,"tabVisible":false,
             "publicKey":{"kty":"EC"},"membershipToken":"no object","bridgeAuthToken":"s","needsPeers":true}
            """#
        )
        #expect(metadata.nodeType == .node)
        #expect(!metadata.isBridgeNode && !metadata.claimsToBeBridge)
        #expect(metadata.listeningAddress == nil)
        #expect(metadata.publicWssAddress == "wss://p")
        #expect(metadata.capabilities == ["relay", "websocket"])
        #expect(metadata.canRelay == true && metadata.canAcceptConnections == nil)
        #expect(metadata.startTime == nil)
        #expect(metadata.isHiddenTab)
        #expect(metadata.publicKey == #"{"kty":"EC"}"#)
        #expect(metadata.membershipToken == nil)
        #expect(metadata.bridgeAuthToken == "s")
        #expect(metadata.needsPeers && !metadata.emergencyRecovery)
    }

    @Test func theKindOfAPeerIsBrowserUnlessItSaysOtherwise() {
        #expect(PeerMetadata(nil).nodeType == .browser)
        #expect(PeerMetadata("[]").nodeType == .browser)
        #expect(PeerMetadata(#"{"nodeType":"bridge"}"#).claimsToBeBridge)
        #expect(PeerMetadata(#"{"isBridgeNode":true}"#).claimsToBeBridge)
        #expect(PeerMetadata(#"{"nodeType":"toaster"}"#).nodeType == .other("toaster"))
    }

    @Test func whatMayBePassedOnHasNoTokensAndNoSecrets() {
        let metadata: RawJSON = #"""
            {"nodeType":"bridge","bridgeAuthToken":"s","bridgeSignature":"x","membershipToken":{},"isBridgeNode":true}
            """#
        #expect(metadata.keeping(PeerMetadata.forwardable).description == #"{"nodeType":"bridge","isBridgeNode":true}"#)
    }

    @Test func opaqueValuesAreBoundedInDepthAndSize() throws {
        func register(_ metadata: String) throws -> RawJSON? {
            let text = #"{"type":"register","nodeId":"diagnostic_1","metadata":\#(metadata)}"#
            guard case .register(let message) = try PeerToBootstrap.decode(Array(text.utf8)) else { return nil }
            return message.metadata
        }
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
        }
        #expect(try register(nested(16)) != nil)
        #expect(try register(nested(17)) == nil)
        #expect(try register(#"{"a":"\#(String(repeating: "x", count: 16_000))"}"#) != nil)
        #expect(try register(#"{"a":"\#(String(repeating: "x", count: 17_000))"}"#) == nil)
    }

    @Test func theSharedSecretIsNotInADescription() {
        let message = BootstrapToBridge.bootstrapAuth(BootstrapAuth(authToken: "hunter2"))
        var dumped = ""
        dump(message, to: &dumped)
        for text in ["\(message)", String(reflecting: message), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }

    @Test func onboardingDataWithoutInviterCountsAsNone() throws {
        let text = #"{"type":"onboarding_peer_response","requestId":"r","success":true,"data":{"inviterMetadata":{}}}"#
        let message = try BridgeToBootstrap.decode(Array(text.utf8))
        #expect(message == .onboardingPeerResponse(OnboardingPeerResponse(requestID: "r", success: true)))
    }

    @Test func oneOddEntryDoesNotCostTheOthers() throws {
        let text =
            #"{"type":"find_node_response","requestId":"r","nodes":[7,{"id":"x"},{"id":"\#(NodeID(integerLiteral: 9))"}]}"#
        guard case .findNodeResponse(let response) = try DHTMessage.decode(Array(text.utf8)) else {
            Issue.record("not a find_node_response")
            return
        }
        #expect(response.nodes.map(\.id) == [9])
    }
}
