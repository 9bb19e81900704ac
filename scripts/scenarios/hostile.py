"""Bridges that mean harm: floods, stalls, answers that are none, cut or never finished."""

import asyncio
import contextlib
import json
import socket
import struct
import time

from .bootstrap import Bootstrap
from .bridges import Bridge, found
from .frames import frame
from .ledger import METADATA, all_found, answers_to, latency, outcomes, percentile
from .stage import scenario, until


class Flooder(Bridge):
    """Sends 10,000 messages a second that nobody asked for."""

    async def authenticate(self, link):
        await super().authenticate(link)
        self.spawn(self.flood(link))

    async def flood(self, link):
        message = json.dumps({"type": "onboarding_peer_response", "requestId": "f" * 32, "success": True, "data": None})
        packet = frame(message.encode()) * 500
        with contextlib.suppress(RuntimeError):  # the transport is closing
            while link in self.links:
                link.transport.write(packet)
                await asyncio.sleep(0.05)


@scenario(alone=True)
async def a_flooding_bridge_is_cut_off_and_harms_nobody(stage):
    """B26: limited, counted, closed; the joins at the other bridge are as fast as before."""
    async with contextlib.AsyncExitStack() as stack:
        well = await stack.enter_async_context(Bridge(stage.secret))
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [well.address]))
        await bootstrap.linked(1)
        async with bootstrap.ledger.traffic(20) as quiet:
            await until(lambda: len(well.requests) >= 40, "some joins without the flood")
        flooder = await stack.enter_async_context(Flooder(stage.secret))
        bootstrap.reload([well.address, flooder.address])
        async with bootstrap.ledger.traffic(20) as flooded:
            await until(lambda: flooder.closes, "the flooder is cut off", 10)
            await until(lambda: flooder.opened >= stage.pick(3, 6), "it came back, and was cut off again", 90)
        all_found(quiet + flooded)
        counters = await bootstrap.counters()
        assert set(flooder.closes) == {1008} and counters["floods"] >= 1, (flooder.closes, counters)
        assert (await bootstrap.bridge(well.address))["connectionsOpened"] == 1
        # A debug build spends seconds on what the flood sends before it is cut off.
        calm = stage.within(max(2 * percentile(quiet, 0.99), 50), 8000)
        assert percentile(flooded, 0.99) < calm, f"with the flood {latency(flooded)}"
        assert len(bootstrap.logged()) < 100, f"{len(bootstrap.logged())} log lines"
        return (f"without {latency(quiet)}, with the flood {latency(flooded)}; cut off {counters['floods']} times, "
                f"{counters['lateAnswers'] + counters['unknownAnswers']} messages counted")


class Stalled(Bridge):
    """Stops reading once it is authenticated."""

    async def up(self):
        await super().up()
        for listener in self.server.sockets:
            # Otherwise the kernel would hold most of what the bootstrap can send in this scenario.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    async def authenticate(self, link):
        await super().authenticate(link)
        link.transport.pause_reading()


@scenario(alone=True)
async def a_bridge_that_stops_reading_costs_little_memory(stage):
    """B06: writes to it stop at the high-water mark; every join has an answer."""
    joins, metadata = stage.pick(700, 1000), METADATA | {"publicKey": "x" * 15_000}
    async with contextlib.AsyncExitStack() as stack:
        well = await stack.enter_async_context(Bridge(stage.secret))
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [well.address]))
        await bootstrap.linked(1)
        crowd = await bootstrap.ledger.crowd(joins, metadata)
        await answers_to(await asyncio.gather(*(newcomer.put() for newcomer in crowd)))
        before = bootstrap.memory
        stalled = await stack.enter_async_context(Stalled(stage.secret, window=4096))
        bootstrap.reload([well.address, stalled.address])
        await bootstrap.linked(2)
        peak, questions, state = before, [], set()

        async def watch():
            nonlocal peak
            while True:
                peak = max(peak, bootstrap.memory)
                state.add((await bootstrap.bridge(stalled.address))["rotation"])
                await asyncio.sleep(0.02)
        watching = asyncio.create_task(watch())
        for _ in range(stage.pick(1, 3)):
            questions += await answers_to(await asyncio.gather(*(newcomer.put() for newcomer in crowd)))
        watching.cancel()
        report = await bootstrap.bridge(stalled.address)
        assert len(json.dumps(well.requests[-1])) > 15_000, "the requests are smaller than they should be"
        assert peak - before < stage.within(8, 24), f"grew by {peak - before:.1f} MiB"
        slowest = percentile(questions, 1) / 1000
        return (f"{len(questions)} joins of 15 KB: {outcomes(questions)}, slowest {slowest:.1f} s; "
                f"{report['requests']} put to the stalled bridge ({'/'.join(sorted(state))}, "
                f"{report.get('error') or 'link kept'}), memory +{peak - before:.1f} MiB")


