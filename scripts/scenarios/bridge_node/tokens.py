"""Membership tokens: what a bridge signs, and what another one makes of it."""

import contextlib
import hashlib
import json

from ..stage import scenario
from .conversation import new_id, now
from .ed25519 import is_signature
from .links import ALL_FEATURES
from .node import BridgeNode

# What is signed, in this order (protocol.md 1.5, and ours).
MEMBERS = ["nodeId", "issuer", "timestamp", "isOpenNetwork", "authorizedBy", "keyId", "expires"]
MONTH = 30 * 24 * 3600 * 1000


def verified(token, public_key, members=MEMBERS):
    """Whether a token has exactly the promised members and the key's owner signed them."""
    assert sorted(token) == sorted([*members, "signature"]), f"the token has {list(token)}"
    key = bytes.fromhex(public_key)
    assert token["keyId"] == hashlib.sha256(key).hexdigest()[:16], token
    assert 0 < token["expires"] - token["timestamp"] <= MONTH, token
    text = json.dumps({member: token[member] for member in members}, separators=(",", ":")).encode()
    return is_signature(bytes.fromhex(token["signature"]), text, key)


async def judged(link, token, holder):
    """What a bridge says to a peer that comes back with this token."""
    request = f"validate_{new_id()[:8]}"
    await link.say("validate_reconnection", nodeId=holder, requestId=request, timestamp=now(),
                   **({"membershipToken": token} if token is not None else {}))
    result = await link.expect("reconnection_result", requestId=request)
    assert result["nodeId"] == holder and result["from"] == link.node.id, result
    if result["success"]:
        assert len(result["networkFingerprint"]) == 64 and result["activePeerCount"] >= 2, result
        assert result["selectedActiveMember"] in link.node.peer_ids, result
    return result["success"], result["reason"]


def altered(token, **members):
    return token | members


def flipped(text):
    return text[:-1] + ("0" if text[-1] != "0" else "1")


@scenario
async def tokens_of_one_bridge_are_known_to_the_others(stage):
    """A signs, B and a strict C check once they have heard of A's key; what was altered or borrowed is refused."""
    async with contextlib.AsyncExitStack() as stack:
        a, b, strict = [await stack.enter_async_context(BridgeNode(stage, *more, name=name)) for name, more in
                        (("a", []), ("b", []), ("c", ["--strict-tokens"]))]
        for node in (a, b, strict):
            await node.crowd(3)
        at_a, at_b, at_c = [await node.link(ALL_FEATURES) for node in (a, b, strict)]
        key = at_a.welcome["publicKey"]
        request = await at_a.ask()
        token, holder = request.answer["data"]["membershipToken"], request.newcomer
        assert token["nodeId"] == holder and token["issuer"] == a.id and token["authorizedBy"] == request.helper, token
        assert verified(token, key), "the signature does not hold"
        assert not verified(altered(token, timestamp=token["timestamp"] + 1), key), "it holds for anything"

        success, unknown = await judged(at_c, token, holder)
        assert not success, "a key that nobody told of was believed"
        for link in (at_b, at_c):
            await link.say("bridge_keys", keys=[{"bridgeNodeId": a.id, "publicKey": key},
                                                {"bridgeNodeId": b.id, "publicKey": at_b.welcome["publicKey"]}])
        for link in (at_a, at_b, at_c):
            success, reason = await judged(link, token, holder)
            assert success, f"{link.node.name}: {reason}"
        order = {member: token[member] for member in reversed(list(token))}
        assert (await judged(at_b, order, holder))[0], "the order of the members matters"

        bad = {
            "another's": (token, new_id()),
            "made out to another": (altered(token, nodeId=(other := new_id())), other),
            "with a character flipped": (altered(token, signature=flipped(token["signature"])), holder),
            "that lasts longer": (altered(token, expires=token["expires"] + 1), holder),
            "of another issuer": (altered(token, issuer=b.id), holder),
            "by another helper": (altered(token, authorizedBy=new_id()), holder),
            "without a signature": ({key: value for key, value in token.items() if key != "signature"}, holder),
            "that is none": (None, holder),
        }
        for name, (bad_token, who) in bad.items():
            for link in (at_b, at_c):
                success, reason = await judged(link, bad_token, who)
                assert not success, f"{link.node.name} accepted one {name}: {reason}"
        legacy = {"nodeId": holder, "issuer": new_id(), "timestamp": now(), "isOpenNetwork": True,
                  "authorizedBy": new_id(), "signature": "bridge-issued-open-network-token"}
        own = {"holder": holder, "issuer": new_id(), "timestamp": now(), "type": "membership", "isGenesis": False,
               "nonce": "0" * 32, "version": "1.0", "signature": "0" * 128}
        for name, existing in (("bridge's", legacy), ("peer's", own)):
            assert (await judged(at_b, existing, holder))[0], f"an existing {name} token was refused"
            assert not (await judged(at_c, existing, holder))[0], f"an existing {name} token was accepted strictly"
        return (f"signed by A and accepted by 3 bridges, {len(bad)} kinds refused by both others, {unknown!r} before "
                f"its key was told; existing tokens pass unless strict")


@scenario
async def nobody_comes_back_to_a_network_that_is_not_there(stage):
    """protocol.md 3.6: with fewer than two active peers a good token does not help."""
    async with BridgeNode(stage) as node:
        link = await node.link(ALL_FEATURES)
        only = (await node.crowd(1))[0]
        request = await link.ask()
        token = request.answer["data"]["membershipToken"]
        success, reason = await judged(link, token, request.newcomer)
        assert not success, "one peer is no network"
        await node.crowd(1)
        assert (await judged(link, token, request.newcomer))[0]
        await only.leave()
        await node.has("connectedPeers", 1)
        assert not (await judged(link, token, request.newcomer))[0]
        return f"refused with one peer ({reason!r}), accepted with two"
