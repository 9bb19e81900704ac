"""Many joins at once, and the mode with a connection for each request."""

import asyncio
import contextlib
import time

from .bootstrap import Bootstrap
from .bridges import Bridge
from .ledger import all_found, answers_to, latency
from .stage import established, scenario, until

# Requests in flight at a bridge that announced no window.
WINDOW = 256


@scenario(alone=True)
async def a_thousand_joins_at_once_are_all_answered(stage):
    """P-JOIN: over two bridges that answer at once, with one connection to each."""
    addresses = []
    for _ in range(2):
        _, ready = await stage.announcing(stage.causeway, "bench", "instant-bridge")
        addresses.append(ready["listening"])
    ports = [int(address.rsplit(":", 1)[1]) for address in addresses]
    peaks = [0, 0]

    async def watch():
        while True:
            peaks[:] = [max(peak, established(port)) for peak, port in zip(peaks, ports)]
            await asyncio.sleep(0.02)

    async with Bootstrap(stage, addresses) as bootstrap:
        await bootstrap.linked(2)
        crowd = await bootstrap.ledger.crowd(1000)
        watching = asyncio.create_task(watch())
        began = time.monotonic()
        questions = await asyncio.gather(*(newcomer.put() for newcomer in crowd))
        await answers_to(questions)
        took = time.monotonic() - began
        watching.cancel()
        all_found(questions)
        bridges = await bootstrap.bridges()
        shares = [bridge["requests"] for bridge in bridges]
        counters = await bootstrap.counters()
        assert peaks == [1, 1], f"connections at the bridges: {peaks}"
        assert [bridge["connectionsOpened"] for bridge in bridges] == [1, 1], bridges
        # A bridge whose window is full is passed over, so the shares may differ by what was in flight.
        retried = counters["retries"]
        assert retried <= stage.within(0, 300) and 1000 <= sum(shares) <= 1000 + retried, f"{shares}, {retried} retries"
        assert abs(shares[0] - shares[1]) <= 1 + WINDOW + retried, f"shares {shares}"
        assert counters["answered"] == 1000, counters
        return (f"1000 answers in {took:.2f} s ({latency(questions)} at the clients), shares {shares}, "
                f"connections {peaks}")


@scenario
async def stateless_mode_has_one_connection_for_each_join(stage):
    """The rollback mode: N joins are N connections, and none is left open."""
    joins = stage.pick(50, 300)
    wave = 50
    async with contextlib.AsyncExitStack() as stack:
        bridges = [await stack.enter_async_context(Bridge(stage.secret)) for _ in range(2)]
        bootstrap = await stack.enter_async_context(
            Bootstrap(stage, [bridge.address for bridge in bridges], "--bridge-mode", "stateless"))
        await bootstrap.linked(2)
        # The trial of whether the bridge is there ends by itself.
        await until(lambda: not any(bridge.links for bridge in bridges), "the trial connections are closed")
        trials = sum(bridge.authenticated for bridge in bridges)
        questions = []
        while len(questions) < joins:
            questions += await bootstrap.ledger.joins(wave)
        all_found(questions)
        await until(lambda: not any(bridge.links for bridge in bridges), "no connection is left open", 5)
        opened = sum(bridge.authenticated for bridge in bridges) - trials
        asked = [len(bridge.requests) for bridge in bridges]
        assert opened == joins == sum(asked), f"{opened} connections and {asked} requests for {joins} joins"
        assert abs(asked[0] - asked[1]) <= 1, asked
        for bridge in bridges:
            bridge.check(links=wave)
        return f"{joins} joins, {opened} connections, peak {[bridge.peak for bridge in bridges]}, {latency(questions)}"