class Misanswers(Bridge):
    """Answers in turn with things that are no answers."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.turn = 0

    async def answer(self, link, request):
        good = found(self, request)
        self.turn += 1
        if self.turn % 2 == 0:
            # Often enough a good one that it is not ejected before all were seen.
            return await self.say(link, good)
        kinds = [
            good | {"data": None},
            good | {"data": {}},
            good | {"data": {"inviterPeerId": 7}},
            good | {"data": "text"},
            good | {"success": "yes"},
            good | {"data": good["data"] | {"inviterPeerId": "not an id"}},
            good | {"success": False, "data": {"emergencyMode": True, "networkState": 5}},
            good | {"data": good["data"] | {"inviterMetadata": {"padding": "x" * 900_000}}},
        ]
        kind = kinds[self.turn // 2 % len(kinds)]
        await self.say(link, kind)


@scenario
async def answers_that_are_none_move_the_join_to_another_bridge(stage):
    """B25: success without data, wrong types, 900 KiB; and 2 MiB, which costs the link with 1009."""
    async with contextlib.AsyncExitStack() as stack:
        bad = await stack.enter_async_context(Misanswers(stage.secret))
        well = await stack.enter_async_context(Bridge(stage.secret))
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [bad.address, well.address]))
        await bootstrap.linked(2)
        questions = []
        while bad.turn < 16:
            questions += await bootstrap.ledger.joins(1)
        all_found(questions)
        assert all(one.seconds < stage.within(2, 7) for one in questions), "a bad answer was waited out"
        report = await bootstrap.bridge(bad.address)
        assert report["connectionsOpened"] == 1 and report["timeouts"] == 0, report
        for link in list(bad.links):
            await bad.say(link, {"type": "bridge_health_update", "padding": "x" * (2 << 20)})
        await until(lambda: bad.closes, "the link is closed")
        assert bad.closes == [1009], bad.closes
        questions += await bootstrap.ledger.joins(10)
        all_found(questions)
        return (f"{len(questions)} joins found a helper, {bad.turn // 2} bad answers of 8 kinds, 2 MiB closed with "
                f"{bad.closes[0]}")


class Cuts(Bridge):
    """Ends the connection when it is asked: with a FIN, or with a RST in the middle of an answer."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.half = False

    async def answer(self, link, request):
        transport = link.transport
        if self.half:
            whole = frame(json.dumps(found(self, request)).encode())
            transport.write(whole[:len(whole) // 2])
            await asyncio.sleep(0.02)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.write_eof()
            transport.close()
        self.half = not self.half


@scenario
async def a_connection_cut_under_a_request_moves_it_at_once(stage):
    """B04, B05: a FIN right after the request, a RST in the middle of the answer."""
    async with contextlib.AsyncExitStack() as stack:
        cuts = await stack.enter_async_context(Cuts(stage.secret))
        well = await stack.enter_async_context(Bridge(stage.secret))
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [cuts.address, well.address]))
        questions = []
        for _ in range(stage.pick(2, 4)):
            await bootstrap.linked(2, 20)
            questions += await bootstrap.ledger.joins(2)
        all_found(questions)
        slowest = percentile(questions, 1)
        assert len(cuts.requests) >= stage.pick(2, 4), f"{len(cuts.requests)} cuts"
        assert slowest < stage.within(1000, 5000), f"the slowest join took {slowest:.0f} ms"
        assert (await bootstrap.counters())["failovers"] == len(cuts.requests)
        return f"{len(cuts.requests)} cuts, {len(questions)} joins found a helper within {slowest:.0f} ms"


class Trickles(Bridge):
    """Answers at ten bytes a second, one answer after the other."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.pen = asyncio.Lock()

    async def answer(self, link, request):
        async with self.pen:
            await self.write(link, request)

    async def write(self, link, request):
        # A pong must not get between the bytes of the answer.
        link.transport.pause_reading()
        with contextlib.suppress(RuntimeError):  # the transport is closing
            for byte in frame(json.dumps(found(self, request)).encode()):
                link.transport.write(bytes([byte]))
                await asyncio.sleep(0.1)


@scenario
async def an_answer_that_trickles_in_is_not_waited_for(stage):
    """B07: the join goes elsewhere after the attempt's time, and the link that is stuck in one frame is replaced."""
    async with contextlib.AsyncExitStack() as stack:
        slow = await stack.enter_async_context(Trickles(stage.secret))
        well = await stack.enter_async_context(Bridge(stage.secret))
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [slow.address, well.address]))
        await bootstrap.linked(2)
        began = time.monotonic()
        async with bootstrap.ledger.traffic(1) as questions:

            async def given_up():
                return (await bootstrap.bridge(slow.address))["status"] != "connected"
            await until(given_up, "the stuck link is given up", 40)
        took = time.monotonic() - began
        reason = (await bootstrap.bridge(slow.address)).get("error")
        all_found(questions)
        slowest = percentile(questions, 1) / 1000
        assert slowest < stage.within(4, 8), f"the slowest join took {slowest:.1f} s"
        return (f"{len(questions)} joins found a helper within {slowest:.1f} s, link given up after {took:.1f} s "
                f"({reason})")
