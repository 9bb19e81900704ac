"""Peers that a bridge is told of, and goes to meet."""

import time

from ..stage import scenario, until
from .conversation import new_id, now
from .links import ALL_FEATURES
from .node import BridgeNode
from .tokens import verified

GENESIS = ["nodeId", "issuer", "timestamp", "isGenesis", "keyId", "expires"]


async def genesis(link, id, metadata):
    request = f"genesis_{new_id()[:8]}"
    await link.say("connect_genesis_peer", nodeId=id, metadata=metadata, requestId=request)
    return await link.expect("genesis_connection_result", requestId=request)


@scenario
async def the_first_peer_is_let_in_and_met(stage):
    """connect_genesis_peer: answered with a signed token, and the bridge dials; a second first peer is refused."""
    async with BridgeNode(stage) as node:
        link, first = await node.link(ALL_FEATURES), await node.listener()
        began = time.monotonic()
        result = await genesis(link, first.id, first.metadata)
        assert result["success"] and result["nodeId"] == first.id and result["bridgeNodeId"] == node.id, result
        assert len(result["networkFingerprint"]) == 64, result
        token = result["membershipToken"]
        assert token["nodeId"] == first.id and token["isGenesis"] is True, token
        assert verified(token, link.welcome["publicKey"], GENESIS), "the signature does not hold"
        await until(lambda: first.hellos, "the bridge dialled the first peer", 5)
        took = time.monotonic() - began
        assert first.hellos[0]["peerId"] == node.id and first.hellos[0]["metadata"]["isBridgeNode"] is True
        await node.has("connectedPeers", 1)
        second = await node.listener()
        refusals = [await genesis(link, second.id, second.metadata), await genesis(link, node.id, {})]
        assert not any(result["success"] or result.get("membershipToken") for result in refusals), refusals
        assert not second.dialled, "the refused one was dialled"
        request = await link.ask()
        assert request.helper == first.id, request.answer
        return f"dialled after {took:.2f} s, it helps; refused: {[result['reason'] for result in refusals]}"


@scenario
async def a_bridge_accepts_invitations(stage):
    """invitation_for_bridge: accepted with the bridge's address, and a known inviter is dialled at once."""
    async with BridgeNode(stage) as node:
        link = await node.link(ALL_FEATURES)
        await node.crowd(2)
        inviter = await node.listener()

        async def invite(seconds=1800, target=None):
            token = {"inviter": inviter.id, "invitee": node.id, "timestamp": now(), "expires": now() + seconds * 1000,
                     "nonce": "0" * 32, "version": "1.0", "signature": "0" * 128}
            await link.say("invitation_for_bridge", targetPeerId=target or node.id, fromPeer=inviter.id,
                           invitationToken=token, message="come")
        await invite(seconds=-1)
        expired = await link.expect("bridge_invitation_failed", inviterNodeId=inviter.id)
        await invite(target=new_id())
        wrong = await link.expect("bridge_invitation_failed", inviterNodeId=inviter.id)
        assert not inviter.dialled
        # It asked to join before, so the bridge knows where it is.
        await link.ask(inviter.id, metadata={"nodeType": "nodejs", "listeningAddress": inviter.address,
                                             "canAcceptConnections": True})
        began = time.monotonic()
        await invite()
        accepted = await link.expect("bridge_invitation_accepted", inviterNodeId=inviter.id)
        assert accepted["bridgeNodeId"] == node.id and accepted["bridgeServerAddress"] == node.address, accepted
        await until(lambda: inviter.hellos, "the inviter is dialled", 5)
        took = time.monotonic() - began
        await node.has("connectedPeers", 3)
        await invite()
        await link.expect("bridge_invitation_accepted", inviterNodeId=inviter.id)
        assert len(inviter.dialled) == 1, f"dialled {len(inviter.dialled)} times"
        return f"accepted, and dialled after {took:.2f} s; refused: {[expired['reason'], wrong['reason']]}"
