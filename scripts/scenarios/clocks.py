"""Wall clocks that jump."""

import asyncio
import contextlib
import os
import time

from .bootstrap import Bootstrap
from .bridges import Bridge
from .ledger import all_found, latency
from .stage import Skipped, scenario, until

LIBRARY = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
JUMPS = {"an hour back": ("-3600s", -3600), "a day on": ("+86400s", 86_400),
         "ten years on": ("+315360000s", 315_360_000)}


@scenario
async def jumps_of_the_wall_clock_change_nothing(stage):
    """B16: no timer fires early or late, nobody expires, no link is dialled anew, and requests keep their ids apart."""
    if not os.path.exists(LIBRARY):
        raise Skipped("libfaketime is not installed")
    offset = stage.directory / "offset"
    offset.write_text("+0\n")
    environment = dict(stage.environment, LD_PRELOAD=LIBRARY, FAKETIME_TIMESTAMP_FILE=str(offset),
                       FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")
    async with contextlib.AsyncExitStack() as stack:
        bridges = [await stack.enter_async_context(Bridge(stage.secret, delay=0.05)) for _ in range(2)]
        # Started by a program that already runs under the library: where the library itself has to add a variable to
        # the environment, Swift's runtime does not find the arguments.
        bootstrap = await stack.enter_async_context(
            Bootstrap(stage, [bridge.address for bridge in bridges], environment=environment, launcher=["env"]))
        await bootstrap.linked(2)
        seen = []
        async with bootstrap.ledger.traffic(20) as questions:
            for name, (text, seconds) in JUMPS.items():
                offset.write_text(f"{text}\n")

                async def jumped():
                    health = await bootstrap.health()
                    return health and abs(health["timestamp"] / 1000 - time.time() - seconds) < 60
                await until(jumped, f"the server's clock is {name}")
                counted = (await bootstrap.counters())["answered"]
                await asyncio.sleep(stage.pick(2, 35))
                seen.append((await bootstrap.counters())["answered"] - counted)
        all_found(questions)
        counters = await bootstrap.counters()
        assert counters["dials"] == counters["linksOpened"] == 2 and counters["linksLost"] == 0, counters
        assert counters["retries"] <= len(questions) / 100, counters
        lost = [newcomer for newcomer in bootstrap.ledger.newcomers if newcomer.closed.done()]
        assert not lost, f"{len(lost)} clients were closed"
        assert min(seen) > 0, seen
        ids = [request["requestId"] for bridge in bridges for request in bridge.requests]
        assert len(set(ids)) == len(ids), "request ids repeat"
        for bridge in bridges:
            bridge.check()
        return f"{len(questions)} joins through {', '.join(JUMPS)}: {latency(questions)}, 2 dials, nobody closed"
