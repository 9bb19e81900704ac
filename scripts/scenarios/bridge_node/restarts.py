"""What outlives the process."""

import asyncio
import signal
import time

from ..bootstrap import Bootstrap
from ..stage import scenario, until
from .links import ALL_FEATURES
from .node import BridgeNode
from .tokens import judged


@scenario
async def a_restart_is_the_same_bridge(stage):
    """Killed, and started again on its state: the same id and key, and what it signed before still holds."""
    async with BridgeNode(stage) as node:
        link = await node.link(ALL_FEATURES)
        await node.crowd(2)
        request = await link.ask()
        before = node.id, link.welcome["publicKey"]
        for _ in range(stage.pick(2, 5)):
            await node.kill()
            await node.up()
            link = await node.link(ALL_FEATURES)
            assert (node.id, link.welcome["publicKey"]) == before, "another bridge came back"
        await node.crowd(2)
        success, reason = await judged(link, request.answer["data"]["membershipToken"], request.newcomer)
        assert success, reason
        return f"{before[0][:8]} after {stage.pick(2, 5)} kills, its token of before is {reason!r}"


@scenario
async def two_bridges_do_not_share_a_state(stage):
    """The second process on one directory ends with an error, and the first goes on."""
    async with BridgeNode(stage) as node:
        log = stage.directory / "second.log"
        second = await stage.start(stage.causeway, "bridge", "--host", "127.0.0.1", "--port", 0, "--metrics-port", 0,
                                   "--state-dir", stage.directory / node.name, log=log)
        async with asyncio.timeout(15):
            code = await second.wait()
        assert code not in (0, None) and code > 0, f"exit code {code}"
        text = log.read_text()
        assert "in use" in text, text[-500:]
        assert not any(word in text for word in node.forbidden)
        await node.peer()
        other = BridgeNode(stage, name="other")
        async with other:
            assert other.id != node.id, "two bridges of one id"
        return f"exit code {code}: {text.strip().splitlines()[-1][-90:]}"


@scenario
async def bridges_restarted_with_their_bootstrap_find_the_living_network(stage):
    """Existing peers keep their links to each other, and open none to a bootstrap again: only the bridges can find them."""
    async with BridgeNode(stage) as one, BridgeNode(stage, name="other") as other:
        nodes, peers = [one, other], []
        async with Bootstrap(stage, [node.address for node in nodes]) as bootstrap:
            await bootstrap.linked(2)
            for node in nodes:
                for _ in range(3):
                    peer = await node.listener()
                    await node.peer({"listeningAddress": peer.address, "publicWssAddress": peer.address}, id=peer.id)
                    peers.append(peer)
            # A bridge that is killed remembers what it wrote by then; it may write half a minute after the last time.
            for node in nodes:
                await until(lambda: node.remembered() == 3, f"{node.name} has written down its peers", 45, every=0.1)
        other.process.send_signal(signal.SIGTERM)
        assert await other.process.wait() == 0
        await one.kill()
        assert not any(peer.dialled for peer in peers), "nobody was dialled before"
        for node in nodes:
            await node.up()
        began = time.monotonic()
        await until(lambda: all(peer.links for peer in peers), "every peer is met again")
        took = time.monotonic() - began
        for node in nodes:
            await node.has("connectedPeers", 3)
        async with Bootstrap(stage, [node.address for node in nodes], genesis=False) as bootstrap:
            await bootstrap.linked(2)
            # A helper has to have been connected for a second.
            await asyncio.sleep(1.5)
            question = await (await bootstrap.ledger.newcomer()).ask()
            assert question.outcome == "peer_found" and question.helper in {peer.id for peer in peers}, question.answer
        return f"{len(peers)} peers met {took:.1f} s after the start, and one helps a newcomer in"
