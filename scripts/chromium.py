"""Debian's Chromium without a window, driven by its own debugging protocol: all it takes is a WebSocket."""

import asyncio
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import websockets

PATIENCE = 60

FLAGS = (
    "--headless=new",
    "--remote-debugging-port=0",
    # Root and most containers cannot have the sandbox; every page it opens is ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    # A page that nobody looks at must be as quick as any.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    # Two pages on one machine, perhaps without a network: nobody there resolves the .local names that hide addresses.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks",
)


def find():
    """The path of the program, or None where it is not installed."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def description(details):
    """The first line of what was thrown, without where."""
    return details.get("exception", {}).get("description", details["text"]).splitlines()[0]


class Chromium:
    """The process. It ends with the `async with`, and so do all those it started."""

    def __init__(self, program):
        self.program = program
        self.ids = itertools.count(1)
        self.replies, self.pages = {}, {}

    async def __aenter__(self):
        self.stack = contextlib.AsyncExitStack()
        try:
            self.directory = self.stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            self.process = await asyncio.create_subprocess_exec(
                self.program, *FLAGS, f"--user-data-dir={self.directory}", "about:blank", start_new_session=True,
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL)
            self.stack.push_async_callback(self.kill)
            self.socket = await self.stack.enter_async_context(
                websockets.connect(await self.address(), max_size=None, open_timeout=PATIENCE, close_timeout=1))
            listener = asyncio.create_task(self.listen())
            self.stack.callback(listener.cancel)
        except BaseException:
            await self.stack.aclose()
            raise
        return self

    async def __aexit__(self, *_):
        await self.stack.aclose()

    async def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()

    async def address(self):
        """Where it listens for us: it writes that down once it does."""
        file = pathlib.Path(self.directory, "DevToolsActivePort")
        async with asyncio.timeout(PATIENCE):
            while True:
                assert self.process.returncode is None, f"{self.program} ended with {self.process.returncode}"
                lines = file.read_text().splitlines() if file.exists() else []
                if len(lines) == 2:
                    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
                await asyncio.sleep(0.02)

    async def listen(self):
        async for text in self.socket:
            message = json.loads(text)
            if "id" in message:
                reply = self.replies.pop(message["id"], None)
                if reply is not None and not reply.done():
                    reply.set_result(message)
            elif message["method"] == "Page.loadEventFired":
                self.pages[message["sessionId"]].loaded.set()
            elif message["method"] == "Runtime.exceptionThrown":
                print(f"page: {description(message['params']['exceptionDetails'])}", file=sys.stderr)

    async def command(self, method, session=None, **parameters):
        message = {"id": next(self.ids), "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        reply = self.replies[message["id"]] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps(message))
        async with asyncio.timeout(PATIENCE):
            answer = await reply
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    async def open(self, url, beside=None):
        """A page with a storage of its own, as in another person's browser; or with that of the page `beside`."""
        context = beside.context if beside else await self.profile()
        target = await self.command("Target.createTarget", url="about:blank", browserContextId=context)
        session = await self.command("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = self.pages[session["sessionId"]] = Page(self, session["sessionId"], context)
        await page.command("Page.enable")
        await page.command("Runtime.enable")
        await page.load("Page.navigate", url=url)
        return page

    async def profile(self):
        context = (await self.command("Target.createBrowserContext"))["browserContextId"]
        # Whoever may use the microphone may also learn of every network interface, the loopback one included.
        await self.command("Browser.grantPermissions", permissions=["audioCapture"], browserContextId=context)
        return context


class Page:
    def __init__(self, chromium, session, context):
        self.chromium, self.session, self.context = chromium, session, context
        self.loaded = asyncio.Event()

    async def command(self, method, **parameters):
        return await self.chromium.command(method, self.session, **parameters)

    async def load(self, method, **parameters):
        self.loaded.clear()
        await self.command(method, **parameters)
        async with asyncio.timeout(PATIENCE):
            await self.loaded.wait()

    async def reload(self):
        await self.load("Page.reload")

    async def call(self, function, *arguments):
        """What a function of the page returns, or its promise resolves to."""
        return await self.evaluate(f"{function}({', '.join(json.dumps(argument) for argument in arguments)})")

    async def evaluate(self, expression):
        answer = await self.command("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(description(answer["exceptionDetails"]))
        return answer["result"].get("value")
