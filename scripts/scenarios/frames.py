"""Handshakes and frames that no WebSocket has, from a listener that plays a bridge by hand."""

import asyncio
import base64
import contextlib
import hashlib
import json
import re
import secrets
import struct

from .bootstrap import Bootstrap
from .bridges import Bridge, now
from .ledger import all_found
from .stage import free_port, scenario, until


def frame(payload, opcode=1, first=None, length=None):
    """A server's frame; `first` and `length` replace the byte and the length that it should have."""
    head = bytes([0x80 | opcode if first is None else first])
    if length is not None:
        return head + length + payload
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 65_536:
        return head + b"\x7e" + struct.pack(">H", len(payload)) + payload
    return head + b"\x7f" + struct.pack(">Q", len(payload)) + payload


def handshake(key, status="101 Switching Protocols", more="", accept=None):
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    accept = accept or base64.b64encode(digest).decode()
    return (f"HTTP/1.1 {status}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
            f"{more}\r\n").encode()


HANDSHAKES = {
    "wrong accept key": lambda key: handshake(key, accept="AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    "an extension nobody offered": lambda key: handshake(
        key, more="Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n"),
    "a subprotocol nobody offered": lambda key: handshake(key, more="Sec-WebSocket-Protocol: soap\r\n"),
    "50,000 headers": lambda key: handshake(key, more="".join(f"X-{n}: y\r\n" for n in range(50_000))),
    "a header of 1 MB": lambda key: handshake(key, more=f"X: {'y' * 1_000_000}\r\n"),
    "garbage": lambda key: secrets.token_bytes(4096),
    "nothing": lambda key: b"",
}
FRAMES = {
    "a masked frame": frame(b"", first=0x81, length=b"\x82\0\0\0\0ab"),
    "reserved bits": frame(b"{}", first=0xF1),
    "an unknown opcode": frame(b"{}", first=0x8B),
    "length 2^63": frame(b"", first=0x81, length=b"\x7f" + b"\x80" + b"\0" * 7),
    "length 2^64-1": frame(b"", first=0x81, length=b"\x7f" + b"\xff" * 8),
    "length 2 GiB": frame(b"", first=0x81, length=b"\x7f" + struct.pack(">Q", 1 << 31)),
    "a fragmented ping": frame(b"", first=0x09),
    "a ping of 126": frame(b"x" * 126, opcode=9),
    "a continuation of nothing": frame(b"x", first=0x80),
    "invalid UTF-8": frame(b"\xff\xfe\xfd"),
    "close code 1005": frame(struct.pack(">H", 1005), opcode=8),
    "100,000 fragments": frame(b"", first=0x01) + frame(b"x", first=0x00) * 100_000,
    "deep JSON": frame(b'{"type":"auth_success","x":' + b"[" * 50_000),
    "not JSON": frame(b"hello"),
    "a null id": frame(b'{"type":"auth_success","bridgeNodeId":null}'),
}


class Raw:
    """A listener that plays a bridge by hand: its own handshake, then its own bytes, before or after `auth_success`."""

    def __init__(self, answer=handshake, payload=None, authenticated=False):
        self.answer, self.payload, self.authenticated = answer, payload, authenticated
        self.port, self.id, self.opened, self.closed = free_port(), secrets.token_hex(20), 0, 0
        self.address = f"ws://127.0.0.1:{self.port}"

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def serve(self, reader, writer):
        self.opened += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            request = await reader.readuntil(b"\r\n\r\n")
            key = re.search(rb"(?i)sec-websocket-key: *(\S+)", request).group(1)
            writer.write(self.answer(key))
            if self.payload:
                # bootstrap_auth: its content is of no interest here.
                await reader.read(4096)
                if self.authenticated:
                    success = {"type": "auth_success", "bridgeNodeId": self.id, "features": [], "timestamp": now()}
                    writer.write(frame(json.dumps(success).encode()))
                writer.write(self.payload)
            await writer.drain()
            while await reader.read(4096):
                pass
        self.closed += 1
        writer.close()


@scenario
async def hostile_handshakes_and_frames_cost_only_their_own_link(stage):
    """B27: each such link is refused or closed, the process and the other bridge are well."""
    cases = {name: Raw(answer) for name, answer in HANDSHAKES.items()}
    cases |= {name: Raw(payload=payload) for name, payload in FRAMES.items()}
    async with contextlib.AsyncExitStack() as stack:
        bootstrap, well = await hostile_pool(stack, stage, cases)
        memory = bootstrap.memory
        bootstrap.reload([well.address] + [case.address for case in cases.values()])
        async with bootstrap.ledger.traffic(10) as questions:
            # Silence is given 10 s for the handshake, and what is no answer to the secret 5 s.
            await until(lambda: all(case.closed for case in cases.values()), "each link is closed", 25, every=0.1)
        all_found(questions)
        reports = await bootstrap.bridges()
        assert reports[0]["connectionsOpened"] == 1, reports[0]
        assert not any(report["connectionsOpened"] for report in reports[1:]), "a hostile link was used"
        grown = bootstrap.memory - memory
        assert grown < stage.within(32, 96), f"grew by {grown:.1f} MiB"
        if stage.full:
            stage.notes += [f"{name}: {report.get('error')}" for name, report in zip(cases, reports[1:])]
        return f"{len(cases)} hostile bridges refused, {len(questions)} joins found a helper, memory +{grown:.1f} MiB"


@scenario
async def bridges_that_turn_hostile_once_authenticated_cost_no_join(stage):
    """B27: they know the secret, and may have requests when their link dies; those move to the other bridge."""
    # JSON of no use is no offence of an authenticated bridge: it is counted.
    offences = {name: payload for name, payload in FRAMES.items() if name not in ("deep JSON", "not JSON", "a null id")}
    async with contextlib.AsyncExitStack() as stack:
        cases = {name: Raw(payload=payload, authenticated=True) for name, payload in offences.items()}
        bootstrap, well = await hostile_pool(stack, stage, cases)
        async with bootstrap.ledger.traffic(20) as questions:
            # Few at a time: a request that has lost its link four times is given up, as it may be what kills them.
            for name, case in cases.items():
                bootstrap.reload([well.address, case.address])
                await until(lambda: case.closed, f"{name} costs the link", 10)
        all_found(questions)
        assert (await bootstrap.bridge(well.address))["connectionsOpened"] == 1
        moved = (await bootstrap.counters())["failovers"]
        return f"{len(cases)} links closed, {len(questions)} joins found a helper, {moved} of them moved"


async def hostile_pool(stack, stage, cases):
    well = await stack.enter_async_context(Bridge(stage.secret))
    for case in cases.values():
        await stack.enter_async_context(case)
    bootstrap = await stack.enter_async_context(Bootstrap(stage, [well.address]))
    await bootstrap.linked(1)
    return bootstrap, well
