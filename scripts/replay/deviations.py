"""What our server says otherwise than the existing ones, on purpose. The sections are those of protocol.md."""

import json
from dataclasses import dataclass
from typing import Callable, Optional

CURRENT, STATELESS, PER_REQUEST = "current", "stateless", "stateless, a dial for each request"
EVERY = (CURRENT, STATELESS, PER_REQUEST)


@dataclass
class Intended:
    #: In which plays; it must be seen in each of them.
    plays: tuple
    type: str
    #: The path of the field, "message" for whole messages.
    field: str
    how: str
    #: Why ours is better.
    reason: str
    #: Whether a difference is the one that is meant, beyond being there.
    holds: Optional[Callable] = None

    @property
    def key(self):
        return self.type, self.field, self.how


def is_null(difference, _):
    return difference.recorded == "null"


def is_receipt(difference, play):
    receipt = json.loads(difference.live)
    return (receipt["bridge"] in [bridge.id for bridge in play.dialled] and receipt["attempts"] == 1
            and {"requestId", "queueMs", "totalMs"} < set(receipt))


def is_recorded_token(difference, play):
    """Byte for byte the token of another recorded answer to the same newcomer, whose questions were put together."""
    node = json.loads(difference.recorded)["nodeId"]
    return any(row.type == "onboarding_peer_response" and f'"membershipToken":{difference.live}' in row.text
               and f'"nodeId":"{node}"' in difference.live for row in play.era.answers.values())


def is_address_of_bridge(difference, play):
    registered = [row["metadata"]["listeningAddress"] for row in play.era.rows
                  if row.type == "register" and row["metadata"].get("isBridgeNode")]
    return json.loads(difference.live) in registered


def is_question_not_put(difference, play):
    question = next(question for question in play.era.questions
                    if question["requestId"] == json.loads(difference.recorded)["requestId"])
    newcomer = question["newNodeId"]
    asked = [question for question in play.questions if question.message["newNodeId"] == newcomer]
    return len(asked) < len(play.era.asked_for(newcomer))


def is_request_not_made(difference, play):
    newcomer = json.loads(difference.recorded)["targetPeerId"]

    def requests(messages):
        return sum(message.type == "send_invitation_request" and message["targetPeerId"] == newcomer
                   for message in messages)
    return requests(sum(play.heard.values(), [])) < requests(play.era.rows)


INTENDED = [
    Intended(EVERY, "response", "data.peers[].metadata.membershipToken", "left out",
             "Tokens of other peers are nobody's business (8, S12 and S19)."),
    Intended(EVERY, "response", "data.peers[].metadata.listeningAddress", "left out",
             "Of the helper in variant E: a client of the current era dials a listed peer that has an address twice, a "
             "second later, and the two dials destroy the link that the invitation made; the invitation brings the "
             "addresses (2.2, 4.7)."),
    Intended(EVERY, "response", "data.peers[].metadata.publicWssAddress", "left out",
             "As `listeningAddress` (2.2, 4.7)."),
    Intended(EVERY, "response", "data.receipt", "added",
             "Which bridge was asked, and how long it took. Clients read only the keys that they know (2.6).",
             is_receipt),
    Intended(EVERY, "response", "data.peers[].metadata.capabilities", "different",
             "Of bridges, in variant B: always `[\"websocket\"]`, which is what peers can use of one; a bridge that is "
             "only dialled does not say any (2.6.4, 3.2.1). Clients use the addresses (2.6.5).",
             lambda difference, _: difference.live == ['"websocket"']),
    Intended(EVERY, "response", "data.status", "added",
             "A bridge that asks again has not been dialled by anybody: it is told of settled peers (variant D) "
             "instead of nobody, whether or not it says that it is in need (2.6.3, 3.7).",
             lambda difference, _: difference.live == '"emergency_peers_for_bridge"'),
    Intended(EVERY, "response", "data.emergencyRecovery", "added",
             "As `data.status` (2.6.3, variant D).", lambda difference, _: difference.live == "true"),
    Intended((CURRENT,), "response", "data.membershipToken", "different",
             "Two questions of one newcomer are put to a bridge once; both get the token of that answer, byte for byte "
             "(2.2, 2.6).", is_recorded_token),
    Intended((CURRENT,), "get_onboarding_peer", "message", "fewer",
             "A newcomer that asks twice at the same time is put to a bridge once: one helper, one invitation, no "
             "doubled dials (2.6)."),
    Intended((CURRENT,), "onboarding_peer_response", "message", "withheld",
             "By the replayed bridge: the question that it answered was not put (2.6).",
             is_question_not_put),
    Intended((CURRENT,), "get_onboarding_peer", "newNodeMetadata.membershipToken", "left out",
             "Bridges get of a newcomer what peers may see; here it is null, and missing and null are alike (0.4; 8, "
             "S12).", is_null),
    Intended(EVERY, "bridge_invitation_request", "bridgeNodeInfo.listeningAddress", "different",
             "The address at which the bridge listens, not the constant `ws://localhost:8083` (2.7).",
             is_address_of_bridge),
    Intended(EVERY, "websocket_peer_metadata", "message", "2 s later",
             "To the inviter, if both are Node peers: both would dial, and two dials that cross destroy each other. An "
             "inviter that is linked by then does not dial (2.7, 4.7)."),
    Intended((CURRENT,), "websocket_peer_metadata", "message", "later, with the next invitation",
             "To an inviter that invites anew within these 2 s: it hears at once of the acceptance before (2.7)."),
    Intended((CURRENT,), "websocket_peer_metadata", "message", "fewer",
             "Two invitations of one pair before the first acceptance are one: the second acceptance would only start "
             "second dials (2.7, 4.7)."),
    Intended((CURRENT,), "websocket_peer_metadata", "targetPeerMetadata.membershipToken", "left out",
             "Metadata that others see is whitelisted; here it is null (8, S12 and S19).", is_null),
    Intended((CURRENT,), "websocket_peer_metadata", "fromPeerMetadata.membershipToken", "left out",
             "As `targetPeerMetadata.membershipToken` (8, S12 and S19).", is_null),
    Intended((CURRENT,), "send_invitation_request", "message", "fewer",
             "Not after every answer: once, if the helper has not invited within 1 s, or 3 s after the acceptance, to "
             "learn whether the two are linked (2.7)."),
    Intended((CURRENT,), "invitation_sent", "message", "withheld",
             "By the replayed helper: the request that it answered did not come (2.7).", is_request_not_made),
    Intended(EVERY, "bootstrap_auth", "bootstrapServer", "different",
             "Tells servers, and their restarts, apart; bridges take it as information (3.2.1).",
             lambda difference, _: difference.live != difference.recorded),
    Intended(EVERY, "bootstrap_auth", "features", "added",
             "What this side understands beyond the existing network; existing bridges ignore unknown keys (0.4)."),
    Intended((STATELESS, PER_REQUEST), "pong", "message", "more",
             "The ping that bridges of the stateless era send before `auth_success` is answered (3.2.1 allows it)."),
    Intended((STATELESS, PER_REQUEST), "bootstrap_auth", "message", "fewer",
             "One link for all requests instead of one for each; in the mode with a dial for each request, bridges "
             "take turns instead of the first having them all (3.1, 3.4)."),
    Intended((PER_REQUEST,), "bootstrap_auth", "message", "more",
             "At the second bridge: bridges take turns (3.4)."),
]
