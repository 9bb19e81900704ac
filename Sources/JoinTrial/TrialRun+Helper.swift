import Kademlia
import NIOCore
import Telemetry
import Timekeeping
import WebSocketTransport
import WireMessages

extension TrialRun {
    /// The helper's invitation comes through the server. If the helper has an address that may be dialled, it accepts WebSockets
    /// there; a browser can only be judged by its invitation.
    mutating func reach(
        _ helper: PeerEntry,
        invitations: [InvitationReceived],
        on socket: TrialSocket
    ) async throws(Stopped) {
        let configuration = configuration
        let eventLoop = eventLoop
        try await perform(.helper, within: configuration.limits.helper) { limit in
            let began = ContinuousClock.now
            let end = began + limit
            let name = Self.short(helper.nodeID)
            guard try await Self.isInvited(by: helper.nodeID, invitations, on: socket, until: end) else {
                throw Failure(
                    seen: "helper \(name) sent no invitation within \(Self.text(limit))",
                    advice:
                        "It may just have left: try again. If it happens often, look at the introductions of the bridge."
                )
            }
            let invited = "invited by \(name) after \(Self.text(.now - began))"
            guard PeerMetadata(helper.metadata).nodeType != .browser else {
                return Found(value: (), seen: "\(invited); a browser, which others meet through WebRTC")
            }
            let accepted = InvitationAccepted(
                fromPeer: .node(configuration.nodeID),
                toPeer: helper.nodeID,
                timestamp: SystemClock.unixMilliseconds()
            )
            socket.send(.invitationAccepted(accepted))
            let patience = min(end, .now + JoinTrialDefaults.introduction)
            guard let metadata = try await Self.metadata(of: helper.nodeID, on: socket, until: patience) else {
                return Found(
                    value: (),
                    result: .warning,
                    seen: "\(invited), but the server did not tell where it is",
                    advice:
                        "After an invitation was accepted both sides should hear of each other. Look at the server's log."
                )
            }
            guard let address = Self.address(in: metadata, from: configuration.target) else {
                return Found(value: (), seen: "\(invited); it has no address that can be dialled from here")
            }
            return try await Self.dial(address, name, invited, configuration.trust, on: eventLoop, until: end)
        }
    }

    private static func isInvited(
        by helper: ClientID,
        _ invitations: [InvitationReceived],
        on socket: TrialSocket,
        until end: ContinuousClock.Instant
    ) async throws -> Bool {
        if invitations.contains(where: { $0.fromPeer == helper }) { return true }
        while let heard = try await socket.next(within: end - .now) {
            if case .invitationReceived(let invitation) = try message(heard), invitation.fromPeer == helper {
                return true
            }
        }
        return false
    }

    private static func metadata(
        of helper: ClientID,
        on socket: TrialSocket,
        until end: ContinuousClock.Instant
    ) async throws -> PeerMetadata? {
        while let heard = try await socket.next(within: end - .now) {
            if case .websocketPeerMetadata(let told) = try message(heard), told.fromPeer == helper {
                return PeerMetadata(told.fromPeerMetadata)
            }
        }
        return nil
    }

    /// One that means something here. An address of a private network does only if the server is in that network, too: what it
    /// names must not lead into ours.
    static func address(in metadata: PeerMetadata, from target: WebSocketURL) -> WebSocketURL? {
        let isNearby = PeerAddress(target.description)?.scope == .nearby
        for text in [metadata.publicWssAddress, metadata.listeningAddress] {
            guard let text, let address = PeerAddress(text) else { continue }
            switch address.scope {
            case .nowhere: continue
            case .nearby where !isNearby: continue
            case .nearby, .everywhere: break
            }
            if let url = try? WebSocketURL(text) { return url }
        }
        return nil
    }

    private static func dial(
        _ address: WebSocketURL,
        _ name: String,
        _ invited: String,
        _ trust: ClientTrust,
        on eventLoop: any EventLoop,
        until end: ContinuousClock.Instant
    ) async throws -> Found<Void> {
        let dial = SteppedDial(address, on: eventLoop, trust: trust)
        defer { dial.abandon() }
        let shown = Quoted(address.description)
        do {
            try await dial.connectToAny(of: dial.lookUp(within: end - .now), within: end - .now)
            switch address.scheme {
            case .ws: break
            case .wss: _ = try await dial.secure(within: end - .now)
            }
            let socket = TrialSocket(on: eventLoop)
            _ = try await dial.upgrade(socket, within: end - .now)
            await socket.leave()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Failure(
                seen: "\(invited), but \(shown) does not accept WebSockets: \(Quoted("\(error)"))",
                advice:
                    "That peer announces an address that cannot be reached from here. Its owner should check port, name "
                    + "and certificate; newcomers are led to others, too."
            )
        }
        return Found(value: (), seen: "\(invited); \(shown) accepts WebSockets")
    }
}
