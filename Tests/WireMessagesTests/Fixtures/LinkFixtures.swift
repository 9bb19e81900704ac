/// As `ClientFixtures`, for the dial link.
enum LinkFixtures {
    static let bootstrapToBridge = #"""
        {"type":"bootstrap_auth","auth_token":"test-auth-key","bootstrapServer":"connection-pool","features":["deadline"]}
        {"type":"bootstrap_auth","auth_token":"test-auth-key"}
        {"type":"get_onboarding_peer","requestId":"onboarding_1_a","newNodeId":"00000000000000000000000000000000000000bb","newNodeMetadata":{"publicKey":"ab","membershipToken":null},"deadlineMs":3000}
        {"type":"cancel_onboarding_peer","requestId":"onboarding_1_a"}
        {"type":"invitation_for_bridge","targetPeerId":"00000000000000000000000000000000000000cc","fromPeer":"00000000000000000000000000000000000000aa","invitationToken":{"inviter":"a"},"message":"m"}
        {"type":"validate_reconnection","nodeId":"00000000000000000000000000000000000000bb","membershipToken":{"nodeId":"a","signature":"s"},"requestId":"reconnect_1_a","timestamp":1}
        {"type":"connect_genesis_peer","nodeId":"00000000000000000000000000000000000000bb","metadata":{"nodeType":"nodejs"},"requestId":"r"}
        {"type":"connected_clients_response","requestId":"bridge_recovery_1","success":true,"clients":[{"nodeId":"00000000000000000000000000000000000000bb","metadata":{"nodeType":"nodejs"}}],"totalConnected":2,"timestamp":1}
        {"type":"introduction_outcome","requestId":"onboarding_1_a","newNodeId":"00000000000000000000000000000000000000bb","inviterPeerId":"00000000000000000000000000000000000000aa","outcome":"connected"}
        {"type":"bridge_keys","keys":[{"bridgeNodeId":"00000000000000000000000000000000000000cc","publicKey":"00ff"}]}
        {"type":"ping","requestId":"r","timestamp":1}
        {"type":"pong","requestId":"r","timestamp":2,"originalTimestamp":1}
        """#

    static let bridgeToBootstrap = #"""
        {"type":"auth_success","bridgeNodeId":"00000000000000000000000000000000000000cc","listeningAddress":"ws://b:8083","publicWssAddress":"wss://b","from":"00000000000000000000000000000000000000cc","timestamp":1,"features":["deadline"],"window":1024,"publicKey":"00ff"}
        {"type":"auth_failed","message":"m","error":"m","timestamp":1}
        {"type":"onboarding_peer_response","requestId":"onboarding_1_a","success":true,"data":{"inviterPeerId":"00000000000000000000000000000000000000bb","inviterMetadata":{"nodeType":"nodejs"},"membershipToken":{"nodeId":"a"},"status":"invitation_request_sent_to_helper","message":"m"},"error":null,"timestamp":3,"from":"00000000000000000000000000000000000000cc"}
        {"type":"onboarding_peer_response","requestId":"onboarding_1_a","success":false,"data":{"emergencyMode":true,"reason":"all offline","networkState":{"connectedPeerCount":1,"routingTableSize":2,"availablePeers":[{"nodeId":"00000000000000000000000000000000000000bb","metadata":{},"connected":true}],"bridgeNodeId":"00000000000000000000000000000000000000cc","timestamp":1}},"error":"all offline","timestamp":3}
        {"type":"onboarding_peer_response","requestId":"onboarding_1_a","success":false,"data":null,"error":"busy","code":"busy","retryAfterMs":100,"queueDepth":1024,"timestamp":3,"from":"00000000000000000000000000000000000000cc"}
        {"type":"bridge_invitation_accepted","bridgeNodeId":"00000000000000000000000000000000000000cc","inviterNodeId":"00000000000000000000000000000000000000aa","bridgeServerAddress":"ws://b:8083","timestamp":1}
        {"type":"bridge_invitation_failed","bridgeNodeId":"00000000000000000000000000000000000000cc","inviterNodeId":"00000000000000000000000000000000000000aa","reason":"no","timestamp":1}
        {"type":"bridge_health_update","bridgeNodeId":"00000000000000000000000000000000000000cc","bridgeHealth":{"isHealthy":true},"timestamp":1}
        {"type":"reconnection_result","nodeId":"00000000000000000000000000000000000000bb","requestId":"reconnect_1_a","success":true,"reason":"ok","timestamp":1,"from":"00000000000000000000000000000000000000cc","networkFingerprint":"00ff","activePeerCount":3,"validAnnouncementCount":0,"selectedActiveMember":"00000000000000000000000000000000000000aa"}
        {"type":"genesis_connection_result","nodeId":"00000000000000000000000000000000000000bb","requestId":"r","success":true,"reason":"ok","timestamp":1,"from":"00000000000000000000000000000000000000cc","bridgeNodeId":"00000000000000000000000000000000000000cc","membershipToken":{"nodeId":"a"},"networkFingerprint":"00ff","message":"m"}
        {"type":"get_connected_clients","requestId":"bridge_recovery_1","bridgeNodeId":"00000000000000000000000000000000000000cc","reason":"zero_peer_recovery"}
        {"type":"ping","requestId":"r","timestamp":1,"from":"00000000000000000000000000000000000000cc"}
        {"type":"pong","requestId":"r","timestamp":2,"originalTimestamp":1,"from":"00000000000000000000000000000000000000cc"}
        {"type":"pong","requestId":"r","timestamp":2,"originalTimestamp":1,"load":{"queueDepth":3,"queueCapacity":1024,"inFlight":4,"connectedPeers":20}}
        {"type":"error","error":"e","message":"e","timestamp":1}
        """#

    static let bootstrapToDialInBridge = #"""
        {"type":"registered","nodeId":"00000000000000000000000000000000000000cc","timestamp":1}
        {"type":"error","error":"e","message":"e","timestamp":1}
        {"type":"bootstrap_auth","auth_token":"test-auth-key","bootstrapServer":"127.0.0.1:8080","features":[]}
        {"type":"get_onboarding_peer","requestId":"onboarding_1_a","newNodeId":"00000000000000000000000000000000000000bb","newNodeMetadata":{}}
        """#

    static let firstMessage = #"""
        {"type":"bootstrap_auth","auth_token":"test-auth-key","bootstrapServer":"127.0.0.1:8080"}
        {"type":"dht_peer_hello","peerId":"00000000000000000000000000000000000000aa","metadata":{"membershipToken":{"holder":"a"}}}
        """#
}
