"""Bridges that refuse, lie, repeat themselves, or are no bridges at all."""

import asyncio
import collections
import contextlib
import time

from .bootstrap import Bootstrap
from .bridges import Bridge, found
from .ledger import all_found, latency, outcomes, percentile
from .stage import free_port, scenario, until


class PoliteRefusal(Bridge):
    """Says why before it closes, as ours do."""

    async def refuse(self, link):
        await self.say(link, {"type": "auth_failed", "message": "wrong secret", "error": "wrong secret"})
        await super().refuse(link)


class NeverAuthenticates(Bridge):
    """Takes the connection and the secret, and says nothing."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.lived = []

    async def serve(self, link):
        began = time.monotonic()
        await super().serve(link)
        self.lived.append(time.monotonic() - began)

    async def authenticate(self, link):
        pass


class Busy(Bridge):
    async def answer(self, link, request):
        await self.say(link, {"type": "onboarding_peer_response", "requestId": request["requestId"], "success": False,
                              "data": None, "error": "busy", "code": "busy", "retryAfterMs": 300, "queueDepth": 1024})


class Wedged(Bridge):
    """Answers pings and no request."""

    async def answer(self, link, request):
        pass


@scenario
async def a_wrong_secret_is_said_once_and_retried_slowly(stage):
    """B12: out of the rotation as `failed`, whoever asks; joins go to the bridge that is well."""
    async with contextlib.AsyncExitStack() as stack:
        well = await stack.enter_async_context(Bridge(stage.secret))
        wrong = [await stack.enter_async_context(kind("another secret")) for kind in (Bridge, PoliteRefusal)]
        bootstrap = await stack.enter_async_context(
            Bootstrap(stage, [well.address] + [bridge.address for bridge in wrong]))
        for bridge in wrong:
            await bootstrap.becomes(bridge.address, "status", "failed")
        began = time.monotonic()
        async with bootstrap.ledger.traffic(10) as questions:
            await until(lambda: time.monotonic() - began > stage.pick(6, 60), "watched long enough", 90, every=0.2)
        all_found(questions)
        reports = [await bootstrap.bridge(bridge.address) for bridge in wrong]
        assert all("authentication refused" in report["error"] for report in reports), reports
        assert all(report["rotation"] == "none" and report["requests"] == 0 for report in reports), reports
        dials = [bridge.opened for bridge in wrong]
        assert max(dials) <= stage.pick(1, 4), f"dials {dials}"
        said = [len([line for line in bootstrap.logged(bridge.address)]) for bridge in wrong]
        assert said == [1, 1], f"log lines {said}"
        assert stage.secret not in bootstrap.log.read_text(), "the secret is in the log"
        wrong[0].secret = stage.secret
        recovered = ""
        if stage.full:
            took = await bootstrap.becomes(wrong[0].address, "status", "connected", 40)
            recovered = f", linked {took:.0f} s after repair"
        return (f"{len(questions)} joins found a helper, dials {dials}, log lines {said}: {reports[0]['error']}"
                f"{recovered}")


@scenario
async def a_bridge_that_never_authenticates_is_given_up_after_5_s(stage):
    """B13: closed, tried again with growing waits, never asked."""
    async with contextlib.AsyncExitStack() as stack:
        well = await stack.enter_async_context(Bridge(stage.secret))
        mute = await stack.enter_async_context(NeverAuthenticates(stage.secret))
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [well.address, mute.address]))
        async with bootstrap.ledger.traffic(10) as questions:
            await until(lambda: len(mute.lived) >= stage.pick(1, 4), "it was given up", 90)
        all_found(questions)
        report = await bootstrap.bridge(mute.address)
        assert all(4.5 < lived < stage.within(6, 9) for lived in mute.lived), mute.lived
        assert "authentication" in report["error"] and report["requests"] == 0, report
        assert not mute.complaints, mute.complaints
        return f"{len(questions)} joins found a helper; given up after {mute.lived[0]:.1f} s: {report['error']}"


@scenario
async def an_http_server_on_a_bridges_port_is_no_bridge(stage):
    """B29: refused with a reason whatever it answers; a redirect is not followed."""
    visited = []

    async def elsewhere(reader, writer):
        visited.append(await reader.read(100))
        writer.close()

    def answering(status, headers="", body=b"hello"):
        async def serve(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()
        return serve

    async with contextlib.AsyncExitStack() as stack:
        well = await stack.enter_async_context(Bridge(stage.secret))
        target, ports = free_port(), {}
        await stack.enter_async_context(await asyncio.start_server(elsewhere, "127.0.0.1", target))
        location = f"Location: ws://127.0.0.1:{target}/\r\n"
        answers = {"200 OK": "", "301 Moved": location, "426 Upgrade Required": "", "502 Bad Gateway": ""}
        for status, headers in answers.items():
            ports[status] = free_port()
            await stack.enter_async_context(
                await asyncio.start_server(answering(status, headers), "127.0.0.1", ports[status]))
        addresses = {status: f"ws://127.0.0.1:{port}" for status, port in ports.items()}
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [well.address, *addresses.values()]))
        async with bootstrap.ledger.traffic(10) as questions:
            for status, address in addresses.items():
                await until(lambda: refused_with(bootstrap, address, status[:3]), f"{status} is the reason", 5)
        all_found(questions)
        assert not visited, "the redirect was followed"
        reasons = [(await bootstrap.bridge(address))["error"] for address in addresses.values()]
        return f"{len(questions)} joins found a helper; {'; '.join(reasons)}"


async def refused_with(bootstrap, address, text):
    return text in ((await bootstrap.bridge(address)).get("error") or "")


@scenario
async def busy_bridges_make_an_honest_answer_at_once(stage):
    """B24, P-BUSY: each join tries at most two bridges and is told when to come back; the links stay."""
    async with contextlib.AsyncExitStack() as stack:
        busy = [await stack.enter_async_context(Busy(stage.secret)) for _ in range(3)]
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [bridge.address for bridge in busy]))
        await bootstrap.linked(3)
        questions = []
        for _ in range(5):
            questions += await bootstrap.ledger.joins(10)
        assert outcomes(questions) == {"busy": 50}, outcomes(questions)
        waits = [one.answer["retryAfterMs"] for one in questions]
        assert all(0 < wait <= 300 for wait in waits), waits
        asked = collections.Counter(request["newNodeId"] for bridge in busy for request in bridge.requests)
        assert max(asked.values()) <= len(busy), f"{max(asked.values())} requests for one join"
        slowest = percentile(questions, 1)

        well = await stack.enter_async_context(Bridge(stage.secret))
        bootstrap.reload([bridge.address for bridge in busy] + [well.address])
        await bootstrap.becomes(well.address, "status", "connected")
        later = await bootstrap.ledger.joins(50)
        all_found(later)
        assert [bridge["connectionsOpened"] for bridge in await bootstrap.bridges()] == [1, 1, 1, 1]
        for bridge in busy:
            bridge.check()
        return (f"50 joins told busy within {slowest:.0f} ms with {asked.total()} requests, at most "
                f"{max(asked.values())} for one, wait {min(waits)}-{max(waits)} ms; with one bridge free all 50 found "
                f"a helper ({latency(later)})")


class Echo(Bridge):
    """Answers each request many times."""

    times = 100

    async def answer(self, link, request):
        for _ in range(self.times):
            await self.say(link, found(self, request))


class Meddler(Bridge):
    """Answers what another bridge was asked, and what nobody was, before it answers its own."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.victim, self.foreign, self.nonsense = None, 0, 0

    async def received(self, link, message):
        await super().received(link, message)
        if message["type"] != "get_onboarding_peer":
            return
        for request_id in ("nobody", "f" * 32, "", 7, None, {"a": 1}, "x" * 5000):
            self.nonsense += 1
            await self.say(link, found(self, message, requestId=request_id))

    async def meddle(self):
        for request in self.victim.requests:
            self.foreign += 1
            for link in self.links:
                await self.say(link, found(self, request))


