"""Who is let in: both link modes, bootstraps and peers on one port, and everybody else."""

import asyncio
import json
import time

from ..ledger import latency
from ..stage import page, scenario, until
from .conversation import Conversation
from .links import Link, all_helped
from .node import BridgeNode

HANDSHAKE_TIMEOUT = 10
WRONG_SECRET = (1000, "Unauthorized - invalid bridge auth token")
NO_HANDSHAKE = (1000, "Invalid handshake")
NO_FORMAT = (1000, "Invalid handshake format")
REQUEST = {"type": "get_onboarding_peer", "requestId": "r", "newNodeId": "a" * 40, "newNodeMetadata": {}}


def auth(token, **more):
    return json.dumps({"type": "bootstrap_auth", "auth_token": token, "bootstrapServer": "x"} | more)


def strangers(secret):
    """What strangers say first, and how they are sent away."""
    return {
        "a wrong secret": ([auth("0" * 32)], WRONG_SECRET),
        "no secret": ([auth("")], WRONG_SECRET),
        "half of the secret": ([auth(secret[:16])], WRONG_SECRET),
        "the secret and more": ([auth(secret + "0")], WRONG_SECRET),
        "the secret in capitals": ([auth(secret.upper() + "A")], WRONG_SECRET),
        "the secret as peers see it": ([auth("bridge_auth_" + secret)], WRONG_SECRET),
        "a wrong secret and a request": ([auth("0" * 32), json.dumps(REQUEST)], WRONG_SECRET),
        "a wrong secret, then the right one": ([auth("0" * 32), auth(secret)], WRONG_SECRET),
        "a secret that is no text": ([json.dumps({"type": "bootstrap_auth", "auth_token": [secret]})], NO_HANDSHAKE),
        "a request": ([json.dumps(REQUEST)], NO_HANDSHAKE),
        "a ping": ([json.dumps({"type": "ping", "requestId": "p", "timestamp": 1})], NO_HANDSHAKE),
        "a hello without an id": ([json.dumps({"type": "dht_peer_hello", "peerId": "", "metadata": {}})], NO_HANDSHAKE),
        "a hello with half an id": ([json.dumps({"type": "dht_peer_hello", "peerId": "ab"})], NO_HANDSHAKE),
        "no type": (['{"auth_token":"x"}'], NO_HANDSHAKE),
        "an array": (["[]"], NO_HANDSHAKE),
        "not JSON": (["hello"], NO_FORMAT),
        "nothing at all": ([""], NO_FORMAT),
        "a member twice": (['{"type":"bootstrap_auth","type":"bootstrap_auth","auth_token":"x"}'], NO_FORMAT),
        "deep nesting": (["[" * 5000 + "]" * 5000], NO_FORMAT),
        "65 KiB": (["x" * 66_560], (1009, None)),
    }


@scenario
async def strangers_are_sent_away_and_told_nothing(stage):
    """protocol.md 3.2: the close says why, and nothing precedes it but a refusal of the secret."""
    async with BridgeNode(stage) as node:
        link, peer = await node.link(), (await node.crowd(1))[0]
        silent = await Conversation.dial(node)
        began = time.monotonic()
        cases = strangers(stage.secret)
        for name, (texts, expected) in cases.items():
            stranger = await Conversation.dial(node)
            stranger.write(texts)
            code, reason = await stranger.closed(5)
            assert code == expected[0] and expected[1] in (None, reason), f"{name}: closed with {code} {reason}"
            said = [message["type"] for message in stranger.inbox]
            assert not set(said) - ({"auth_failed"} if expected == WRONG_SECRET else set()), f"{name}: {said}"
        # A link that names a wrong secret later on is no link any more.
        turned = await node.link()
        turned.write([auth("0" * 32), json.dumps(REQUEST)])
        assert await turned.closed(5) == WRONG_SECRET
        assert not turned.strays, turned.strays
        status, _ = await page(node.port, "/status")
        assert status == 426, f"HTTP on the port for sockets: {status}"
        assert await silent.closed(HANDSHAKE_TIMEOUT + 5) == (1000, "Handshake timeout") and not silent.inbox
        waited = silent.ended.result()[2] - began
        assert abs(waited - HANDSHAKE_TIMEOUT) < stage.within(1, 4), f"closed after {waited:.1f} s"
        all_helped([await link.ask()])
        await peer.ping()
        await node.has("linksOpen", 1, 5)
        return f"{len(cases)} kinds of strangers sent away, one that said nothing after {waited:.1f} s"


@scenario
async def both_link_modes_and_peers_share_one_port(stage):
    """A link of ours, one of the existing network that stays, and bootstraps that connect, ask once and go."""
    visits, wave = stage.pick(60, 1000), 20
    async with BridgeNode(stage) as node:
        await node.crowd(5)
        native, old = await node.link(["deadline", "load"]), await node.link()
        assert set(native.welcome) >= {"features", "window"}, native.welcome
        assert set(old.welcome) == {"type", "bridgeNodeId", "listeningAddress", "publicWssAddress", "from",
                                    "timestamp"}, old.welcome
        descriptors, requests = node.descriptors, []

        async def visit():
            link = await Link.dial(node)
            await link.authenticate("localhost:8080")
            requests.append(await link.ask())
            link.check()
            assert {message["type"] for message in link.inbox} <= {"ping"}, link.inbox
            await link.leave()
            node.conversations.remove(link)
        while len(requests) < visits:
            await asyncio.gather(*(visit() for _ in range(wave)),
                                 *(stays.ask() for stays in (native, old)))
        stayed = [*native.book.values(), *old.book.values()]
        all_helped(requests + stayed)
        assert all(one.answer["from"] == node.id for one in requests + stayed), "an answer without the bridge's name"
        await native.ping()
        assert native.load and native.load["connectedPeers"] == 5, native.load
        await old.ping()
        assert old.load is None, "an existing bootstrap was told of the load"
        await node.has("linksOpen", 2, 5)
        await until(lambda: node.descriptors <= descriptors, "their descriptors are closed", 5)
        for link in (native, old):
            link.check()
        return (f"{len(requests)} connections for one request each ({latency(requests)}), {len(stayed)} requests on "
                f"the two links that stayed")
