#!/usr/bin/env python3
"""What an operator of a small network of real processes sees: the live page in a headless Chromium, `causeway status` and
`causeway doctor`, and the way of one join, found by the id in its receipt.

Meanwhile peers are connected that put markup, line breaks and 60 KB of text into every field they control. Nothing of that
may appear anywhere. Without Chromium the page is left out, and the exit code is 3."""

import argparse
import asyncio
import contextlib
import json
import pathlib
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import check_dashboard
import chromium
import websockets
from foreign_join import receive
from network import DEADLINE, Network

MARK = "zqxjkv"
NASTY = f"<img src=x onerror=alert(1)><script>document.title='{MARK}'</script>\r\n\u202e{MARK}\u0000\x1b[31m{MARK} "
HUGE = NASTY + "W" * (60_000 - len(NASTY))


class HostilePeer:
    """Registers with nothing but bad texts, and stays."""

    def __init__(self, port):
        self.port = port

    async def __aenter__(self):
        self.socket = await websockets.connect(f"ws://127.0.0.1:{self.port}/{MARK}", user_agent_header=f"{MARK}<b>")
        me = secrets.token_hex(20)
        for text in NASTY, HUGE:
            metadata = {"nodeType": text, "platform": text, "buildId": text, "publicWssAddress": text,
                        "listeningAddress": text, "capabilities": [text], text[:200]: text, "isBridgeNode": text}
            profile = {"natType": text, "platform": text, "browser": text, "hasIPv6": text, text[:200]: text}
            for message in (
                {"type": "get_peers_or_genesis", "nodeId": me, "metadata": metadata, "requestId": text[:100]},
                {"type": "register", "nodeId": me, "protocolVersion": "1.0.0", "buildId": text, "metadata": metadata},
                {"type": "profile_update", "nodeId": me, "connectionProfile": profile, "timestamp": 1},
                {"type": "connection_outcome", "nodeId": me, "success": False, "failureReason": text,
                 "connectionType": text, "localNatType": text, "remoteNatType": text, "timestamp": 1},
                {"type": text, "nodeId": text},
            ):
                with contextlib.suppress(websockets.ConnectionClosed):
                    await self.socket.send(json.dumps(message))
        return self

    async def __aexit__(self, *_):
        await self.socket.close()


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def causeway(network, *arguments):
    """The exit code of a command, and what it wrote."""
    done = subprocess.run([network.causeway, *arguments], capture_output=True, text=True, timeout=90, check=False)
    return done.returncode, done.stdout + done.stderr


async def join(port):
    """A newcomer that is led to a helper; answers the receipt of that."""
    me = secrets.token_hex(20)
    metadata = {"nodeType": "nodejs", "capabilities": ["websocket"], "canInitiateConnections": True}
    async with websockets.connect(f"ws://127.0.0.1:{port}/") as client:
        await client.send(json.dumps({"type": "get_peers_or_genesis", "maxPeers": 20, "nodeId": me,
                                      "metadata": metadata, "requestId": "req_1"}))
        await client.send(json.dumps({"type": "register", "nodeId": me, "protocolVersion": "1.0.0",
                                      "buildId": "node_1", "metadata": metadata}))
        answer = await receive(client, "response")
        helper = answer["data"]["peers"][0]["nodeId"]
        invitation = await receive(client, "invitation_received")
        assert invitation["fromPeer"] == helper, invitation
        await client.send(json.dumps({"type": "invitation_accepted", "fromPeer": me, "toPeer": helper,
                                      "timestamp": int(time.time() * 1000)}))
        await receive(client, "websocket_peer_metadata")
        return answer["data"]["receipt"], helper


async def check_trace(network, url):
    receipt, helper = await join(network.port)
    end = time.monotonic() + DEADLINE
    while True:
        try:
            timeline = json.loads(await asyncio.to_thread(fetch, f"{url}/api/v1/joins/{receipt['requestId']}"))
        except urllib.error.HTTPError as error:
            timeline = {"steps": [], "error": error.code}
        events = [step["event"] for step in timeline["steps"]]
        if "accepted" in events:
            break
        assert time.monotonic() < end, f"the join's way is not known: {timeline}"
        await asyncio.sleep(0.1)
    assert events[:2] == ["asked", "sent"] and timeline["helper"] == helper, timeline
    assert events.index("helper_named") < events.index("accepted"), events
    code, text = await asyncio.to_thread(causeway, network, "status", url, "--join", receipt["requestId"])
    assert code == 0 and helper[:8] in text, f"status --join: {code}\n{text}"
    print(f"ok  a join is found by its receipt: {', '.join(events)}")


async def check_commands(network, url):
    code, text = await asyncio.to_thread(causeway, network, "status", url)
    assert code in (0, 1), f"status: exit code {code}\n{text}"
    assert MARK not in text and "\x1b" not in text, "status shows what a peer wrote"
    print(f"ok  status: {text.strip().splitlines()[0]}")
    code, text = await asyncio.to_thread(causeway, network, "doctor", f"ws://127.0.0.1:{network.port}")
    assert code in (0, 1), f"doctor: exit code {code}\n{text}"
    print(f"ok  doctor: exit code {code}, {len(text.strip().splitlines())} lines")
    code, text = await asyncio.to_thread(causeway, network, "doctor", "ws://127.0.0.1:1")
    assert code == 11, f"doctor of a port where nobody listens: exit code {code}\n{text}"
    print("ok  doctor names the hop that fails")


async def check_texts(url):
    paths = ("/api/v1/overview", "/api/v1/events", "/stats", "/metrics", "/metrics/prometheus", "/bridge-health", "/info",
             "/api/v1/status", "/health/ready")
    for path in paths:
        text = await asyncio.to_thread(fetch, url + path)
        assert MARK not in text and "onerror" not in text, f"{path} has what a peer wrote: {text[:2000]}"
    print(f"ok  nothing that hostile peers wrote, on {len(paths)} pages")


