import WireMessages

extension ConformanceCase {
    static let dhtRequests: [ConformanceCase] = [
        ConformanceCase(
            "find-node",
            "find_node",
            "4.5",
            expects: "find_node_response: requestId, nodes of five keys each, from, timestamp"
        ) { probe in
            let (socket, id) = try await settled(probe)
            socket.send(
                #"{"type":"find_node","requestId":"\#(id.prefix(8))_1","target":"\#(probe.newID())","#
                    + #""nodeId":"\#(id)","from":"\#(id)","timestamp":1700000000000}"#
            )
            return try checked(try await socket.next("find_node_response"), "\(id.prefix(8))_1")
        },
        ConformanceCase(
            "find-node-discovery",
            "find_node",
            "4.5",
            expects: "the discovery form (no nodeId, own id as target) is answered too"
        ) { probe in
            let (socket, id) = try await settled(probe)
            socket.send(
                #"{"type":"find_node","requestId":"findnode_1_abc","target":"\#(id)","timestamp":1,"from":"\#(id)"}"#
            )
            return try checked(try await socket.next("find_node_response"), "findnode_1_abc")
        },
        ConformanceCase(
            "find-node-others",
            "find_node_response",
            "4.5, 8 S2, S19",
            expects: "a linked peer is named with its address, without its secrets",
            need: .throwAway
        ) { probe in
            let (socket, id) = try await settled(probe)
            let named = probe.newID()
            _ = try await probe.peer(named, metadata: Metadata.node(secrets(probe.randomHex(8))))
            try await Task.sleep(for: .milliseconds(500))
            socket.send(
                #"{"type":"find_node","requestId":"f1","target":"\#(named)","nodeId":"\#(id)","from":"\#(id)","#
                    + #""timestamp":1}"#
            )
            let response = try await socket.next("find_node_response")
            _ = try checked(response, "f1")
            guard let node = response.elements("nodes").first(where: { $0.string("id") == named }) else {
                throw Deviation("the peer is not named")
            }
            let address = node.member("metadata")?.string("listeningAddress")
            try expect(address == ConformanceDefaults.listeningAddress, else: "named without its address")
            return "named"
        },
        ConformanceCase(
            "store",
            "store",
            "4.6",
            expects: "store_response: success false, error"
        ) { probe in
            let (socket, id) = try await settled(probe)
            socket.send(
                #"{"type":"store","requestId":"s1","key":"k","value":{"a":1},"nodeId":"\#(id)","from":"\#(id)","#
                    + #""timestamp":1}"#
            )
            let response = try await socket.next("store_response")
            try expect(response.string("requestId") == "s1", else: "requestId not echoed")
            try expect(response.bool("success") == false, else: "success is not false: the bridge stores")
            try expect(response.string("error") != nil, else: "no error")
            return "refused"
        },
        ConformanceCase(
            "find-value",
            "find_value",
            "4.6",
            expects: "find_value_response: found false, nodes a list"
        ) { probe in
            let (socket, id) = try await settled(probe)
            socket.send(
                #"{"type":"find_value","requestId":"v1","key":"\#(probe.randomHex(8))","nodeId":"\#(id)","#
                    + #""from":"\#(id)","timestamp":1}"#
            )
            let response = try await socket.next("find_value_response")
            try expect(response.string("requestId") == "v1", else: "requestId not echoed")
            try expect(response.bool("found") == false, else: "found is not false")
            try expect(response.member("nodes")?.bytes.first == UInt8(ascii: "["), else: "nodes is no list")
            return "not found"
        },
        ConformanceCase(
            "peer-discovery",
            "peer_discovery_request",
            "4.8",
            expects: "peer_discovery_response: requestId, willing false as they are linked"
        ) { probe in
            let (socket, id) = try await settled(probe)
            socket.send(
                #"{"type":"peer_discovery_request","requestId":"discovery_1_abc","senderPeer":"\#(id)","#
                    + #""targetPeer":"\#(probe.newID())","from":"\#(id)","timestamp":1}"#
            )
            let response = try await socket.next("peer_discovery_response")
            try expect(response.string("requestId") == "discovery_1_abc", else: "requestId not echoed")
            try expect(response.bool("willing") == false, else: "willing is not false")
            return "answered"
        },
        ConformanceCase(
            "dht-malformed",
            "find_node, store, ...",
            "8 S13",
            expects: "messages without their fields: the bridge lives on",
            turn: .alone
        ) { probe in
            let (socket, _) = try await settled(probe)
            for type in [
                "ping", "find_node", "store", "find_value", "peer_discovery_request", "connection_request",
                "connection_offer", "overlay_routed_message", "relay_request", "relay_forward",
                "create_invitation_for_peer", "find_node_response", "pong",
            ] {
                socket.send(#"{"type":"\#(type)"}"#)
                socket.send(#"{"type":"\#(type)","requestId":7,"target":{},"targetPeer":[],"nodes":"x","hops":3}"#)
            }
            try await Task.sleep(for: ConformanceDefaults.quiet)
            _ = try await probe.peer(probe.newID())
            return socket.closure.map(ProbeSocket.describe) ?? "alive, the link too"
        },
    ]

    /// A linked peer, past the silent windows of existing bridges, which are a case of their own.
    static func settled(_ probe: Probe) async throws -> (socket: ProbeSocket, id: String) {
        let id = probe.newID()
        let (socket, _) = try await probe.peer(id)
        try await Task.sleep(for: .milliseconds(1_200))
        return (socket, id)
    }

    private static func checked(_ response: RawJSON, _ requestID: String) throws -> String {
        try expect(response.string("requestId") == requestID, else: "requestId not echoed")
        try expect(response.member("nodes")?.bytes.first == UInt8(ascii: "["), else: "nodes is no list")
        try expect(Hex.isText(response.string("from"), digits: 40), else: "from is no id")
        try expect(response.int64("timestamp") != nil, else: "no integer timestamp")
        let nodes = response.elements("nodes")
        try expect(nodes.count <= 20, else: "\(nodes.count) nodes")
        for node in nodes {
            try expect(Hex.isText(node.string("id"), digits: 40), else: "a node whose id is no id")
            try expect(node.int64("lastSeen") != nil, else: "a node without lastSeen")
            try expect(
                node.member("capabilities")?.bytes.first == UInt8(ascii: "["),
                else: "a node without capabilities"
            )
            try expect(node.member("metadata")?.isObject == true, else: "a node without metadata")
            let hasEndpoint = node.withValue { $0["endpoint"] != nil } ?? false
            try expect(hasEndpoint, else: "a node without the key endpoint")
            for key in ["bridgeAuthToken", "bridgeSignature"] {
                try expect(node.member("metadata")?.member(key) == nil, else: "\(key) in a node's metadata")
            }
        }
        return "\(nodes.count) nodes"
    }
}
