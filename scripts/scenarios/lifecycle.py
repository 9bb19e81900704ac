"""Reload and shutdown."""

import asyncio
import contextlib
import json
import secrets
import signal
import time

import websockets

from .bootstrap import Bootstrap
from .bridges import Bridge
from .ledger import all_found, answers_to
from .stage import http, scenario, until


@scenario
async def reload_touches_only_what_changed(stage):
    """B28, O03: bridges come and go, the mode changes, a broken file changes nothing; who stays keeps its link."""
    async with contextlib.AsyncExitStack() as stack:
        stays, other, third = [await stack.enter_async_context(Bridge(stage.secret, delay=0.5)) for _ in range(3)]
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [stays.address, other.address]))
        await bootstrap.linked(2)
        async with bootstrap.ledger.traffic(5) as questions:
            bootstrap.reload([stays.address, other.address, third.address])
            added = await bootstrap.becomes(third.address, "status", "connected", 5)

            # Removed with requests in flight: they finish there, and nothing new comes.
            burst = await bootstrap.ledger.rush(60)
            await until(lambda: len(other.requests) >= 20, "requests are in flight at the one that goes")
            bootstrap.reload([stays.address, third.address])
            await until(lambda: listed(bootstrap, stays, third), "it is removed", 5)
            await answers_to(burst)
            all_found(burst)
            finished = sum(one.helper == other.helper for one in burst)
            assert finished >= 10 and len(other.requests) == other.answered, (finished, other.answered)
            await until(lambda: other.closes == [1000], "its link is closed", 5)
            assert (await bootstrap.counters())["failovers"] == 0, "a request of the removed bridge was moved"

            for broken in ('{"bridge": {"nodes": [', '{"bridge": {"nodes": ["ws://127.0.0.1:1"], "nonsense": 1}}',
                           '{"bridge": {"nodes": ["http://127.0.0.1:1"]}}',
                           '{"bridge": {"nodes": [], "mode": "often"}}'):
                lines = len(bootstrap.logged())
                bootstrap.settings.write_text(broken)
                bootstrap.hang_up()
                await until(lambda: len(bootstrap.logged()) > lines, f"{broken} is complained of", 5)
                assert await listed(bootstrap, stays, third), f"{broken} changed the bridges"
            complaint = json.loads(bootstrap.logged()[-1])
            assert complaint["level"] in ("error", "warning"), complaint

            bootstrap.reload([stays.address, third.address], mode="stateless")
            await bootstrap.becomes(stays.address, "mode", "stateless", 5)
            before = stays.authenticated + third.authenticated
            stateless = await bootstrap.ledger.joins(10)
            all_found(stateless)
            opened = stays.authenticated + third.authenticated - before
            assert opened >= 10, f"{opened} connections for 10 joins without a link"
            bootstrap.reload([stays.address, third.address])
            for bridge in (stays, third):
                await bootstrap.becomes(bridge.address, "mode", "persistent", 5)
                await bootstrap.becomes(bridge.address, "status", "connected", 5)
            # Connections of single requests end with their answers, and must not be taken for the links.
            await until(lambda: len(stays.links) == len(third.links) == 1, "one link each again", 10)
            before = stays.authenticated + third.authenticated
            all_found(await bootstrap.ledger.joins(10))
            assert stays.authenticated + third.authenticated == before, "a link was dialled anew"
        all_found(questions)
        other.check()
        return (f"{len(bootstrap.ledger.questions) - 1} joins found a helper; added bridge linked after "
                f"{added * 1000:.0f} ms, {finished} requests ended at the removed one, 4 broken files refused, "
                f"{opened} connections for 10 joins in stateless mode")


