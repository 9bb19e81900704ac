"""A bridge without peers finds some by itself."""

import contextlib
import sqlite3
import time

from ..bootstrap import Bootstrap
from ..stage import scenario, until
from .node import BridgeNode

PROMISED = 15
# A second loss within this waits for it: a bootstrap is not asked more often.
ASKED_AGAIN = 30


def forget(node):
    """What a bridge remembers of its peers is gone; who it is itself stays."""
    with contextlib.closing(sqlite3.connect(node.stage.directory / node.name / "state.sqlite")) as state, state:
        state.execute("DELETE FROM peers")


@scenario
async def a_bridge_that_lost_everybody_finds_peers_again(stage):
    """Peers that only listen and are registered at a real bootstrap: met after the bridge's start, and after its death,
    although it remembers none of them."""
    async with BridgeNode(stage) as node, Bootstrap(stage, [node.address]) as bootstrap:
        await bootstrap.linked(1)
        peers, questions = [await node.listener() for _ in range(4)], []
        for peer in peers:
            newcomer = await bootstrap.ledger.newcomer(peer.metadata)
            newcomer.id = peer.id
            questions.append(await newcomer.put())

        async def connected(what, seconds):
            began = time.monotonic()

            async def met():
                metrics = await node.metrics()
                return metrics and metrics["connectedPeers"] >= 1
            await until(met, what, seconds, every=0.05)
            return time.monotonic() - began
        await connected("peers are met after the start", 40)
        took = []
        for _ in range(stage.pick(1, 3)):
            await node.kill()
            forget(node)
            await until(lambda: not any(peer.links for peer in peers), "the peers lost it")
            await node.up()
            took.append(await connected("peers are met again after a restart", PROMISED))
        lines = f"met {took[0]:.1f} s after a restart"
        if stage.full:
            for peer in peers:
                peer.cut()
            await node.has("connectedPeers", 0)
            cut = await connected("peers are met again after all links were cut", ASKED_AGAIN + PROMISED)
            lines += f", {cut:.1f} s after all links were cut"
        assert {hello["peerId"] for peer in peers for hello in peer.hellos} == {node.id}
        await until(lambda: all(question.answers for question in questions), "the peers' own questions are answered", 40)
        return f"{lines}; {sum(len(peer.dialled) for peer in peers)} dials of {len(peers)} peers"