class Crowd:
    """Registered peers that stay, and newcomers that ask at a steady rate and leave when they are answered."""

    def __init__(self, port, peers, rate):
        self.port, self.peers, self.rate = port, peers, rate
        self.sockets, self.answered, self.failed = [], 0, 0

    async def register(self):
        kinds = ("nodejs", "browser", "browser", "browser")
        me = secrets.token_hex(20)
        socket = await websockets.connect(f"ws://127.0.0.1:{self.port}/", compression=None, ping_interval=None)
        await socket.send(json.dumps({"type": "register", "nodeId": me, "protocolVersion": "1.0.0", "buildId": "node_1",
                                      "metadata": {"nodeType": kinds[len(self.sockets) % 4], "isTabVisible": True}}))
        await receive(socket, "registered")
        # Some tell of their network.
        nat = ("open", "easy", "easy", "easy", "hard", None)[len(self.sockets) % 6]
        if nat:
            profile = {"natType": nat, "hasIPv6": len(self.sockets) % 3 == 0, "needsRelay": nat == "hard"}
            await socket.send(json.dumps({"type": "profile_update", "nodeId": me, "connectionProfile": profile}))
        self.sockets.append(socket)

    async def __aenter__(self):
        while len(self.sockets) < self.peers:
            await asyncio.gather(*(self.register() for _ in range(min(50, self.peers - len(self.sockets)))))
        self.arriving = asyncio.create_task(self.arrive())
        return self

    async def arrive(self):
        async with asyncio.TaskGroup() as tasks:
            begin, count = time.monotonic(), 0
            while True:
                tasks.create_task(self.ask())
                count += 1
                await asyncio.sleep(max(0, begin + count / self.rate - time.monotonic()))

    async def ask(self):
        try:
            async with websockets.connect(f"ws://127.0.0.1:{self.port}/", compression=None) as client:
                me = secrets.token_hex(20)
                metadata = {"nodeType": "nodejs", "capabilities": ["websocket"]}
                await client.send(json.dumps({"type": "get_peers_or_genesis", "maxPeers": 20, "nodeId": me,
                                              "metadata": metadata, "requestId": "req_1"}))
                await client.send(json.dumps({"type": "register", "nodeId": me, "protocolVersion": "1.0.0",
                                              "buildId": "node_1", "metadata": metadata}))
                answer = await receive(client, "response")
                assert answer["success"], answer
                self.answered += 1
        except (OSError, TimeoutError, AssertionError, websockets.ConnectionClosed):
            self.failed += 1

    async def __aexit__(self, *_):
        self.arriving.cancel()
        await asyncio.gather(self.arriving, return_exceptions=True)
        for socket in self.sockets:
            socket.transport.abort()


async def check_crowd(network, url, arguments):
    before = network.get("/api/v1/overview")
    async with Crowd(network.port, arguments.crowd, arguments.rate) as crowd:
        await asyncio.sleep(5)
        start, begun = crowd.answered, time.monotonic()
        await check_dashboard.run(arguments)
        rate = (crowd.answered - start) / (time.monotonic() - begun)
        shown = await asyncio.to_thread(network.get, "/api/v1/overview")
        here = shown["peers"]["registered"] - before["peers"]["registered"]
        assert arguments.crowd <= here <= arguments.crowd + 2 * arguments.rate, f"{here} of {arguments.crowd} peers are shown"
        assert rate > 0.8 * arguments.rate and not crowd.failed, f"{rate:.0f} joins/s, {crowd.failed} failed"
    await asyncio.sleep(3)
    shown = network.get("/api/v1/overview")
    named = shown["totals"]["named"] - before["totals"]["named"]
    assert crowd.answered <= named <= crowd.answered + 2 * arguments.rate, f"{named} of {crowd.answered} joins are shown"
    print(f"ok  beside {arguments.crowd} peers and at {rate:.0f} joins/s: {crowd.answered} joins, {named} shown as such")


async def run(arguments):
    with tempfile.TemporaryDirectory() as state, Network(arguments.causeway, state) as network:
        url = f"http://127.0.0.1:{network.port}"
        swarm = network.swarm(arguments.peers, "--for", "300s")
        try:
            joined = arguments.peers - 1
            network.wait_for("/api/v1/overview", lambda body: body["totals"]["named"] >= joined)
            async with contextlib.AsyncExitStack() as stack:
                for _ in range(3):
                    await stack.enter_async_context(HostilePeer(network.port))
                await check_trace(network, url)
                await check_commands(network, url)
                if chromium.find() is None:
                    print("skipped: no Chromium here", file=sys.stderr)
                else:
                    arguments.url = url
                    if arguments.crowd:
                        await check_crowd(network, url, arguments)
                    else:
                        await check_dashboard.run(arguments)
                await check_texts(url)
        finally:
            swarm.terminate()
            swarm.wait(timeout=15)
    return 3 if chromium.find() is None else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--causeway", default=".build/release/causeway", help="path of the program")
    parser.add_argument("--peers", type=int, default=25)
    parser.add_argument("--crowd", type=int, default=0, help="so many peers are registered besides")
    parser.add_argument("--rate", type=int, default=100, help="joins a second beside the crowd")
    parser.add_argument("--seconds", type=int, default=5, help="how long the page's cost is measured")
    parser.add_argument("--screenshots", type=pathlib.Path, help="a directory to put pictures of the page into")
    arguments = parser.parse_args()
    arguments.hostile = False
    arguments.causeway = str(pathlib.Path(arguments.causeway).resolve())
    sys.exit(asyncio.run(run(arguments)))


if __name__ == "__main__":
    main()
