"""The bridge under test: a process of its own, and everybody who talks with it."""

import asyncio
import contextlib
import json
import signal
import sqlite3

from ..stage import descriptors, http, resident, until
from .links import Link
from .peers import ListeningPeer, Peer


class BridgeNode:
    """Ends with exit code 0 or fails. Whatever it says to anybody must not hold the secret: that fails, too."""

    def __init__(self, stage, *arguments, name="bridge", launcher=()):
        self.stage, self.name, self.arguments, self.launcher = stage, name, arguments, launcher
        self.log = stage.directory / f"{name}.log"
        self.port = self.monitor = None
        self.conversations, self.leaks = [], []
        self.words_heard = 0

    async def __aenter__(self):
        await self.up()
        return self

    async def up(self):
        """Starts it, or starts it again on the same ports and state."""
        self.process, self.port, self.monitor = await self.stage.native_bridge(
            self.name, "--log-format", "json", *self.arguments, port=self.port, monitor=self.monitor,
            launcher=self.launcher)
        self.address = f"ws://127.0.0.1:{self.port}"
        await until(self.status, f"{self.name} tells its status")
        self.id = (await self.status())["nodeId"]

    async def kill(self):
        self.process.kill()
        await self.process.wait()

    async def __aexit__(self, kind, *_):
        for conversation in self.conversations:
            with contextlib.suppress(Exception):
                await conversation.leave()
        if kind is None:
            assert self.process.returncode is None, f"{self.name} ended with {self.process.returncode}"
            self.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                code = await self.process.wait()
            assert code == 0, f"{self.name} ended with exit code {code}"
            for word in self.forbidden:
                assert not self.logged(word), f"logged: {self.logged(word)[0][:200]}"
            assert not self.leaks, f"the secret was told: {self.leaks[0]}"
        else:
            self.stage.notes += [f"{self.name}: {line}" for line in self.logged()[-12:]]

    # Who talks with it

    async def link(self, features=None, name=None, secret=None):
        """A bootstrap's link, authenticated. Existing bootstraps name no features."""
        return await (await Link.dial(self, features)).authenticate(name, secret)

    async def peer(self, metadata=None, id=None, **behaviour):
        """A DHT peer that dialled in, and was let in."""
        return await (await Peer.dial(self, metadata, id, **behaviour)).hello()

    async def crowd(self, count, metadata=None, **behaviour):
        """So many peers, all known to the bridge for long enough to be its helpers."""
        peers = await asyncio.gather(*(self.peer(metadata, **behaviour) for _ in range(count)))
        await until(lambda: all(peer.pinged for peer in peers), "each peer was pinged", every=0.05)
        return peers

    async def listener(self, **behaviour):
        """A DHT peer that waits to be dialled."""
        listener = await ListeningPeer(self, **behaviour).up()
        self.conversations.append(listener)
        return listener

    @property
    def peer_ids(self):
        """Everybody who ever was one of its peers, or was meant to be."""
        return {peer.id for peer in self.conversations if hasattr(peer, "id")}

    # What it tells

    @property
    def forbidden(self):
        return self.stage.secret, "bridge_auth_"

    def hear(self, text):
        """Every word it says to anybody comes by here."""
        self.words_heard += 1
        self.leaks += [text[:200] for word in self.forbidden if word in text]

    async def told(self, path):
        report = await http(self.monitor, path)
        if report is not None:
            self.hear(json.dumps(report))
        return report

    async def status(self):
        return await self.told("/status")

    async def metrics(self):
        return await self.told("/metrics")

    async def has(self, key, value, seconds=15):
        """Waits until its metrics say so."""
        async def reached():
            metrics = await self.metrics()
            return metrics is not None and metrics.get(key) == value
        await until(reached, f"{key} is {value}", seconds)

    def logged(self, text=""):
        return [line for line in self.log.read_text(errors="replace").splitlines() if text in line]

    def remembered(self):
        """How many peers it has written down for after a restart."""
        with contextlib.closing(sqlite3.connect(self.stage.directory / self.name / "state.sqlite")) as state:
            return state.execute("SELECT count(*) FROM peers").fetchone()[0]

    @property
    def memory(self):
        """In MiB."""
        return resident(self.process.pid)

    @property
    def descriptors(self):
        return descriptors(self.process.pid)
