"""Bridges that die, stop, flap or are all gone."""

import asyncio
import contextlib
import signal
import time

from . import bridges as scripted
from .bootstrap import Bootstrap
from .bridges import Bridge
from .ledger import all_found, answers_to, outcomes
from .stage import free_port, scenario, until


@contextlib.asynccontextmanager
async def two_processes(stage, delay, window=None):
    """A bootstrap server and two bridges that are processes: (bootstrap, processes, what the bridges are called)."""
    started = [await scripted.process(stage, free_port(), delay, window) for _ in range(2)]
    processes, bridges = zip(*started)
    async with Bootstrap(stage, [bridge["address"] for bridge in bridges]) as bootstrap:
        await bootstrap.linked(2)
        yield bootstrap, processes, bridges


async def in_flight(bootstrap, *wanted):
    async def reached():
        return tuple(bridge["inFlight"] for bridge in await bootstrap.bridges()) == wanted
    await until(reached, f"{wanted} requests are in flight")


@scenario(alone=True)
async def a_killed_bridge_with_200_in_flight_loses_none(stage):
    """B01: kill -9; the other bridge answers all, not much later than it takes itself."""
    async with two_processes(stage, delay=1, window=1000) as (bootstrap, processes, (dead, alive)):
        crowd = await bootstrap.ledger.crowd(400)
        await asyncio.gather(*(newcomer.ask() for newcomer in crowd))
        # What the other one needs when as many ask at once.
        burst = await answers_to(await asyncio.gather(*(newcomer.put() for newcomer in crowd)))
        own = max(one.seconds for one in burst if one.helper == alive["helper"])
        questions = await asyncio.gather(*(newcomer.put() for newcomer in crowd))
        await in_flight(bootstrap, 200, 200)
        processes[0].kill()
        killed = time.monotonic()
        noticed = await bootstrap.becomes(dead["address"], "available", False, 2)
        await answers_to(questions)
        all_found(questions)
        assert {one.helper for one in questions} == {alive["helper"]}, "a dead bridge answered"
        moved = [one for one in questions if one.receipt["attempts"] == 2]
        assert len(moved) == 200, f"{len(moved)} moved"
        extra = max(one.answers[0][0] - killed for one in moved) - own
        counters = await bootstrap.counters()
        assert counters["failovers"] == 200 and counters["retries"] == 0, counters
        assert extra < stage.within(0.1, 1.5), f"{extra * 1000:.0f} ms more than the other bridge needs"
        return (f"400 of 400 answered, 200 moved, {extra * 1000:.0f} ms more at the most than the {own * 1000:.0f} ms "
                f"the other bridge needs anyway, noticed within {noticed * 1000:.0f} ms")


@scenario
async def late_answers_of_a_bridge_that_paused_are_dropped(stage):
    """B02, first half: stopped for longer than an attempt may take, but not long enough to lose its link."""
    async with two_processes(stage, delay=1) as (bootstrap, processes, (slow, alive)):
        questions = await bootstrap.ledger.rush(60)
        await in_flight(bootstrap, 30, 30)
        processes[0].send_signal(signal.SIGSTOP)
        stopped = time.monotonic()
        await answers_to(questions)
        took = time.monotonic() - stopped
        all_found(questions)
        processes[0].send_signal(signal.SIGCONT)

        async def counted():
            return (await bootstrap.counters())["lateAnswers"] == 30
        await until(counted, "30 late answers are counted")
        assert 3.5 < took < stage.within(4.5, 8), f"answered after {took:.1f} s"
        assert (await bootstrap.bridge(slow["address"]))["connectionsOpened"] == 1, "its link was not kept"
        await until(lambda: bootstrap.pool("available", 2), "both are in the rotation again")
        return f"60 of 60 answered, the last {took:.1f} s after the stop; 30 late answers dropped, link kept"


@scenario
async def a_stopped_bridge_loses_its_link_and_no_join(stage):
    """B02: SIGSTOP with requests in flight and joins coming; the link is replaced, and nobody hears twice."""
    async with two_processes(stage, delay=1) as (bootstrap, processes, (stopped, alive)):
        questions = await bootstrap.ledger.rush(60)
        await in_flight(bootstrap, 30, 30)
        processes[0].send_signal(signal.SIGSTOP)
        began = time.monotonic()
        async with bootstrap.ledger.traffic(5) as others:
            await answers_to(questions)
            failed_over = time.monotonic() - began
            await until(lambda: is_away(bootstrap, stopped["address"]), "the silent link is given up", 40)
            given_up = time.monotonic() - began
            processes[0].send_signal(signal.SIGCONT)
            back = await bootstrap.becomes(stopped["address"], "status", "connected", 40)
        all_found(questions + others)
        counters = await bootstrap.counters()
        assert given_up <= 40, f"given up after {given_up:.1f} s"
        assert failed_over < stage.within(4.5, 8), f"failed over after {failed_over:.1f} s"
        assert counters["lateAnswers"] == 0, counters
        assert (await bootstrap.bridge(stopped["address"]))["connectionsOpened"] == 2
        return (f"{len(questions + others)} joins found a helper, the stopped ones within {failed_over:.1f} s; link "
                f"given up after {given_up:.1f} s, replaced {back:.1f} s after SIGCONT")


