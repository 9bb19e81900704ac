"""Bridges of every kind in one pool."""

import contextlib
import time

from .bootstrap import Bootstrap
from .bridges import CurrentEraBridge, StatelessEraBridge
from .ledger import all_found, answers_to, percentile
from .stage import free_port, http, scenario, until


@scenario
async def bridges_of_both_eras_native_and_dial_in_take_turns(stage):
    """A stateless-era bridge, a current-era one, a native one that is dialled and a native one that only dials in: one
    logical link to each, and each has its share of the joins."""
    joins = stage.pick(40, 200)
    async with contextlib.AsyncExitStack() as stack:
        _, dialled_port, monitor = await stage.native_bridge("dialled")
        dialled = f"ws://127.0.0.1:{dialled_port}"
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [dialled], genesis=False))
        _, _, other_monitor = await stage.native_bridge("dials-in", "--bootstrap", f"ws://127.0.0.1:{bootstrap.port}")
        await bootstrap.linked(2)
        await stage.start(stage.causeway, "swarm", "--bootstrap", f"ws://127.0.0.1:{bootstrap.port}", "--peers", 6,
                          log=stage.directory / "swarm.log")

        async def known():
            # A bridge that has no peer of the network yet has nobody to name.
            monitors = [await http(port, "/status") for port in (monitor, other_monitor)]
            return all(status and status["peerAnnouncements"] >= 4 for status in monitors)
        await until(known, "both native bridges know peers", 30, every=0.1)

        stateless = await stack.enter_async_context(StatelessEraBridge(stage.secret, delay=0.2))
        current = await stack.enter_async_context(CurrentEraBridge(bootstrap.port, stage.secret))
        bootstrap.reload([dialled, stateless.address, current.address])
        await bootstrap.linked(4)
        await bootstrap.becomes(current.address, "dialledIn", True)
        await until(lambda: current.links, "the current-era bridge is dialled, too")

        before = {bridge["nodeId"]: bridge["requests"] for bridge in await bootstrap.bridges()}
        questions = await bootstrap.ledger.rush(joins)
        await answers_to(questions)
        all_found(questions)
        bridges = await bootstrap.bridges()
        shares = [bridge["requests"] - before[bridge["nodeId"]] for bridge in bridges]
        by_answer = {}
        for question in questions:
            by_answer.setdefault(question.receipt["bridge"], []).append(question)
        assert len(bridges) == 4, [bridge["address"] for bridge in bridges]
        assert max(shares) - min(shares) <= 1 and sum(shares) == joins, f"shares {shares}"
        assert sorted(map(len, by_answer.values())) == sorted(shares), "some did not answer what they were asked"
        assert [bridge["era"] for bridge in bridges] == ["native", "stateless", "current", "native"], bridges
        assert [bridge["dialledIn"] for bridge in bridges] == [False, False, True, True], bridges
        assert all(bridge["status"] == "connected" and bridge["timeouts"] == 0 for bridge in bridges), bridges
        assert by_answer[current.id][0].seconds >= 3, "the current-era bridge answered before its time"
        counters = await bootstrap.counters()
        assert counters["retries"] == counters["lateAnswers"] == counters["foreignAnswers"] == 0, counters
        stateless.check()
        current.check()
        for port in (monitor, other_monitor):
            status = await http(port, "/status")
            assert status["linksOpen"] == status["linksOpened"] == 1, status
        native = [one for one in questions if one.receipt["bridge"] not in (stateless.id, current.id)]
        return (f"{joins} joins, shares {shares} (native, stateless era, current era, dial-in), p50 "
                f"{percentile(native, .5):.0f}, {percentile(by_answer[stateless.id], .5):.0f} and "
                f"{percentile(by_answer[current.id], .5):.0f} ms at the native, stateless-era and current-era ones")



@scenario
async def a_bridge_reached_in_three_ways_has_one_link(stage):
    """P-ONE: configured under two addresses, and dialling in on top: one link, also each time it comes back. Only
    before it is known that both addresses are one bridge may a second be there for as long as it takes to find out."""
    port, monitor, most = free_port(), free_port(), 0
    names = [f"ws://127.0.0.1:{port}", f"ws://localhost:{port}"]
    async with contextlib.AsyncExitStack() as stack:
        bootstrap = await stack.enter_async_context(Bootstrap(stage, names))

        async def start():
            dials_in = ("--bootstrap", f"ws://127.0.0.1:{bootstrap.port}")
            process, _, _ = await stage.native_bridge("bridge", *dials_in, port=port, monitor=monitor)
            return process

        async def settled():
            nonlocal most
            status, bridges = await http(monitor, "/status"), await bootstrap.bridges()
            most = max(most, status["linksOpen"] if status else 0)
            return len(bridges) == 2 and all(bridge["available"] for bridge in bridges)

        took = []
        process = await start()
        for number in range(3):
            began = time.monotonic()
            await until(settled, "both addresses lead to the bridge", 40)
            took.append(time.monotonic() - began)
            # Long enough for a second link to come, were there one on its way.
            ends = time.monotonic() + 2.5
            await until(lambda: over(settled, ends), "two more seconds", 10)
            bridges = await bootstrap.bridges()
            own = [bridge for bridge in bridges if "sameBridgeAs" not in bridge]
            assert len(own) == 1 and len({bridge["nodeId"] for bridge in bridges}) == 1, bridges
            status = await http(monitor, "/status")
            assert status["linksOpen"] == 1 and (most == 1 or number == 0), f"{status['linksOpen']} links, once {most}"
            most = 0
            process.kill()
            await process.wait()
            await bootstrap.linked(0)
            process = await start()
        return f"1 link at a time over 3 starts, there after {', '.join(f'{seconds:.1f} s' for seconds in took)}"


async def over(look, ends):
    await look()
    return time.monotonic() > ends
