"""Bridges that follow a script. They write down what a bootstrap does to them, and complain of what none may do.

Run as a program (`python -m scenarios.bridges --port P --delay 1`) it is a bridge that can be killed or stopped."""

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import time

import websockets

from .stage import free_port


def now():
    return int(time.time() * 1000)


def found(bridge, request, **more):
    """A helper, as bridges of either era name one (protocol.md 3.4). Each bridge names its own."""
    data = {"inviterPeerId": bridge.helper,
            "inviterMetadata": {"nodeType": "nodejs", "listeningAddress": "ws://127.0.0.1:9"},
            "membershipToken": {"nodeId": request["newNodeId"], "issuer": bridge.id, "timestamp": now(),
                                "isOpenNetwork": True, "authorizedBy": bridge.helper, "signature": "0"},
            "status": "invitation_request_sent_to_helper", "message": "asked"}
    return {"type": "onboarding_peer_response", "requestId": request["requestId"], "success": True, "data": data,
            "error": None, "timestamp": now()} | more


class Bridge:
    """Speaks as one of ours: accepts the secret, and answers each request on its link after `delay` seconds."""

    features = []

    def __init__(self, secret, delay=0, window=None, tls=None, port=None):
        self.secret, self.delay, self.window, self.tls = secret, delay, window, tls
        self.port = port or free_port()
        self.id, self.helper = secrets.token_hex(20), secrets.token_hex(20)
        self.address = f"{'wss' if tls else 'ws'}://127.0.0.1:{self.port}"
        self.links, self.requests, self.complaints, self.closes = set(), [], [], []
        self.opened = self.authenticated = self.peak = self.answered = 0
        self.tasks, self.server = set(), None

    async def __aenter__(self):
        await self.up()
        return self

    async def __aexit__(self, *_):
        await self.down()
        for task in self.tasks:
            task.cancel()

    async def up(self):
        self.server = await websockets.serve(self.serve, "127.0.0.1", self.port, ssl=self.tls, ping_interval=None,
                                             compression=None, close_timeout=1, max_size=4 << 20)

    async def down(self):
        """Gone, as a process that died: every connection is reset, and nobody listens."""
        if not self.server:
            return
        self.server.close(close_connections=False)
        for connection in list(self.server.connections):
            connection.transport.abort()
        await self.server.wait_closed()
        self.server = None

    def spawn(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def serve(self, link):
        self.opened += 1
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in link:
                await self.received(link, json.loads(text))
        self.closes.append(link.close_code)
        self.links.discard(link)

    async def received(self, link, message):
        kind = message["type"]
        if kind == "bootstrap_auth":
            if message["auth_token"] != self.secret:
                return await self.refuse(link)
            await self.authenticate(link)
        elif link not in self.links:
            self.complaints.append(f"{kind} before auth_success")
        elif kind == "get_onboarding_peer":
            self.requests.append(message)
            self.spawn(self.answer(link, message))
        elif kind == "ping":
            await self.say(link, {"type": "pong", "requestId": message["requestId"], "timestamp": now()})

    async def refuse(self, link):
        """As existing bridges do (protocol.md 3.2.1)."""
        await link.close(1000, "Unauthorized - invalid bridge auth token")

    async def authenticate(self, link):
        await self.say(link, self.welcome())
        self.accept(link)

    def welcome(self):
        welcome = {"type": "auth_success", "bridgeNodeId": self.id, "listeningAddress": self.address,
                   "publicWssAddress": self.address, "from": self.id, "timestamp": now()}
        if self.features is not None:
            welcome["features"] = self.features
        return welcome | ({"window": self.window} if self.window else {})

    def accept(self, link):
        self.authenticated += 1
        self.links.add(link)
        self.peak = max(self.peak, len(self.links))

    async def answer(self, link, request):
        if self.delay:
            await asyncio.sleep(self.delay)
        await self.say(link, found(self, request))
        self.answered += 1

    async def say(self, link, message):
        with contextlib.suppress(websockets.ConnectionClosed):
            await link.send(json.dumps(message))

    def check(self, links=1):
        """Nothing came before `auth_success`, and there were never more authenticated links at a time than this."""
        assert not self.complaints, self.complaints[:3]
        assert self.peak <= links, f"{self.peak} authenticated links at a time"


class StatelessEraBridge(Bridge):
    """Pings before `auth_success`, hears nothing for 50 ms after `bootstrap_auth`, answers on the same link."""

    features = None

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.deaf = set()

    async def received(self, link, message):
        if link not in self.deaf:
            await super().received(link, message)
        elif message["type"] != "pong":
            self.complaints.append(f"{message['type']} in the silent window")

    async def authenticate(self, link):
        self.deaf.add(link)
        self.spawn(self.attach(link))

    async def attach(self, link):
        await self.say(link, {"type": "ping", "requestId": f"req_{now()}", "timestamp": now(), "from": self.id})
        await asyncio.sleep(0.05)
        self.deaf.discard(link)
        await super().authenticate(link)


class CurrentEraBridge(Bridge):
    """Registers at the bootstrap as a bridge, accepts its dial without a word of features, and answers whatever it is
    asked on its own connection only, after 3 s (protocol.md 3.5)."""

    features = None

    def __init__(self, bootstrap_port, secret, delay=3):
        super().__init__(secret, delay)
        self.bootstrap_port, self.own, self.asked_on_own = bootstrap_port, None, 0
        self.registered = asyncio.Event()

    async def up(self):
        await super().up()
        self.own = await websockets.connect(f"ws://127.0.0.1:{self.bootstrap_port}", ping_interval=None,
                                            compression=None, proxy=None)
        self.spawn(self.listen())
        metadata = {"publicKey": "0" * 64, "membershipToken": None, "nodeType": "bridge",
                    "listeningAddress": self.address, "publicWssAddress": self.address,
                    "capabilities": ["websocket", "relay"], "canRelay": True,
                    "relayLoad": 0, "relayCapacity": 200, "canAcceptConnections": True, "canInitiateConnections": True,
                    "isBridgeNode": True, "bridgeAuthToken": self.secret}
        await self.say(self.own, {"type": "get_peers_or_genesis", "maxPeers": 20, "nodeId": self.id,
                                  "metadata": metadata, "requestId": f"req_{now()}_bridge"})
        await asyncio.sleep(0.01)
        await self.say(self.own, {"type": "register", "nodeId": self.id, "protocolVersion": "1.0.0",
                                  "buildId": f"node_{now()}", "timestamp": now(), "metadata": metadata})
        async with asyncio.timeout(10):
            await self.registered.wait()

    async def listen(self):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self.own:
                message = json.loads(text)
                if message["type"] == "registered":
                    self.registered.set()
                elif message["type"] in ("validate_reconnection", "connect_genesis_peer", "invitation_for_bridge"):
                    self.complaints.append(f"{message['type']} would have ended this bridge")
                elif message["type"] == "get_onboarding_peer":
                    self.asked_on_own += 1
                    self.requests.append(message)
                    self.spawn(self.answer(self.own, message))

    async def authenticate(self, link):
        await asyncio.sleep(0.06)
        await super().authenticate(link)

    async def answer(self, link, request):
        await super().answer(self.own, request)

    async def down(self):
        if self.own:
            self.own.transport.abort()
        await super().down()


async def run(arguments):
    async with Bridge(os.environ["BRIDGE_AUTH"], arguments.delay, arguments.window, port=arguments.port) as bridge:
        print(json.dumps({"address": bridge.address, "helper": bridge.helper, "nodeId": bridge.id}), flush=True)
        await asyncio.get_running_loop().create_future()


def process(stage, port, delay, window=None):
    """The command of a bridge that is a process of its own."""
    import sys
    command = [sys.executable, "-m", "scenarios.bridges", "--port", port, "--delay", delay]
    return stage.announcing(*command, *(["--window", window] if window else []))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--window", type=int)
    asyncio.run(run(parser.parse_args()))
