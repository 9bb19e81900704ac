"""One socket with the bridge, whoever is at this end of it."""

import asyncio
import contextlib
import json
import secrets
import struct
import time

import websockets


def new_id():
    return secrets.token_hex(20)


def now():
    return int(time.time() * 1000)


def client_frame(text):
    """A frame as a client sends it, with a mask of zeros."""
    payload = text.encode() if isinstance(text, str) else text
    if len(payload) < 126:
        head = bytes([0x80 | len(payload)])
    elif len(payload) < 65_536:
        head = b"\xfe" + struct.pack(">H", len(payload))
    else:
        head = b"\xff" + struct.pack(">Q", len(payload))
    return b"\x81" + head + b"\0\0\0\0" + payload


class Conversation:
    """Keeps what was said and not asked for yet, and how the bridge ended it."""

    def __init__(self, node, socket):
        self.node, self.socket = node, socket
        self.inbox, self.news = [], asyncio.Event()
        # (code, reason, when)
        self.ended = asyncio.get_running_loop().create_future()
        self.reader = asyncio.create_task(self.read())

    @classmethod
    async def dial(cls, node, *arguments, **behaviour):
        socket = await websockets.connect(node.address, ping_interval=None, compression=None, max_size=4 << 20,
                                          close_timeout=2, open_timeout=15, proxy=None)
        conversation = cls(node, socket, *arguments, **behaviour)
        node.conversations.append(conversation)
        return conversation

    async def read(self):
        with contextlib.suppress(websockets.ConnectionClosed, OSError):
            async for text in self.socket:
                self.node.hear(text)
                message = json.loads(text)
                if not await self.received(message):
                    self.inbox.append(message)
                    self.news.set()
        self.ended.set_result((self.socket.close_code, self.socket.close_reason, time.monotonic()))
        self.news.set()

    async def received(self, message):
        """Whether that message has been dealt with."""
        return False

    async def say(self, kind, **members):
        with contextlib.suppress(websockets.ConnectionClosed):
            await self.socket.send(json.dumps({"type": kind} | members))

    def write(self, texts):
        """All of them at once: they leave before anything that comes in meanwhile is read."""
        self.socket.transport.write(b"".join(map(client_frame, texts)))

    async def expect(self, kind, seconds=10, **members):
        """The next message of that kind and with those members; others wait for who expects them."""
        def matches(message):
            return message.get("type") == kind and all(message.get(key) == value for key, value in members.items())
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self.news.clear()
                    if found := next(filter(matches, self.inbox), None):
                        self.inbox.remove(found)
                        return found
                    assert not self.ended.done(), f"closed with {self.ended.result()[:2]} before {kind} came"
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"no {kind} {members} within {seconds} s, but {self.inbox[:3]}") from None

    async def closed(self, seconds=15):
        """How the bridge ended it: (code, reason)."""
        try:
            async with asyncio.timeout(seconds):
                return (await asyncio.shield(self.ended))[:2]
        except TimeoutError:
            raise AssertionError(f"not closed within {seconds} s") from None

    @property
    def is_open(self):
        return not self.ended.done()

    def cut(self):
        """Gone without a word."""
        self.socket.transport.abort()

    async def leave(self):
        await self.socket.close()
        await self.reader