@scenario
async def duplicate_foreign_and_made_up_answers_are_dropped(stage):
    """B08, B09, B11: the first answer of the bridge that was asked counts, the rest is dropped; the links stay."""
    async with contextlib.AsyncExitStack() as stack:
        echo = await stack.enter_async_context(Echo(stage.secret))
        slow = await stack.enter_async_context(Bridge(stage.secret, delay=1))
        meddler = await stack.enter_async_context(Meddler(stage.secret))
        meddler.victim = slow
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [echo.address, slow.address, meddler.address]))
        await bootstrap.linked(3)
        questions = await bootstrap.ledger.rush(30)
        await until(lambda: len(slow.requests) == 10, "the slow bridge has its requests")
        await meddler.meddle()
        for question in questions:
            async with asyncio.timeout(10):
                await question.answered.wait()
        all_found(questions)
        asked = {request["newNodeId"]: bridge for bridge in (echo, slow, meddler) for request in bridge.requests}
        assert all(one.helper == asked[one.asker].helper for one in questions), "answered by one not asked"
        assert all(one.seconds >= 1 for one in questions if asked[one.asker] is slow), "a foreign answer was believed"

        async def counted():
            counters = await bootstrap.counters()
            return counters["lateAnswers"] + counters["unknownAnswers"] >= 10 * 99 and counters["foreignAnswers"] >= 10
        await until(counted, "what was dropped is counted")
        counters = await bootstrap.counters()
        assert [bridge["connectionsOpened"] for bridge in await bootstrap.bridges()] == [1, 1, 1]
        return ", ".join(f"{key} {counters[key]}" for key in (
            "answered", "lateAnswers", "foreignAnswers", "unknownAnswers", "unreadableMessages"))


@scenario
async def a_bridge_that_answers_pings_but_no_request_is_left_out(stage):
    """B30: after five timeouts in a row it is ejected, and only one probe at a time goes there."""
    async with contextlib.AsyncExitStack() as stack:
        well = await stack.enter_async_context(Bridge(stage.secret))
        wedged = await stack.enter_async_context(Wedged(stage.secret))
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [well.address, wedged.address]))
        await bootstrap.linked(2)
        async with bootstrap.ledger.traffic(10) as questions:
            await bootstrap.becomes(wedged.address, "rotation", "ejected", 20)
            ejected, asked = time.monotonic(), len(wedged.requests)
            await until(lambda: time.monotonic() - ejected > stage.pick(4, 40), "watched long enough", 60, every=0.2)
            share = len(wedged.requests) - asked
        all_found(questions)
        assert share <= stage.pick(1, 4), f"{share} requests to a bridge that is ejected"
        assert (await bootstrap.bridge(wedged.address))["connectionsOpened"] == 1, "its link was given up"
        return (f"{len(questions)} joins found a helper, {asked} requests until it was ejected, then {share} in "
                f"{stage.pick(4, 40)} s; {latency(questions)}")
