"""Relaying between two peers that cannot reach each other (protocol.md 4.8), and its abuses."""

import asyncio

from ..stage import scenario
from .conversation import new_id, now
from .node import BridgeNode

SESSIONS_PER_PEER = 8
PAYLOAD = 32 << 10


async def open_session(peer, target, session):
    """What the relay says to it: None if it is open, else why not."""
    await peer.say("relay_request", targetPeerId=target, sessionId=session, timestamp=now())
    ack = await peer.expect("relay_ack", sessionId=session)
    assert ack["success"] is (not ack.get("error")), ack
    return ack.get("error")


async def forward(peer, target, session, payload):
    await peer.say("relay_forward", sessionId=session, to=target, payload=payload, timestamp=now())


async def nothing_came(*peers):
    """Whatever was on its way to them has arrived by now."""
    await asyncio.gather(*(peer.ping() for peer in peers))
    for peer in peers:
        relayed = [message for message in peer.inbox if message["type"].startswith("relay_")]
        assert not relayed, f"{relayed[:2]} was relayed"


@scenario
async def two_peers_are_relayed_to_each_other(stage):
    """Payloads arrive unchanged, in order, and named after their sender; the end is told to the other one."""
    # No more than a peer may send at once.
    count = stage.pick(100, 900)
    async with BridgeNode(stage) as node:
        one, other = await node.crowd(2, {"nodeType": "browser", "listeningAddress": None, "publicWssAddress": None})
        assert one.welcome["metadata"]["canRelay"] is True, one.welcome
        assert await open_session(one, other.id, "session-1") is None
        for number in range(count):
            # Who claims another name is relayed under its own.
            await one.say("relay_forward", sessionId="session-1", to=other.id,
                          payload={"n": number, "text": "ü\u2028"}, **{"from": new_id()})
            await forward(other, one.id, "session-1", f"back {number}")
        for number in range(count):
            there = await other.expect("relay_forward")
            back = await one.expect("relay_forward")
            assert there["payload"] == {"n": number, "text": "ü\u2028"} and there["from"] == one.id, there
            assert back["payload"] == f"back {number}" and back["from"] == other.id, back
        await one.say("relay_ping", sessionId="session-1", pingId="p1", timestamp=7)
        pong = await one.expect("relay_pong", pingId="p1")
        assert pong["timestamp"] == 7, pong
        await one.say("relay_close", sessionId="session-1", reason="done", timestamp=now())
        closed = await other.expect("relay_close", sessionId="session-1")
        assert closed["reason"] == "done", closed
        assert await open_session(other, one.id, "session-2") is None
        one.cut()
        ended = await other.expect("relay_close", sessionId="session-2")
        return f"{count} payloads each way, then closed; a partner that vanished is told as {ended['reason']!r}"


@scenario
async def a_relay_serves_nobody_but_its_two(stage):
    """Sessions of others, third parties, too many, too large."""
    async with BridgeNode(stage) as node:
        one, other, third = await node.crowd(3)
        bridge = await node.peer({"isBridgeNode": True, "nodeType": "bridge"})
        assert await open_session(one, other.id, "theirs") is None
        refusals = {
            "somebody else's session": (third, other.id, "theirs"),
            "to itself": (third, third.id, "own"),
            "to the relay": (third, node.id, "relay"),
            "to a bridge": (third, bridge.id, "bridge"),
            "to nobody": (third, new_id(), "nobody"),
            "an id of 200 bytes": (third, other.id, "x" * 200),
            "no id": (third, other.id, ""),
        }
        words = {}
        for name, (peer, target, session) in refusals.items():
            words[name] = await open_session(peer, target, session)
            assert words[name], f"{name} was let in"
        # The third party knows the session's id, and that helps it nothing.
        for target in (one, other, third):
            await forward(third, target.id, "theirs", "mine")
        await third.say("relay_ping", sessionId="theirs", pingId="p", timestamp=1)
        await third.say("relay_close", sessionId="theirs", reason="mine", timestamp=now())
        # A member may not reach somebody else through it, nor send more than a signal's worth.
        await forward(one, third.id, "theirs", "elsewhere")
        await forward(one, other.id, "theirs", "x" * (PAYLOAD + 1))
        third_told = {message["type"] for message in third.inbox} - {"relay_close", "pong"}
        assert not third_told & {"relay_forward", "relay_pong"}, third_told
        await nothing_came(one, other)
        await forward(one, other.id, "theirs", "x" * (PAYLOAD - 100))
        assert len((await other.expect("relay_forward"))["payload"]) == PAYLOAD - 100
        opened = [await open_session(one, other.id, f"more-{number}") for number in range(SESSIONS_PER_PEER)]
        assert opened == [None] * (SESSIONS_PER_PEER - 1) + ["capacity_reached"], opened
        # Those that others open to a peer do not count against it.
        assert await open_session(other, one.id, "back") is None
        await one.say("relay_close", sessionId="more-0", timestamp=now())
        await other.expect("relay_close", sessionId="more-0")
        assert await open_session(one, other.id, "again") is None
        refused = ", ".join(f"{name} ({word})" for name, word in words.items())
        return f"refused: {refused}; {SESSIONS_PER_PEER} sessions a peer"
