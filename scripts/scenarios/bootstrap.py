"""A bootstrap server of ours, as a process of its own."""

import asyncio
import json
import signal
import time

from .ledger import Ledger
from .stage import free_port, http, listens, resident, until


class Bootstrap:
    """Started with a configuration file, so that a scenario can change the bridges; ends with exit code 0 or fails."""

    def __init__(self, stage, bridges, *arguments, mode=None, environment=None, tls=None, genesis=True,
                 launcher=()):
        self.genesis, self.launcher = genesis, launcher
        self.stage, self.arguments, self.environment, self.tls = stage, arguments, environment, tls
        self.port = free_port()
        self.settings = stage.directory / "bootstrap.json"
        self.log = stage.directory / "bootstrap.log"
        self.ledger = Ledger(self.port, tls=tls)
        self.write(bridges, mode)

    def write(self, bridges, mode=None):
        nodes = {"nodes": list(bridges) or ["none"]} | ({"mode": mode} if mode else {})
        self.settings.write_text(json.dumps({"bridge": nodes}))

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def reload(self, bridges, mode=None):
        self.write(bridges, mode)
        self.hang_up()

    async def __aenter__(self):
        # The scenarios count every question at the bridges: the server does not try itself meanwhile.
        self.process = await self.stage.start(
            *self.launcher, self.stage.causeway, "bootstrap", "--host", "127.0.0.1", "--port", self.port,
            "--create-new-dht", "--open-network", "--probe-interval", "0", "--config", self.settings,
            "--state-dir", self.stage.directory / "bootstrap", "--log-format", "json", *self.arguments,
            environment=self.environment, log=self.log)
        await until(lambda: listens(self.port), "the bootstrap server listens")
        if self.genesis:
            # The first peer of a network gets no helper; it is none of the scenario's business.
            first = await self.ledger.newcomer()
            assert (await first.ask()).outcome == "genesis", first.questions
        return self

    async def __aexit__(self, kind, *_):
        await self.ledger.close()
        if kind is None:
            assert self.process.returncode is None, f"the bootstrap server ended with {self.process.returncode}"
            pending = await until(lambda: self.pool("pending", 0), "nothing is pending")
            assert pending
            code = await self.stop()
            assert code == 0, f"exit code {code}"
            self.ledger.check()
        else:
            self.stage.notes += self.logged()[-15:]

    async def stop(self):
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            return await self.process.wait()

    # What it tells

    async def get(self, path):
        return await http(self.port, path, self.tls)

    async def health(self):
        return await self.get("/bridge-health")

    async def bridges(self):
        """What is said of each bridge, in the order of the list; those that only dialled in come last."""
        health = await self.health()
        return health["bridgeAvailability"]["results"] if health else []

    async def bridge(self, address):
        return next((bridge for bridge in await self.bridges() if bridge["address"] == address), None)

    async def pool(self, key=None, value=None):
        status = await self.get("/api/v1/status")
        if not status:
            return None
        return status["pool"] if key is None else status["pool"][key] == value

    async def counters(self):
        return (await self.pool())["requests"]

    async def linked(self, count, seconds=15):
        """Waits until so many bridges are connected."""
        async def reached():
            return sum(bridge["status"] == "connected" for bridge in await self.bridges()) == count
        await until(reached, f"{count} bridges are connected", seconds)

    async def becomes(self, address, key, value, seconds=15):
        """Waits until a bridge's report says this; answers how long that took."""
        began = time.monotonic()

        async def reached():
            bridge = await self.bridge(address)
            return bridge is not None and bridge.get(key) == value
        await until(reached, f"{address} has {key} {value}", seconds)
        return time.monotonic() - began

    def logged(self, text=""):
        return [line for line in self.log.read_text(errors="replace").splitlines() if text in line]

    @property
    def memory(self):
        return resident(self.process.pid)