@scenario
async def a_bridge_that_stays_keeps_its_link_over_every_reload(stage):
    """B28: ten reloads around it, one connection."""
    async with contextlib.AsyncExitStack() as stack:
        stays, goes = [await stack.enter_async_context(Bridge(stage.secret)) for _ in range(2)]
        bootstrap = await stack.enter_async_context(Bootstrap(stage, [stays.address]))
        await bootstrap.linked(1)
        async with bootstrap.ledger.traffic(20) as questions:
            for _ in range(5):
                bootstrap.reload([goes.address, stays.address])
                await bootstrap.becomes(goes.address, "status", "connected", 5)
                bootstrap.reload([stays.address])
                await until(lambda: listed(bootstrap, stays), "the other one is gone", 5)
        all_found(questions)
        assert stays.opened == 1 and (await bootstrap.bridge(stays.address))["connectionsOpened"] == 1, stays.opened
        assert goes.opened == 5, goes.opened
        for bridge in (stays, goes):
            bridge.check()
        return f"{len(questions)} joins found a helper over 10 reloads, {stays.opened} connection to the one that stays"


async def listed(bootstrap, *bridges):
    return [bridge["address"] for bridge in await bootstrap.bridges()] == [bridge.address for bridge in bridges]


async def rude_client(port, messages=()):
    """A socket that upgrades, says something, and from then on neither reads nor closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=256)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    for message in messages:
        payload = json.dumps(message).encode()
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        writer.write(b"\x81" + size + b"\0\0\0\0" + payload)
    await writer.drain()
    writer.transport.pause_reading()
    return writer


def registration():
    node = secrets.token_hex(20)
    return [{"type": "register", "nodeId": node, "protocolVersion": "1.0.0", "buildId": "node_1", "metadata": {}},
            {"type": "get_peers_or_genesis", "nodeId": node, "requestId": "r", "maxPeers": 20}]


@scenario
async def a_bootstrap_told_to_stop_answers_whoever_asked(stage):
    """P-DRAIN, O01: 200 joins in flight are answered, sockets closed with 1001, exit code 0 within 10 s."""
    async with contextlib.AsyncExitStack() as stack:
        bridges = [await stack.enter_async_context(Bridge(stage.secret, delay=1)) for _ in range(2)]
        bootstrap = Bootstrap(stage, [bridge.address for bridge in bridges])
        await bootstrap.__aenter__()
        stack.push_async_callback(bootstrap.ledger.close)
        await bootstrap.linked(2)
        early = (await bootstrap.ledger.crowd(1))[0]
        await early.ask()
        rude = [await rude_client(bootstrap.port) for _ in range(5)]
        rude += [await rude_client(bootstrap.port, registration()) for _ in range(5)]
        questions = await bootstrap.ledger.rush(200)
        # The rude ones have asked, too.
        await until(lambda: sum(len(bridge.requests) for bridge in bridges) >= 205, "all are in flight")
        bootstrap.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        await until(lambda: bootstrap.logged("draining"), "it stops", every=0.002)
        try:
            refused = (await early.ask()).outcome
        except websockets.ConnectionClosed:
            refused = "closed"
            early.questions.pop()
            bootstrap.ledger.questions.pop()
        bootstrap.process.send_signal(signal.SIGTERM)
        await answers_to(questions, 9)
        answered = time.monotonic() - began
        newcomers = await newcomer_is_served(bootstrap)
        codes = [await asyncio.wait_for(one.closed, 10) for one in bootstrap.ledger.newcomers]
        async with asyncio.timeout(20):
            code = await bootstrap.process.wait()
        took = time.monotonic() - began
        all_found(questions)
        bootstrap.ledger.check()
        assert code == 0 and took <= stage.within(10, 15), f"exit code {code} after {took:.1f} s"
        assert set(codes) == {1001}, f"close codes {set(codes)}"
        assert refused in ("stopping", "closed"), refused
        assert not newcomers, "a newcomer was served while the server stops"
        for bridge in bridges:
            assert bridge.closes == [1001], bridge.closes
            bridge.check()
        for writer in rude:
            writer.close()
        return (f"200 of 200 answered within {answered:.1f} s, all closed with 1001, a question meanwhile: {refused}, "
                f"exit code 0 after {took:.1f} s with 10 peers that neither read nor close")


async def newcomer_is_served(bootstrap):
    try:
        newcomer = await bootstrap.ledger.newcomer()
        question = await newcomer.ask(deadline=5)
        return question.outcome != "stopping"
    except (OSError, TimeoutError, websockets.InvalidHandshake, websockets.ConnectionClosed):
        return False


@scenario
async def a_bridge_told_to_stop_answers_whoever_asked(stage):
    """The same for `causeway bridge`: the requests it took are answered, its link closed with 1001, exit code 0."""
    process, port, monitor = await stage.native_bridge("bridge")
    async with websockets.connect(f"ws://127.0.0.1:{port}", ping_interval=None, compression=None, proxy=None) as link:
        await link.send(json.dumps({"type": "bootstrap_auth", "auth_token": stage.secret, "bootstrapServer": "test"}))
        assert json.loads(await link.recv())["type"] == "auth_success"
        rude = [await rude_client(port) for _ in range(5)]
        rude += [await rude_client(port, [{"type": "dht_peer_hello", "peerId": secrets.token_hex(20), "metadata": {}}])
                 for _ in range(5)]

        async def met():
            status = await http(monitor, "/status")
            return status and status["peerAnnouncements"] >= 5
        await until(met, "the bridge knows the rude peers")
        asked = [secrets.token_hex(16) for _ in range(200)]
        for request in asked:
            await link.send(json.dumps({"type": "get_onboarding_peer", "requestId": request,
                                        "newNodeId": secrets.token_hex(20), "newNodeMetadata": {}}))
        answers, refused = [], 0
        with contextlib.suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(10):
                async for text in link:
                    message = json.loads(text)
                    if message["type"] == "onboarding_peer_response":
                        if not answers:
                            process.send_signal(signal.SIGTERM)
                            began = time.monotonic()
                        answers.append(message["requestId"])
                        refused += message.get("code") == "stopping"
        async with asyncio.timeout(20):
            code = await process.wait()
        took = time.monotonic() - began
        # What it reads while it stops is refused at once, before what waits; the close tells of what it did not read.
        assert len(answers) == len(set(answers)) and set(answers) == set(asked[:len(answers)]), "some were passed over"
        assert link.close_code == 1001, f"closed with {link.close_code}"
        assert code == 0 and took <= stage.within(10, 15), f"exit code {code} after {took:.1f} s"
        for writer in rude:
            writer.close()
        return (f"{len(answers)} of 200 requests answered ({refused} with stopping), link closed with 1001, "
                f"exit code 0 after {took:.1f} s")


@scenario
async def a_native_bridge_that_stops_costs_no_join(stage):
    """A rolling restart: joins keep coming while one bridge stops, starts again, and then the other."""
    async with contextlib.AsyncExitStack() as stack:
        bridges = [await stage.native_bridge(f"bridge{number}") for number in range(2)]
        bootstrap = await stack.enter_async_context(
            Bootstrap(stage, [f"ws://127.0.0.1:{port}" for _, port, _ in bridges], genesis=False))
        await bootstrap.linked(2)
        await stage.start(stage.causeway, "swarm", "--bootstrap", f"ws://127.0.0.1:{bootstrap.port}", "--peers", 6,
                          log=stage.directory / "swarm.log")

        async def known(*monitors):
            statuses = [await http(monitor, "/status") for monitor in monitors]
            return all(status and status["peerAnnouncements"] >= 4 for status in statuses)
        await until(lambda: known(*(monitor for _, _, monitor in bridges)), "both bridges know peers", 30, every=0.1)
        took = []
        async with bootstrap.ledger.traffic(20) as questions:
            for number, (process, port, monitor) in enumerate(bridges):
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(10):
                    assert await process.wait() == 0, f"exit code {process.returncode}"
                took.append(time.monotonic() - began)
                await stage.native_bridge(f"bridge{number}", port=port, monitor=monitor)
                await bootstrap.linked(2)
                if number == 0:
                    await until(lambda: known(monitor), "the restarted bridge knows peers again", 30, every=0.1)
        all_found(questions)
        counters = await bootstrap.counters()
        return (f"{len(questions)} joins found a helper, bridges ended after {took[0]:.1f} and {took[1]:.1f} s, "
                f"{counters['failovers']} requests moved, {counters['secondOpinions']} asked elsewhere")
