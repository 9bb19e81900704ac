import Kademlia
import Timekeeping
import WireMessages

/// What other nodes ask on an established link, and what they answer us (protocol.md 4.4 to 4.8).
extension SimulatedPeer {
    mutating func answer(
        _ message: DHTMessage,
        from peer: NodeID,
        on link: DHTLinkID,
        at now: Moment,
        using generator: inout some RandomNumberGenerator
    ) {
        switch message {
        case .ping(let ping):
            reply(
                .pong(
                    DHTPong(
                        requestID: ping.requestID,
                        timestamp: now.unixMilliseconds,
                        originalTimestamp: ping.timestamp,
                        from: id
                    )
                ),
                on: link
            )
        case .pong:
            neighbours.heard(peer, at: now.instant)
        case .findNode(let question):
            reply(
                .findNodeResponse(
                    FindNodeResponse(
                        requestID: question.requestID,
                        nodes: nodes(near: question.target, for: peer, at: now),
                        from: id,
                        timestamp: now.unixMilliseconds
                    )
                ),
                on: link
            )
        case .findNodeResponse(let answer):
            for node in answer.nodes.prefix(PeerDefaults.nodesPerAnswer) where node.id != id {
                neighbours.heardOf(node.id, metadata: node.metadata)
            }
            wakeUpkeep(at: now)
        case .store(let request):
            let isKept = values.keep(request.value, for: request.key)
            reply(
                .storeResponse(
                    StoreResponse(
                        requestID: request.requestID,
                        success: isKept,
                        error: isKept ? nil : "value too large",
                        from: id,
                        timestamp: now.unixMilliseconds
                    )
                ),
                on: link
            )
        case .findValue(let question):
            let value = values[question.key]
            reply(
                .findValueResponse(
                    FindValueResponse(
                        requestID: question.requestID,
                        found: value != nil,
                        value: value,
                        nodes: value == nil ? nodes(near: id, for: peer, at: now) : nil,
                        from: id,
                        timestamp: now.unixMilliseconds
                    )
                ),
                on: link
            )
        case .peerDiscoveryRequest(let question):
            reply(
                .peerDiscoveryResponse(
                    PeerDiscoveryResponse(
                        requestID: question.requestID,
                        senderPeer: id,
                        targetPeer: question.senderPeer,
                        willing: !links.isLinked(to: question.senderPeer),
                        timestamp: now.unixMilliseconds,
                        from: id
                    )
                ),
                on: link
            )
        case .createInvitationForPeer(let request):
            heard(request, at: now, using: &generator)
        case .relayRequest(let request):
            reply(
                .relayAck(RelayAck(sessionID: request.sessionID, success: false, error: "not_relay_capable")),
                on: link
            )
        case .hello, .connected:
            // The greeting is over. Saying it again changes nothing.
            break
        case .storeResponse, .findValueResponse, .peerDiscoveryResponse:
            // Answers to questions that this peer does not put.
            break
        case .forwardInvitation, .connectionRequest, .connectionResponse, .connectionOffer, .connectionAnswer,
            .connectionCandidate, .overlayRoutedMessage, .relayAck, .relayForward, .relayClose, .relayPing, .relayPong,
            .unknown:
            break
        }
    }

    /// Asks the node at the other end for our own neighbourhood (protocol.md 4.5, lookup variant).
    mutating func askForOurselves(on link: DHTLinkID, at now: Moment) {
        findNode(id, on: link, at: now)
    }

    mutating func findNode(_ target: NodeID, on link: DHTLinkID, at now: Moment) {
        reply(
            .findNode(
                FindNode(
                    requestID: nextRequestID(),
                    target: target,
                    nodeID: id,
                    from: id,
                    timestamp: now.unixMilliseconds
                )
            ),
            on: link
        )
    }

    private mutating func reply(_ message: DHTMessage, on link: DHTLinkID) {
        act(.send(message, on: link))
    }

    /// At most 20 nodes, nearest first. Bridges we are linked to take the last places: a bridge can serve newcomers only
    /// while peers hold links to it, and there is no other way to hear of one.
    private func nodes(near target: NodeID, for asker: NodeID, at now: Moment) -> [CompactNode] {
        let near = neighbours.nearest(to: target, limit: PeerDefaults.nodesPerAnswer, except: asker)
        let bridges = neighbours.bridges.filter { bridge in
            bridge != asker && links.isLinked(to: bridge) && !near.contains { $0.id == bridge }
        }.prefix(PeerDefaults.bridgesPerAnswer)
        var nodes = near.prefix(PeerDefaults.nodesPerAnswer - bridges.count).map {
            compact($0.id, $0.contact, lastSeen: $0.lastSeen, at: now)
        }
        for bridge in bridges {
            guard let contact = neighbours.contact(of: bridge) else { continue }
            nodes.append(compact(bridge, contact, lastSeen: now.instant, at: now))
        }
        return nodes
    }

    private func compact(_ node: NodeID, _ contact: Contact, lastSeen: Instant?, at now: Moment) -> CompactNode {
        CompactNode(
            id: node,
            lastSeen: lastSeen.map { now.unixMilliseconds - (now.instant - $0).wholeMilliseconds },
            metadata: contact.metadata
        )
    }
}
