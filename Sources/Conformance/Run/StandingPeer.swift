import WebSocketTransport
import WireMessages

/// The first peer of a throw-away network, for the length of a run: it is linked to the bridges and invites whom they name, so
/// that joins go as in a real one.
struct StandingPeer: Sendable {
    let id: String
    /// What it was told when it came.
    let answer: RawJSON
    let socket: ProbeSocket
    /// Which bridges it could not be linked to, and why. They leave the joins to the others.
    let setbacks: [String]
    private let probe: Probe

    /// Whether it is the network's first peer; otherwise there was one before the run.
    var isGenesis: Bool { answer.member("data")?.bool("isGenesis") == true }

    static func join(_ probe: Probe) async throws -> StandingPeer {
        let id = probe.newID()
        let socket = try await probe.open()
        let requestID = probe.newRequestID()
        socket.send(Probe.join(id, requestID))
        socket.send(Probe.register(id))
        let answer: RawJSON
        do {
            _ = try await socket.next("registered")
            answer = try await socket.response(to: requestID, within: ConformanceDefaults.join)
        } catch let deviation as Deviation {
            throw ConformanceError.unreachable("a first peer could not join: \(deviation.got)")
        }
        var setbacks: [String] = []
        for bridge in answer.member("data")?.elements("peers") ?? [] {
            let metadata = bridge.member("metadata")
            guard metadata?.bool("isBridgeNode") == true, let address = metadata?.string("listeningAddress"),
                let url = try? WebSocketURL(address)
            else { continue }
            do {
                try await link(id, to: url, inviting: socket, probe)
            } catch {
                setbacks.append("not linked to the bridge at \(address): \(error)")
            }
        }
        return StandingPeer(id: id, answer: answer, socket: socket, setbacks: setbacks, probe: probe)
    }

    private static func link(
        _ id: String,
        to url: WebSocketURL,
        inviting client: ProbeSocket,
        _ probe: Probe
    ) async throws {
        let link = try await probe.open(url) { message, socket in
            if message.string("type") == "create_invitation_for_peer", let newcomer = message.string("targetNodeId") {
                client.send(Probe.invitation(from: id, to: newcomer, probe.newRequestID()))
            }
            Probe.answerAsPeer(id, message, on: socket)
        }
        let token =
            #","membershipToken":{"holder":"\#(id)","issuer":"\#(id)","timestamp":1700000000000,"type":"membership","#
            + #""isGenesis":true,"nonce":"00","version":"1.0","signature":"00"}"#
        link.send(Probe.hello(id, metadata: Metadata.node(token)))
        _ = try await link.next("dht_peer_connected")
    }

    func closeAll() {
        probe.closeAll()
    }
}
