"""Peers that send or hold too much, and everybody else's share of the bridge."""

import asyncio
import contextlib
import json
import socket

import websockets

from ..ledger import latency, percentile
from ..stage import scenario, until
from .conversation import client_frame, new_id, now
from .links import all_helped, answers_to, shares
from .node import BridgeNode
from .peers import Peer, metadata_of
from .raw import UPGRADE, RawSocket

FLOOD = 20_000


@scenario(alone=True)
async def a_peer_that_floods_is_sent_away_and_harms_nobody(stage):
    """20,000 pings in one write: most are dropped, then it is closed with 1008; the others' answers come as before."""
    async with BridgeNode(stage) as node:
        honest, link = await node.crowd(5), await node.link()
        quiet = await measured(honest, link, asyncio.create_task(asyncio.sleep(2)))
        closes, flooded = [], ([], [])
        for _ in range(stage.pick(2, 6)):
            flood = asyncio.create_task(asyncio.to_thread(flooding, node))
            pongs, asks = await measured(honest, link, flood)
            answered, code = await flood
            assert answered < FLOOD / 4, f"{answered} pongs"
            closes.append(code)
            flooded[0].extend(pongs)
            flooded[1].extend(asks)
        # Without a code it was cut before it had read one.
        assert set(closes) <= {1008, None} and 1008 in closes, closes
        all_helped(flooded[1])
        # A debug build spends seconds on what the flood sends.
        for name, before, during in (("pong", slow(quiet[0]), slow(flooded[0])),
                                     ("answer", percentile(quiet[1], 0.99), percentile(flooded[1], 0.99))):
            assert during < stage.within(max(3 * before, 25), 8000), f"{name}: {before:.1f} -> {during:.1f} ms"
        assert len(node.logged()) < 100, f"{len(node.logged())} log lines"
        return (f"{len(closes)} floods of {FLOOD} closed with {closes}; answers without {latency(quiet[1])}, with "
                f"{latency(flooded[1])}; pongs p99 {slow(quiet[0]):.1f} and {slow(flooded[0]):.1f} ms")


def flooding(node):
    flooder, id = RawSocket(node), new_id()
    flooder.say({"type": "dht_peer_hello", "peerId": id, "metadata": metadata_of(id)})
    return flooder.flood(json.dumps({"type": "ping", "requestId": "f", "timestamp": 1, "nodeId": id}), FLOOD)


async def measured(honest, link, while_this):
    """Pongs and answers while something goes on, twenty at least: (seconds of each pong, requests)."""
    pongs, requests = [], []
    while not while_this.done() or len(requests) < 20:
        pongs += await asyncio.gather(*(peer.ping(30) for peer in honest))
        requests.append(await link.ask(seconds=30))
        await asyncio.sleep(0.005)
    return pongs, requests


def slow(seconds):
    """The slowest but one in a hundred, in ms."""
    return sorted(seconds)[int(len(seconds) * 0.99)] * 1000


class Stalled:
    """A peer that says hello, asks a lot, and from then on reads nothing; now and then it says that it is there."""

    def __init__(self, node):
        self.node, self.id = node, new_id()

    async def __aenter__(self):
        plug = socket.socket()
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plug.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plug, ("127.0.0.1", self.node.port))
        self.reader, self.writer = await asyncio.open_connection(sock=plug, limit=256)
        self.writer.write(UPGRADE)
        await self.reader.readuntil(b"\r\n\r\n")
        self.say("dht_peer_hello", peerId=self.id, metadata=metadata_of(self.id))
        await asyncio.sleep(0.2)
        self.writer.transport.pause_reading()
        self.beat = asyncio.create_task(self.live())
        return self

    async def __aexit__(self, *_):
        self.beat.cancel()
        self.writer.transport.abort()

    def say(self, kind, **members):
        if not self.writer.transport.is_closing():
            self.writer.write(client_frame(json.dumps({"type": kind} | members)))

    async def live(self):
        while True:
            self.say("pong", requestId="none", timestamp=now())
            await asyncio.sleep(0.5)

    def hoard(self, questions):
        """Has answers written that it will never read."""
        for number in range(questions):
            self.say("find_node", requestId=f"q{number}", target=new_id(), nodeId=self.id, timestamp=now())


@scenario(alone=True)
async def a_helper_that_stops_reading_costs_little(stage):
    """Its socket fills with what it asked for. Requests go to others, and memory stays where it was."""
    rounds = stage.pick(10, 60)
    async with BridgeNode(stage) as node:
        # Each of these has much to say of itself, so that answers are large.
        await node.crowd(12, {"publicKey": "x" * 1500})
        link = await node.link()
        await answers_to(link.put(200))
        before = peak = node.memory
        async with Stalled(node) as stalled:
            await node.has("connectedPeers", 13)
            await asyncio.sleep(1.5)
            stalled.hoard(1000)
            requests = []
            for _ in range(rounds):
                requests += await answers_to(link.put(100))
                peak = max(peak, node.memory)
                await asyncio.sleep(0.3)
            all_helped(requests)
            named = shares(requests)[stalled.id]
            late = shares(requests[len(requests) * 2 // 3:])[stalled.id]
            assert late == 0, f"named {late} times in the last third, {named} in all"
            assert peak - before < stage.within(8, 24), f"{before:.1f} -> {peak:.1f} MiB"
            link.check()
        return (f"{len(requests)} requests helped, the stalled one named {named} times, memory "
                f"+{peak - before:.1f} MiB, {latency(requests)}")


@scenario
async def a_peer_has_four_sockets_at_most(stage):
    """protocol.md 4.7: current-era peers open several; the fifth is refused, the four live on and count as one peer."""
    async with BridgeNode(stage) as node:
        id = new_id()
        four = [await node.peer(id=id) for _ in range(4)]
        fifth = await Peer.dial(node, None, id)
        await fifth.say("dht_peer_hello", peerId=id, metadata={})
        code, reason = await fifth.closed(5)
        assert (code, reason) == (1000, "Too many sockets for this peer") and not fifth.inbox, (code, reason)
        await asyncio.gather(*(socket.ping() for socket in four))
        metrics = await node.metrics()
        assert metrics["connectedPeers"] == 1, metrics
        link = await node.link()
        requests = await link.ask_each(20)
        assert shares(requests) == {id: 20}
        await asyncio.sleep(0.1)
        heard = [len(socket.instructions) for socket in four]
        assert sum(heard) == 20, f"instructions on the four sockets: {heard}"
        # One of them goes, and there is room for another.
        await four[0].leave()

        async def let_in():
            with contextlib.suppress(AssertionError, websockets.ConnectionClosed):
                return await node.peer(id=id)
        again = await until(let_in, "another socket is let in")
        await again.ping()
        return f"the fifth closed with {code} {reason!r}, 20 instructions went to {heard}"