async def is_away(bootstrap, address):
    bridge = await bootstrap.bridge(address)
    return bridge["status"] != "connected"


@scenario(alone=True)
async def with_all_bridges_down_each_join_hears_so_within_a_second(stage):
    """B22, R5.1: a clear error or peers known here; when the bridges are back, the first join has a helper."""
    async with contextlib.AsyncExitStack() as stack:
        bridges = [await stack.enter_async_context(Bridge(stage.secret)) for _ in range(2)]
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [bridge.address for bridge in bridges]))
        await bootstrap.linked(2)
        for bridge in bridges:
            await bridge.down()
        await bootstrap.linked(0)
        # Nobody else is here whom the first could be sent to.
        await bootstrap.ledger.newcomers[0].leave()
        questions = await bootstrap.ledger.joins(1)
        assert questions[0].outcome == "no_helper" and questions[0].answer["retryAfterMs"] > 0, questions[0].answer
        for _ in range(stage.pick(2, 20)):
            questions += await bootstrap.ledger.joins(20)
        slowest = max(one.seconds for one in questions)
        seen = outcomes(questions)
        assert seen == {"no_helper": 1, "emergency_direct_connect": len(questions) - 1}, seen
        assert slowest < stage.within(1, 3), f"the slowest answer took {slowest:.2f} s"

        for bridge in bridges:
            await bridge.up()
        up = time.monotonic()
        question = None
        while question is None or question.outcome != "peer_found":
            assert time.monotonic() - up < 35, "no helper 35 s after the bridges came back"
            question = await (await bootstrap.ledger.newcomer()).ask()
        flowing = time.monotonic() - up
        await bootstrap.linked(2, 40)
        whole = time.monotonic() - up
        for bridge in bridges:
            bridge.check()
        return (f"{len(questions)} joins answered within {slowest * 1000:.0f} ms ({seen}); a helper again "
                f"{flowing * 1000:.0f} ms after the bridges came back, both links {whole:.1f} s")


@scenario
async def idle_bridges_that_come_back_are_linked_without_a_join(stage):
    """P-RECOVER: nobody asks meanwhile, so only the pool's own redials bring the links back."""
    outage = stage.pick(8, 75)
    async with contextlib.AsyncExitStack() as stack:
        bridges = [await stack.enter_async_context(Bridge(stage.secret)) for _ in range(3)]
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [bridge.address for bridge in bridges]))
        await bootstrap.linked(3)
        for bridge in bridges:
            await bridge.down()
        down = time.monotonic()
        await until(lambda: time.monotonic() - down > outage, "the outage is over", outage + 5, every=0.1)
        dials = [bridge["connectAttempts"] for bridge in await bootstrap.bridges()]
        waits = [bridge["nextAttemptInMs"] for bridge in await bootstrap.bridges() if "nextAttemptInMs" in bridge]
        # B23: bridges that fell together are not dialled together.
        assert len(waits) < 2 or max(waits) - min(waits) > 10, f"next dials in {waits} ms"
        for bridge in bridges:
            await bridge.up()
        up = time.monotonic()
        await bootstrap.linked(3, 40)
        took = time.monotonic() - up
        all_found(await bootstrap.ledger.joins(3))
        return f"3 bridges away for {outage} s and {dials} dials each, all linked {took:.1f} s after they came back"


@scenario
async def a_flapping_bridge_costs_few_dials_and_no_join(stage):
    """B21: up 2 s, down 2 s, with joins running and another bridge healthy."""
    length = stage.pick(20, 300)
    async with contextlib.AsyncExitStack() as stack:
        steady = await stack.enter_async_context(Bridge(stage.secret, delay=0.2))
        flapping = await stack.enter_async_context(Bridge(stage.secret, delay=0.2))
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [flapping.address, steady.address]))
        await bootstrap.linked(2)
        dials, began = [], time.monotonic()
        async with bootstrap.ledger.traffic(5) as questions:
            while time.monotonic() - began < length:
                turn = int((time.monotonic() - began) / 2)
                if turn % 2 == 1 and flapping.server:
                    await flapping.down()
                elif turn % 2 == 0 and not flapping.server:
                    await flapping.up()
                dials.append((time.monotonic() - began, (await bootstrap.bridge(flapping.address))["connectAttempts"]))
                await asyncio.sleep(0.1)
        all_found(questions)
        worst = max(count - next(earlier for then, earlier in dials if now - then <= 60) for now, count in dials)
        assert worst <= 20, f"{worst} dials within a minute"
        steady.check()
        flapping.check()
        counters = await bootstrap.counters()
        return (f"{len(questions)} joins over {length} s found a helper, {dials[-1][1]} dials, at most {worst} in a "
                f"minute, {flapping.authenticated} links, {counters['failovers']} requests moved")
