"""Peers that fall silent."""

import asyncio
import time

from ..stage import scenario, until
from .links import all_helped, shares
from .node import BridgeNode

# The bridge never names a helper that was gone for longer than this.
NOTICED = 5


@scenario
async def a_silent_helper_is_not_named_after_five_seconds(stage):
    """One of ten keeps its socket and answers nothing. It is named again once it speaks."""
    async with BridgeNode(stage) as node:
        peers, link = await node.crowd(10), await node.link()
        all_helped(await link.ask_each(20))
        mute = peers[3]
        mute.is_silent = True
        began, requests = time.monotonic(), []
        while time.monotonic() - began < NOTICED + stage.pick(4, 30):
            requests.append(await link.ask())
            await asyncio.sleep(0.02)
        all_helped(requests)
        late = [one for one in requests if one.helper == mute.id and one.sent - began > NOTICED]
        assert not late, f"named {len(late)} times, as late as {late[-1].sent - began:.1f} s after it fell silent"
        last = max((one.sent - began for one in requests if one.helper == mute.id), default=0)
        mute.is_silent = False
        heard = time.monotonic()
        await mute.say("ping", requestId="again", timestamp=1, nodeId=mute.id)

        async def named():
            return (await link.ask()).helper == mute.id
        await until(named, "it is named again", 10)
        link.check()
        return (f"named {shares(requests)[mute.id]} of {len(requests)} times, last {last:.1f} s after it fell silent, "
                f"and again {time.monotonic() - heard:.1f} s after it spoke")


@scenario
async def a_helper_that_vanished_is_not_named_at_all(stage):
    """Its socket is reset, or closed: the next request goes to another one."""
    async with BridgeNode(stage) as node:
        peers, link = await node.crowd(10), await node.link()
        named = 0
        for number, peer in enumerate(peers[:8]):
            if number % 2:
                peer.cut()
            else:
                await peer.leave()
            # Until the end of the socket has reached the bridge.
            await asyncio.sleep(0.05)
            requests = await link.ask_each(20)
            all_helped(requests)
            named += shares(requests)[peer.id]
        assert named == 0, f"helpers that had gone were named {named} times"
        await node.has("connectedPeers", 2)
        return f"8 of 10 helpers left one by one, {len(link.book)} requests helped by others"


@scenario
async def outcomes_are_learned_from(stage):
    """A helper whose introductions stay silent rests; reports of who did not announce them change nothing."""
    async with BridgeNode(stage) as node:
        await node.crowd(5)
        link, old = await node.link(["outcome"]), await node.link()
        first = await link.ask_each(60)
        all_helped(first)
        bad = max(shares(first), key=shares(first).get)

        async def report(link, request, outcome):
            await link.say("introduction_outcome", requestId=request.id, newNodeId=request.newcomer,
                           inviterPeerId=request.helper, outcome=outcome)
        for one in first:
            await report(link, one, "silent" if one.helper == bad else "connected")
        await link.ping()
        second = await link.ask_each(60)
        all_helped(second)
        assert shares(second)[bad] == 0, f"the one that stays silent was named {shares(second)[bad]} times"
        # From a bootstrap that did not announce it, such reports mean nothing.
        for one in second:
            await report(old, one, "silent")
        await old.ping()
        third = await link.ask_each(60)
        all_helped(third)
        assert len(shares(third)) >= 4 and shares(third)[bad] == 0, shares(third)
        link.check()
        return (f"after {shares(first)[bad]} introductions that stayed silent it was named 0 of 120 times; 60 reports "
                f"of a bootstrap that may not report changed nothing")
