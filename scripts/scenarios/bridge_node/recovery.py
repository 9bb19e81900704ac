"""A bridge without peers finds some by itself."""

import time

from ..bootstrap import Bootstrap
from ..stage import scenario, until
from .node import BridgeNode

PROMISED = 15
# A second loss within this waits for it: a bootstrap is not asked more often.
ASKED_AGAIN = 30


@scenario
async def a_bridge_that_lost_everybody_finds_peers_again(stage):
    """Peers that only listen and are registered at a real bootstrap: met after the bridge's start, and its death."""
    async with BridgeNode(stage) as node, Bootstrap(stage, [node.address]) as bootstrap:
        await bootstrap.linked(1)
        peers = [await node.listener() for _ in range(4)]
        for peer in peers:
            newcomer = await bootstrap.ledger.newcomer(peer.metadata)
            newcomer.id = peer.id
            await newcomer.put()

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
        return f"{lines}; {sum(len(peer.dialled) for peer in peers)} dials of {len(peers)} peers"
