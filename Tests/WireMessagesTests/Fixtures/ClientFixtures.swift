/// One message per line, in the order of members that existing senders use, with every field we model present in at least one.
enum ClientFixtures {
    static let peerToBootstrap = #"""
        {"type":"register","nodeId":"00000000000000000000000000000000000000aa","protocolVersion":"1.0.0","buildId":"node_1795344194630","timestamp":1795344194750,"metadata":{"publicKey":"ab","membershipToken":null,"nodeType":"nodejs","listeningAddress":"ws://127.0.0.1:18101"},"membershipToken":{"holder":"x","issuer":"y"}}
        {"type":"register","nodeId":"00000000000000000000000000000000000000cc","protocolVersion":"1.0.0","metadata":{"nodeType":"bridge","isBridgeNode":true},"features":["deadline","cancel"]}
        {"type":"register","nodeId":"diagnostic_1795344183908"}
        {"type":"auth_response","nodeId":"00000000000000000000000000000000000000aa","signature":"00ff","error":"no key","timestamp":1}
        {"type":"get_peers_or_genesis","maxPeers":20,"nodeId":"00000000000000000000000000000000000000aa","metadata":{"nodeType":"browser","publicKey":{"kty":"EC","crv":"P-256","x":"a","y":"b"}},"requestId":"req_1795344194752_abcdefghi"}
        {"type":"get_peers_or_genesis","maxPeers":{"emergencyRecovery":true,"bridgeNeedsPeers":true},"nodeId":"00000000000000000000000000000000000000aa","requestId":"r"}
        {"type":"send_invitation","targetPeerId":"00000000000000000000000000000000000000bb","invitationToken":{"inviter":"a","invitee":"b","timestamp":1.50e3,"signature":"\u00e9"},"inviterNodeId":"00000000000000000000000000000000000000aa","requestId":"r","websocketCoordination":[1,2]}
        {"type":"invitation_accepted","fromPeer":"00000000000000000000000000000000000000bb","toPeer":"00000000000000000000000000000000000000aa","timestamp":1795344203813}
        {"type":"invitation_sent","targetPeerId":"00000000000000000000000000000000000000bb","requestId":"invite_1_a","success":true}
        {"type":"forward_signal","fromPeer":"00000000000000000000000000000000000000aa","toPeer":"00000000000000000000000000000000000000bb","signal":{"type":"offer","sdp":"v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"},"requestId":"r"}
        {"type":"signal","fromPeer":"00000000000000000000000000000000000000aa","toPeer":"00000000000000000000000000000000000000bb","signal":{"type":"candidate","candidate":"c","sdpMLineIndex":0,"sdpMid":"0"},"timestamp":5}
        {"type":"join_peer","targetPeerId":"00000000000000000000000000000000000000bb","targetPeer":"00000000000000000000000000000000000000bb","fromPeer":"00000000000000000000000000000000000000aa","requestId":"r"}
        {"type":"get_peers","requestId":"r","nodeId":"00000000000000000000000000000000000000aa","maxPeers":10}
        {"type":"lookup_peer","requestId":"r","targetPeerId":"00000000000000000000000000000000000000bb","nodeId":"00000000000000000000000000000000000000aa"}
        {"type":"wait_for_peer","requestId":"r","targetPeerId":"00000000000000000000000000000000000000bb","nodeId":"00000000000000000000000000000000000000aa"}
        {"type":"announce_independent","nodeId":"00000000000000000000000000000000000000aa","requestId":"r"}
        {"type":"ping","requestId":"r","timestamp":1,"nodeId":"diagnostic_1","from":"diagnostic_1"}
        {"type":"ping"}
        {"type":"pong","requestId":"keepalive_1_a","timestamp":2,"originalTimestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"profile_update","nodeId":"00000000000000000000000000000000000000aa","connectionProfile":{"hasIPv6":false,"natType":"easy"}}
        {"type":"connection_outcome","nodeId":"00000000000000000000000000000000000000aa","success":false,"connectionType":"webrtc","localNatType":"easy","remoteNatType":"hard","iceCandidateType":"srflx","failureReason":"timeout"}
        {"type":"bridge_health_update","bridgeNodeId":"00000000000000000000000000000000000000cc","bridgeHealth":{"isHealthy":true,"hasBootstrapped":true,"connectedPeers":1,"routingNodes":2,"peakPeerCount":3,"uptime":15173},"timestamp":1795344195896}
        {"type":"get_connected_clients","requestId":"bridge_recovery_1","bridgeNodeId":"00000000000000000000000000000000000000cc","reason":"zero_peer_recovery"}
        {"type":"onboarding_peer_response","requestId":"onboarding_1_a","success":true,"data":{"inviterPeerId":"00000000000000000000000000000000000000bb","inviterMetadata":{},"membershipToken":{"nodeId":"a","signature":"bridge-issued-open-network-token"},"status":"invitation_request_sent_to_helper","message":"m"},"error":null,"timestamp":3}
        {"type":"auth_success","bridgeNodeId":"00000000000000000000000000000000000000cc","timestamp":1,"features":["load"],"window":64}
        {"type":"auth_failed","message":"m","error":"m","timestamp":1}
        {"type":"bridge_invitation_accepted","bridgeNodeId":"00000000000000000000000000000000000000cc","inviterNodeId":"00000000000000000000000000000000000000aa","bridgeServerAddress":"ws://b:8083","timestamp":1}
        {"type":"reconnection_result","nodeId":"00000000000000000000000000000000000000bb","requestId":"reconnect_1_a","success":false,"reason":"Invalid membership token","timestamp":1}
        {"type":"genesis_connection_result","nodeId":"00000000000000000000000000000000000000bb","requestId":"r","success":false,"reason":"full","timestamp":1}
        {"type":"bridge_invitation_failed","bridgeNodeId":"00000000000000000000000000000000000000cc","inviterNodeId":"00000000000000000000000000000000000000aa","reason":"no","timestamp":1}
        {"type":"ice_coordinate","target":"00000000000000000000000000000000000000bb","candidates":[],"profile":{"natType":"hard"},"sessionId":"ice-1-abc"}
        {"type":"ice_restart_coordinate","target":"00000000000000000000000000000000000000bb","profile":{},"myProfile":{},"sessionId":"ice-restart-1-abc"}
        {"type":"relay_request","targetPeerId":"00000000000000000000000000000000000000bb","sessionId":"relay_1_a","publicKey":{"kty":"EC"},"timestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"relay_ack","sessionId":"relay_1_a","success":true,"timestamp":1,"publicKey":{},"metadata":{},"from":"00000000000000000000000000000000000000aa"}
        {"type":"relay_forward","from":"00000000000000000000000000000000000000aa","sessionId":"relay_1_a","to":"00000000000000000000000000000000000000bb","payload":"x","timestamp":1}
        {"type":"relay_close","sessionId":"relay_1_a","reason":"done","timestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"relay_ping","sessionId":"relay_1_a","pingId":7,"timestamp":1,"from":"00000000000000000000000000000000000000aa"}
        {"type":"relay_pong","sessionId":"relay_1_a","pingId":7,"timestamp":1,"respondedAt":2,"from":"00000000000000000000000000000000000000aa"}
        {"type":"error","error":"e","message":"e","code":"busy","retryAfterMs":250,"requestId":"r","timestamp":1}
        """#

    static let bootstrapToPeer = #"""
        {"type":"registered","nodeId":"00000000000000000000000000000000000000aa","timestamp":1795344180904}
        {"type":"version_mismatch","clientVersion":"0.9.0","clientBuildId":"abc","serverVersion":"1.0.0","serverBuildId":"node_1","message":"please reload"}
        {"type":"auth_challenge","nonce":"00ff","timestamp":1}
        {"type":"auth_success","nodeId":"00000000000000000000000000000000000000aa","timestamp":1}
        {"type":"auth_failure","reason":"r","error":"e","timestamp":1}
        {"type":"response","requestId":"r","success":true,"data":{"peers":[],"isGenesis":false}}
        {"type":"response","requestId":"r","success":true,"data":{"peers":[{"nodeId":"00000000000000000000000000000000000000cc","metadata":{"isBridgeNode":true}}],"isGenesis":true,"message":"first"}}
        {"type":"response","requestId":"r","success":true,"data":{"peers":[{"nodeId":"00000000000000000000000000000000000000bb","metadata":{}}],"isGenesis":false,"membershipToken":{"a":1},"onboardingHelper":"00000000000000000000000000000000000000bb","reconnecting":true,"emergencyRecovery":true,"emergencyMode":true,"status":"peer_found","message":"m","receipt":{"requestId":"onboarding_1_a","bridge":"00000000000000000000000000000000000000cc","attempts":2,"queueMs":0,"totalMs":12}}}
        {"type":"response","requestId":"r","success":true,"data":{"message":"sent","targetPeer":"00000000000000000000000000000000000000bb","targetPeerMetadata":{}}}
        {"type":"response","requestId":"r","success":true,"data":{}}
        {"type":"response","requestId":"r","success":false,"error":"busy","code":"busy","retryAfterMs":500}
        {"type":"invitation_received","fromPeer":"00000000000000000000000000000000000000aa","invitationToken":{"inviter":"a"},"websocketCoordination":{},"message":"m"}
        {"type":"websocket_peer_metadata","targetPeer":"00000000000000000000000000000000000000bb","targetPeerMetadata":{"nodeType":"nodejs"},"invitationId":"a_b_1","message":"m"}
        {"type":"websocket_peer_metadata","fromPeer":"00000000000000000000000000000000000000aa","fromPeerMetadata":{"nodeType":"nodejs"},"invitationId":"a_b_1","message":"m"}
        {"type":"webrtc_start_offer","targetPeer":"00000000000000000000000000000000000000bb","invitationId":"a_b_1","message":"m"}
        {"type":"webrtc_expect_offer","fromPeer":"00000000000000000000000000000000000000aa","invitationId":"a_b_1","message":"m"}
        {"type":"signal","fromPeer":"00000000000000000000000000000000000000aa","toPeer":"00000000000000000000000000000000000000bb","signal":{"type":"answer"}}
        {"type":"signal_error","message":"m","error":"m"}
        {"type":"peer_join_request","fromPeer":"00000000000000000000000000000000000000aa","timestamp":1}
        {"type":"join_error","message":"m","error":"m"}
        {"type":"send_invitation_request","targetPeerId":"00000000000000000000000000000000000000bb","requestId":"invite_1_a","message":"m"}
        {"type":"bridge_invitation_request","targetPeerId":"00000000000000000000000000000000000000cc","bridgeNodeInfo":{"nodeId":"00000000000000000000000000000000000000cc","nodeType":"bridge","listeningAddress":"ws://localhost:8083","capabilities":["websocket"],"isBridgeNode":true},"message":"m"}
        {"type":"connect_to_bridge","bridgeNodeId":"00000000000000000000000000000000000000cc","bridgeServerAddress":"ws://b:8083","timestamp":1}
        {"type":"bridge_connection_status","bridgeNodeId":"00000000000000000000000000000000000000cc","status":"failed","reason":"no","timestamp":1}
        {"type":"onboarding_failed","error":"e"}
        {"type":"error","error":"e","message":"e"}
        {"type":"ping","requestId":"keepalive_1_a","timestamp":1}
        {"type":"pong","requestId":"r","timestamp":1,"from":"bootstrap_server"}
        {"type":"get_onboarding_peer","requestId":"onboarding_1_a","newNodeId":"00000000000000000000000000000000000000bb","newNodeMetadata":{"nodeType":"browser"},"deadlineMs":3000}
        {"type":"invitation_for_bridge","targetPeerId":"00000000000000000000000000000000000000cc","fromPeer":"00000000000000000000000000000000000000aa","invitationToken":{"inviter":"a"},"websocketCoordination":1,"message":"m"}
        {"type":"connected_clients_response","requestId":"r","success":true,"clients":[{"nodeId":"00000000000000000000000000000000000000bb","metadata":{"nodeType":"nodejs"}}],"totalConnected":3,"timestamp":1}
        {"type":"connected_clients_response","requestId":"r","success":false,"error":"e"}
        {"type":"ice_coordinate_pending","sessionId":"s","target":"00000000000000000000000000000000000000bb","message":"m"}
        {"type":"ice_start","sessionId":"s","timestamp":1,"peer":"00000000000000000000000000000000000000bb","peerCandidates":[],"peerProfile":{},"hardNatPair":true,"shouldAttemptCoordinatedRestart":true,"estimatedSuccessRate":0.15}
        {"type":"ice_coordinate_timeout","sessionId":"s","message":"m"}
        {"type":"ice_coordinate_timeout","sessionId":"s","message":"m","error":"m"}
        {"type":"ice_coordinate_error","error":"e","sessionId":"s","peer":"00000000000000000000000000000000000000bb"}
        {"type":"ice_coordinate_error","error":"e","message":"e","sessionId":"s","peer":"00000000000000000000000000000000000000bb"}
        {"type":"ice_restart_pending","sessionId":"s","target":"00000000000000000000000000000000000000bb","message":"m"}
        {"type":"ice_restart_go","sessionId":"s","timestamp":1,"peer":"00000000000000000000000000000000000000bb","peerProfile":{},"hardNatPair":false,"estimatedSuccessRate":1}
        {"type":"ice_restart_timeout","sessionId":"s","message":"m"}
        {"type":"ice_restart_timeout","sessionId":"s","message":"m","error":"m"}
        {"type":"ice_restart_error","error":"e","sessionId":"s","peer":"00000000000000000000000000000000000000bb"}
        {"type":"ice_restart_error","error":"e","message":"e","sessionId":"s","peer":"00000000000000000000000000000000000000bb"}
        {"type":"relay_ack","sessionId":"s","success":false,"timestamp":1,"error":"not_relay_capable"}
        {"type":"relay_request","targetPeerId":"00000000000000000000000000000000000000bb","sessionId":"s"}
        {"type":"relay_forward","sessionId":"s","payload":{"a":[1]}}
        {"type":"relay_close","sessionId":"s"}
        {"type":"relay_ping","sessionId":"s"}
        {"type":"relay_pong","sessionId":"s"}
        """#
}
