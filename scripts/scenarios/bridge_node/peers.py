"""DHT peers: such as dial the bridge, and such as it dials."""

import contextlib
import itertools
import json
import time

import websockets

from ..stage import free_port
from .conversation import Conversation, new_id, now


def metadata_of(id, **more):
    """As current Node peers describe themselves, with the token that makes them helpers (protocol.md 4.2)."""
    return {"isBridgeNode": False, "nodeType": "nodejs", "capabilities": ["websocket", "relay"], "startTime": now(),
            "listeningAddress": "ws://127.0.0.1:9", "publicWssAddress": "ws://127.0.0.1:9", "canRelay": True,
            "canAcceptConnections": True, "canInitiateConnections": True,
            "membershipToken": {"nodeId": id, "issuer": id, "timestamp": now(), "isOpenNetwork": True,
                                "authorizedBy": id, "signature": "bridge-issued-open-network-token"}} | more


class Manners:
    """What a peer answers by itself, and what it remembers."""

    is_silent = False

    def __init__(self, *arguments, **behaviour):
        self.pinged = 0
        # (when, instruction)
        self.instructions = []
        self.nodes = behaviour.pop("nodes", [])
        super().__init__(*arguments, **behaviour)

    async def manners(self, message, say):
        if self.is_silent:
            return True
        kind = message.get("type")
        if kind == "ping":
            self.pinged += 1
            await say("pong", requestId=message["requestId"], timestamp=now(), originalTimestamp=message["timestamp"])
        elif kind == "find_node":
            await say("find_node_response", requestId=message["requestId"], nodes=self.nodes, timestamp=now())
        elif kind == "create_invitation_for_peer":
            self.instructions.append((time.monotonic(), message))
        else:
            return False
        return True


class Peer(Manners, Conversation):
    """Dials the bridge."""

    numbers = itertools.count()

    def __init__(self, node, socket, metadata=None, id=None, **behaviour):
        self.id = id or new_id()
        self.metadata = metadata_of(self.id, **(metadata or {}))
        super().__init__(node, socket, **behaviour)

    async def hello(self):
        await self.say("dht_peer_hello", peerId=self.id, metadata=self.metadata)
        self.welcome = await self.expect("dht_peer_connected")
        assert self.welcome["bridgeNodeId"] == self.node.id and self.welcome["success"] is True, self.welcome
        return self

    async def received(self, message):
        return await self.manners(message, self.say)

    async def ping(self, seconds=10):
        """How long a pong took."""
        request, began = f"{self.id[:8]}_{next(self.numbers)}", time.monotonic()
        await self.say("ping", requestId=request, timestamp=now(), nodeId=self.id, **{"from": self.id})
        await self.expect("pong", seconds, requestId=request)
        return time.monotonic() - began

    async def find(self, target=None):
        """The ids and metadata that the bridge knows near an id."""
        request = f"{self.id[:8]}_{next(self.numbers)}"
        await self.say("find_node", requestId=request, target=target or new_id(), nodeId=self.id, timestamp=now())
        response = await self.expect("find_node_response", requestId=request)
        return {entry["id"]: entry["metadata"] for entry in response["nodes"]}


class ListeningPeer(Manners):
    """Is dialled, and answers a hello with an id, its own or another."""

    def __init__(self, node, id=None, answers_as=None, **behaviour):
        super().__init__(**behaviour)
        self.node, self.id = node, id or new_id()
        self.answers_as, self.port = answers_as or self.id, free_port()
        self.address = f"ws://127.0.0.1:{self.port}"
        self.metadata = metadata_of(self.id, listeningAddress=self.address, publicWssAddress=self.address)
        self.dialled, self.hellos, self.closes, self.links = [], [], [], set()

    async def up(self):
        self.server = await websockets.serve(self.serve, "127.0.0.1", self.port, ping_interval=None, compression=None,
                                             close_timeout=1, max_size=4 << 20)
        return self

    async def serve(self, socket):
        self.dialled.append(time.monotonic())
        self.links.add(socket)

        async def say(kind, **members):
            with contextlib.suppress(websockets.ConnectionClosed):
                await socket.send(json.dumps({"type": kind} | members))
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in socket:
                self.node.hear(text)
                message = json.loads(text)
                if message["type"] == "dht_peer_hello":
                    self.hellos.append(message)
                    await say("dht_peer_connected", bridgeNodeId=self.answers_as, success=True, timestamp=now(),
                              metadata=self.metadata)
                else:
                    await self.manners(message, say)
        self.links.discard(socket)
        self.closes.append((socket.close_code, socket.close_reason))

    def cut(self):
        for socket in list(self.links):
            socket.transport.abort()

    async def leave(self):
        self.server.close(close_connections=False)
        self.cut()
        await self.server.wait_closed()
