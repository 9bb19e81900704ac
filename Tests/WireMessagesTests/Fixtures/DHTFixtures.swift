/// As `ClientFixtures`, for DHT links.
enum DHTFixtures {
    static let messages = #"""
        {"type":"dht_peer_hello","peerId":"00000000000000000000000000000000000000aa","metadata":{"isBridgeNode":false,"nodeType":"nodejs","startTime":1795344194750}}
        {"type":"dht_peer_hello","peerId":"00000000000000000000000000000000000000aa","metadata":null}
        {"type":"dht_peer_connected","bridgeNodeId":"00000000000000000000000000000000000000cc","success":true,"timestamp":1795344194837,"metadata":{"isBridgeNode":true,"nodeType":"bridge"}}
        {"type":"ping","requestId":"4307e8d6_1","timestamp":1795344194841,"nodeId":"00000000000000000000000000000000000000aa","from":"00000000000000000000000000000000000000aa"}
        {"type":"pong","requestId":"4307e8d6_1","timestamp":2,"originalTimestamp":1,"nodeId":"00000000000000000000000000000000000000aa","metaFlags":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"find_node","requestId":"4307e8d6_2","target":"00000000000000000000000000000000000000bb","nodeId":"00000000000000000000000000000000000000aa","from":"00000000000000000000000000000000000000aa","timestamp":1}
        {"type":"find_node_response","requestId":"4307e8d6_2","nodes":[{"id":"00000000000000000000000000000000000000bb","endpoint":null,"lastSeen":1795344195346,"capabilities":[],"metadata":{}},{"id":"00000000000000000000000000000000000000cc","endpoint":"00000000000000000000000000000000000000cc","lastSeen":1,"capabilities":["relay"],"metadata":{"isBridgeNode":true}}],"from":"00000000000000000000000000000000000000aa","timestamp":1}
        {"type":"store","requestId":"4307e8d6_3","key":"k","value":null,"nodeId":"00000000000000000000000000000000000000aa","from":"00000000000000000000000000000000000000aa","timestamp":1}
        {"type":"store_response","requestId":"4307e8d6_3","success":false,"error":"passive","from":"00000000000000000000000000000000000000aa","timestamp":1}
        {"type":"find_value","requestId":"4307e8d6_4","key":"k","nodeId":"00000000000000000000000000000000000000aa","from":"00000000000000000000000000000000000000aa","timestamp":1}
        {"type":"find_value_response","requestId":"4307e8d6_4","found":true,"value":[1.0,{"a":"\u2028"}],"from":"00000000000000000000000000000000000000aa","timestamp":1}
        {"type":"find_value_response","requestId":"4307e8d6_4","found":false,"nodes":[],"from":"00000000000000000000000000000000000000aa","timestamp":1}
        {"type":"peer_discovery_request","requestId":"discovery_1_a","senderPeer":"00000000000000000000000000000000000000aa","targetPeer":"00000000000000000000000000000000000000bb","timestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"peer_discovery_response","requestId":"discovery_1_a","senderPeer":"00000000000000000000000000000000000000bb","targetPeer":"00000000000000000000000000000000000000aa","willing":false,"timestamp":1,"from":"00000000000000000000000000000000000000bb"}
        {"type":"create_invitation_for_peer","targetPeer":"00000000000000000000000000000000000000aa","targetNodeId":"00000000000000000000000000000000000000bb","targetNodeMetadata":{"membershipToken":null},"fromBridge":"00000000000000000000000000000000000000cc","requestId":"onboarding_1_a","candidateIndex":0,"timestamp":1,"from":"00000000000000000000000000000000000000cc"}
        {"type":"forward_invitation","targetPeerId":"00000000000000000000000000000000000000bb","invitationToken":{},"fromBridge":"00000000000000000000000000000000000000cc","timestamp":1,"from":"00000000000000000000000000000000000000cc"}
        {"type":"connection_request","senderPeer":"00000000000000000000000000000000000000aa","targetPeer":"00000000000000000000000000000000000000bb","connectionInfo":{"connectionType":"websocket","listeningAddress":"ws://localhost:8083"},"timestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"connection_response","senderPeer":"00000000000000000000000000000000000000bb","targetPeer":"00000000000000000000000000000000000000aa","success":true,"error":"e","nodeType":"browser","capabilities":["webrtc"],"timestamp":1,"from":"00000000000000000000000000000000000000bb"}
        {"type":"connection_offer","senderPeer":"00000000000000000000000000000000000000aa","targetPeer":"00000000000000000000000000000000000000bb","offer":"v=0","hops":["00000000000000000000000000000000000000cc"],"timestamp":1,"from":"00000000000000000000000000000000000000cc"}
        {"type":"connection_answer","senderPeer":"00000000000000000000000000000000000000bb","targetPeer":"00000000000000000000000000000000000000aa","answer":"v=0","hops":[],"timestamp":1,"from":"00000000000000000000000000000000000000cc"}
        {"type":"connection_candidate","senderPeer":"00000000000000000000000000000000000000aa","targetPeer":"00000000000000000000000000000000000000bb","candidate":{"candidate":"c","sdpMLineIndex":0,"sdpMid":"0"},"timestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"overlay_routed_message","messageId":"overlay_c2b2d387_1_1","source":"00000000000000000000000000000000000000cc","destination":"00000000000000000000000000000000000000bb","route":["00000000000000000000000000000000000000aa"],"payload":{"type":"routed_dht_request","payload":{"type":"find_node"}},"ttl":3,"timestamp":1,"from":"00000000000000000000000000000000000000cc"}
        {"type":"relay_request","targetPeerId":"00000000000000000000000000000000000000bb","sessionId":"relay_1_a","publicKey":{"kty":"EC"},"timestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"relay_ack","sessionId":"relay_1_a","success":false,"timestamp":1,"error":"not_relay_capable","publicKey":{},"metadata":{},"from":"00000000000000000000000000000000000000aa"}
        {"type":"relay_forward","from":"00000000000000000000000000000000000000aa","sessionId":"relay_1_a","to":"00000000000000000000000000000000000000bb","payload":"x","timestamp":1}
        {"type":"relay_close","sessionId":"relay_1_a","reason":"done","timestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"relay_ping","sessionId":"relay_1_a","pingId":"p","timestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"relay_pong","sessionId":"relay_1_a","pingId":"p","timestamp":1,"respondedAt":2,"from":"00000000000000000000000000000000000000aa"}
        """#
}
