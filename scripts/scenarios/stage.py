"""What a scenario runs on: its processes, its directory, and the means to wait for what it expects."""

import asyncio
import contextlib
import inspect
import itertools
import json
import os
import pathlib
import random
import secrets
import shutil
import signal
import socket
import tempfile

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
PATIENCE = 15
SCENARIOS = []


def scenario(function=None, *, alone=False):
    """Registers a scenario. One that measures runs `alone`; those that mostly wait share the machine."""
    def register(function):
        function.alone = alone
        SCENARIOS.append(function)
        return function
    return register(function) if function else register


class Skipped(Exception):
    """The machine lacks what the scenario needs."""


# Below the ports that the kernel gives to connections, and none twice: scenarios run side by side, and some leave a
# port unused for a while on purpose.
PORTS = itertools.count(random.randrange(10_000, 25_000))


def free_port():
    while True:
        port = next(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


async def until(condition, what, seconds=PATIENCE, every=0.01):
    """Waits until a condition holds, and answers its value. The condition may be a coroutine function."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        assert loop.time() < end, f"not within {seconds:.0f} s: {what}"
        await asyncio.sleep(every)


async def http(port, path, tls=None):
    """The JSON at a path, whatever its status; None while nobody answers."""
    try:
        return json.loads((await page(port, path, tls))[1])
    except (OSError, TimeoutError, ValueError):
        return None


async def page(port, path, tls=None):
    """What is at a path: (status, body)."""
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls,
                                                       server_hostname="localhost" if tls else None)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1] if head else 0), unchunked(body) if b"chunked" in head.lower() else body


def unchunked(body):
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole, body = whole + body[:length], body[length + 2:]
    return whole


def established(port):
    """Connections that a listener on this port has, as the kernel counts them."""
    wanted = f"0100007F:{port:04X}"
    with open("/proc/net/tcp") as table:
        return sum(1 for line in table if line.split()[1] == wanted and line.split()[3] == "01")


def resident(pid):
    """Memory of a process, in MiB."""
    with open(f"/proc/{pid}/status") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def descriptors(pid):
    """Files and sockets that a process has open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


class Stage:
    """One scenario's directory and secret, and every process it started: they end with it."""

    def __init__(self, causeway, full, strict):
        self.causeway, self.full, self.strict = causeway, full, strict
        self.secret = secrets.token_hex(16)
        self.environment = dict(os.environ, BRIDGE_AUTH=self.secret, PYTHONPATH=str(SCRIPTS),
                                PYTHONDONTWRITEBYTECODE="1")
        self.processes = []
        # What helps to understand a failure.
        self.notes = []

    async def __aenter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="causeway-scenario-"))
        return self

    async def __aexit__(self, *_):
        for process in self.processes:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGCONT)
                    process.kill()
                await process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def pick(self, quick, full):
        return full if self.full else quick

    def within(self, promised, lenient):
        """What is promised holds for a release build on a machine that does nothing else."""
        return promised if self.strict else lenient

    async def start(self, *command, environment=None, log=None, stdout=None):
        """Starts a process. What it logs, on standard error, goes to a file."""
        errors = open(log, "ab") if log else asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *map(str, command), env=environment or self.environment, stdin=asyncio.subprocess.PIPE,
            stdout=stdout or asyncio.subprocess.DEVNULL, stderr=errors)
        self.processes.append(process)
        return process

    async def announcing(self, *command):
        """Starts a process that prints one JSON object when it is ready."""
        process = await self.start(*command, stdout=asyncio.subprocess.PIPE)
        async with asyncio.timeout(PATIENCE):
            return process, json.loads(await process.stdout.readline())

    async def native_bridge(self, name, *arguments, port=None, monitor=None, launcher=()):
        """A bridge of ours: (process, port, port for monitors). The launcher is a command that starts it."""
        port, monitor, log = port or free_port(), monitor or free_port(), self.directory / f"{name}.log"
        process = await self.start(*launcher, self.causeway, "bridge", "--host", "127.0.0.1", "--port", port,
                                   "--metrics-port", monitor, "--state-dir", self.directory / name, *arguments, log=log)
        await until(lambda: listens(port) or process.returncode is not None, f"{name} listens", every=0.05)
        assert process.returncode is None, f"{name} ended with {process.returncode}: {log.read_text()[-500:]}"
        return process, port, monitor


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
