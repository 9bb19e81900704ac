import WireMessages

extension ConformanceCase {
    static let tokens: [ConformanceCase] = [
        ConformanceCase(
            "genesis-forged",
            "get_peers_or_genesis",
            "8 S9",
            expects: "a forged token with isGenesis:true does not make a genesis peer",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let id = probe.newID()
            try await join(probe, id, token: #"{"nodeId":"\#(id)","isGenesis":true,"signature":"forged"}"#)
            return "not genesis"
        },
        ConformanceCase(
            "genesis-forged-full",
            "get_peers_or_genesis",
            "8 S9",
            expects: "nor does one in the full shape, with a signature of nobody",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let id = probe.newID()
            try await join(probe, id, token: forged(id, isGenesis: true))
            return "not genesis"
        },
        ConformanceCase(
            "token-forged",
            "get_peers_or_genesis",
            "8 S9",
            expects: "a forged membership token (holder, issuer, bad signature) does not open the list of all peers",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let id = probe.newID()
            let data = try await join(probe, id, token: forged(id, isGenesis: false))
            try expect(data.bool("reconnecting") != true, else: "status \(data.string("status") ?? "none")")
            return "taken for a newcomer"
        },
        ConformanceCase(
            "token-foreign",
            "get_peers_or_genesis",
            "S07",
            expects: "a token of another holder does not open it either",
            need: .network,
            timeLimit: ConformanceDefaults.slowCaseLimit
        ) { probe in
            let data = try await join(probe, probe.newID(), token: forged(probe.newID(), isGenesis: false))
            try expect(data.bool("reconnecting") != true, else: "status \(data.string("status") ?? "none")")
            return "taken for a newcomer"
        },
    ]

    @discardableResult
    private static func join(_ probe: Probe, _ id: String, token: String) async throws -> RawJSON {
        let metadata = Metadata.node(#","membershipToken":\#(token)"#)
        let (peer, requestID) = (try await probe.node(id, metadata: metadata), probe.newRequestID())
        peer.send(Probe.join(id, requestID, metadata: metadata))
        let answer = try await peer.socket.response(to: requestID, within: ConformanceDefaults.join)
        let data = answer.member("data") ?? .emptyObject
        try expect(data.bool("isGenesis") != true, else: "isGenesis:true")
        return data
    }

    private static func forged(_ holder: String, isGenesis: Bool) -> String {
        #"{"holder":"\#(holder)","issuer":"\#(holder)","timestamp":1700000000000,"type":"membership","#
            + #""isGenesis":\#(isGenesis),"nonce":"000102030405060708090a0b0c0d0e0f","version":"1.0","#
            + #""signature":"\#(String(repeating: "00", count: 64))"}"#
    }
}
