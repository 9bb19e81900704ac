#!/usr/bin/env python3
"""Checks the live page of a bootstrap server in a headless Chromium: it loads without errors, from its own origin alone and
under a strict policy, shows what is live, is complete without a mouse, fits a phone, costs little, takes texts as texts,
and says when the server is gone.

The base URL is the server's: the page is at URL/dashboard. What the page shows depends on the server; --hostile says that
its overview is full of markup. Exit code 3: Chromium is not installed."""

import argparse
import asyncio
import base64
import contextlib
import json
import pathlib
import sys
import time
import urllib.parse
import urllib.request

import chromium

LARGEST = 200 * 1024
MOST_CPU = 0.10
NARROW, WIDE = (375, 812), (1440, 900)

# Runs before the page's own script. What a policy stops is told to the document, not to us.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
    window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
window.injected = false;
"""

FOCUSABLE = """
(() => {
    const all = [...document.querySelectorAll("a[href], button, input, summary, select, textarea, [tabindex='0']")];
    const shown = all.filter((each) => each.checkVisibility());
    // Of a group of radio buttons the chosen one is stopped at; arrows lead to the others.
    return shown.filter((each) => each.type !== "radio" || each.checked).map((each, index) => each.dataset.stop = `stop${index}`);
})()
"""

FOCUSED = """
(() => {
    const shown = document.activeElement;
    const drawn = shown.type === "radio" ? shown.nextElementSibling : shown;
    const style = getComputedStyle(drawn);
    const isSeen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return [shown.dataset.stop ?? null, isSeen];
})()
"""

# What an assistive program finds: each figure, table, list and part of the page has a name.
UNNAMED = """
(() => {
    const name = (each) => each.getAttribute("aria-label") || each.textContent.trim()
        || document.getElementById(each.getAttribute("aria-labelledby") ?? "")?.textContent.trim()
        || (each.labels?.[0]?.textContent.trim() ?? "");
    const parts = document.querySelectorAll("section, figure, table, button, a, input, [role=img], h1, h2");
    return [...parts].filter((each) => each.checkVisibility() && !name(each)).map((each) => each.outerHTML.slice(0, 120));
})()
"""

LANDMARKS = """
["header", "main", "footer", "h1", "h2", "[aria-live=polite]", "table caption", "th[scope=col]"]
    .filter((selector) => document.querySelector(selector) === null)
"""

MARKUP = """
[...document.body.querySelectorAll("img, script, iframe, object, embed, b[onclick], [onerror], [onload]")]
    .map((each) => each.outerHTML.slice(0, 120))
"""

LONGEST_TEXT = """
(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let longest = 0;
    while (walker.nextNode()) longest = Math.max(longest, walker.currentNode.data.length);
    return longest;
})()
"""

UNPLAIN = r"""/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText)"""


class Browser(chromium.Chromium):
    """Also keeps what the pages asked for and complained of."""

    async def __aenter__(self):
        self.requests, self.received, self.problems = {}, {}, []
        return await super().__aenter__()

    async def listen(self):
        async for text in self.socket:
            message = json.loads(text)
            if "id" in message:
                reply = self.replies.pop(message["id"], None)
                if reply is not None and not reply.done():
                    reply.set_result(message)
            else:
                self.note(message["method"], message.get("params", {}), message.get("sessionId"))

    def note(self, method, parameters, session):
        if method == "Page.loadEventFired":
            self.pages[session].loaded.set()
        elif method == "Runtime.exceptionThrown":
            self.problems.append(chromium.description(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.problems.append("console: " + " ".join(str(each.get("value")) for each in parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.problems.append(parameters["entry"]["text"] + " " + parameters["entry"].get("url", ""))
        elif method == "Network.requestWillBeSent":
            self.requests[parameters["requestId"]] = parameters["request"]["url"]
        elif method == "Network.loadingFinished":
            self.received[parameters["requestId"]] = parameters["encodedDataLength"]

    async def show(self, url, size=WIDE, scheme="light"):
        page = await self.open("about:blank")
        for domain in ("Network", "Log", "Performance"):
            await page.command(f"{domain}.enable")
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        await resize(page, size)
        await page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        await page.load("Page.navigate", url=url)
        await until(page, "document.getElementById('verdict').dataset.level !== 'unknown'")
        return page


class Relay:
    """Stands between the browser and the server, so that what they have between them can be lost."""

    def __init__(self, url):
        self.target = urllib.parse.urlsplit(url)
        self.writers, self.way = set(), asyncio.Event()
        self.way.set()
        self.refuses = False

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}{self.target.path}"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        self.break_all()

    async def serve(self, reader, writer):
        if self.refuses:
            writer.close()
            return
        there = await asyncio.open_connection(self.target.hostname, self.target.port or 80)
        self.writers |= {writer, there[1]}
        await asyncio.gather(self.carry(reader, there[1]), self.carry(there[0], writer))

    async def carry(self, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                await self.way.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
        self.writers.discard(writer)

    def break_all(self):
        for writer in self.writers:
            writer.transport.abort()

    def cut(self):
        self.refuses = True
        self.break_all()

    def stall(self):
        self.way.clear()

    def mend(self):
        self.refuses = False
        self.break_all()
        self.way.set()


async def resize(page, size):
    await page.command("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1,
                       mobile=size[0] < 600)


async def until(page, condition, seconds=20):
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await page.evaluate(f"Boolean({condition})"):
                await asyncio.sleep(0.1)
            return
    raise AssertionError(f"not within {seconds} s: {condition}")


async def press(page, key, modifiers=0):
    code = {"Tab": 9, "Enter": 13, "ArrowRight": 39, " ": 32}[key]
    text = {"Enter": {"text": "\r"}, " ": {"text": " "}}.get(key, {})
    for kind in ("keyDown", "keyUp"):
        await page.command("Input.dispatchKeyEvent", type=kind, key=key, code={" ": "Space"}.get(key, key),
                           windowsVirtualKeyCode=code, modifiers=modifiers, **(text if kind == "keyDown" else {}))


async def busy_seconds(page):
    metrics = (await page.command("Performance.getMetrics"))["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def show(text):
    print(f"ok  {text}", flush=True)


# The parts


async def check_policy(url):
    def head(path):
        with urllib.request.urlopen(f"{url}/{path}", timeout=10) as response:
            return response.headers
    for path in ("dashboard", "dashboard.css", "dashboard.js"):
        headers = await asyncio.to_thread(head, path)
        policy = headers.get("Content-Security-Policy", "")
        assert "default-src 'none'" in policy and "unsafe" not in policy, f"{path}: the policy is {policy!r}"
        assert headers.get("X-Content-Type-Options") == "nosniff", f"{path}: types are guessed"
    show("a strict Content-Security-Policy")


def check_requests(browser, url, is_hostile):
    asked = [each for each in browser.requests.values() if not each.startswith(("data:", "about:"))]
    origin = urllib.parse.urlsplit(url).netloc
    strangers = [each for each in asked if urllib.parse.urlsplit(each).netloc != origin]
    assert not strangers, f"requests leave the origin: {strangers}"
    weight = sum(length for request, length in browser.received.items() if request in browser.requests)
    # A real server bounds its texts; who is hostile on purpose does not.
    assert weight > 0 and (weight <= LARGEST or is_hostile), f"the page weighs {weight} bytes"
    show(f"{len(asked)} requests, all to {origin}; {weight / 1024:.0f} KiB")


async def check_live(page, url):
    first = await page.evaluate("document.getElementById('identity').textContent")
    assert "version" in first, f"the server is not named: {first!r}"
    # The clock of the server alone makes "up 3 s" and the ages move; charts move with every second.
    drawn = "[...document.querySelectorAll('.grid, .line, .area, #identity, time, .time')].map((each) => each.getAttribute('d') ?? each.textContent).join()"
    words = "document.getElementById('main').innerText"
    before = await page.evaluate(f"[{drawn}, {words}]")
    await until(page, f"JSON.stringify([{drawn}, {words}]) !== {json.dumps(json.dumps(before, ensure_ascii=False, separators=(',', ':')))}")
    streams = await asyncio.to_thread(stream_events, url)
    assert len(streams) == 2 and streams[1]["at"] > streams[0]["at"], f"the stream stands still: {[each['at'] for each in streams]}"
    assert all("history" not in each for each in streams), "events carry histories"
    show("what it shows is live")


def stream_events(url):
    """The first two events, read as a program would."""
    events = []
    with urllib.request.urlopen(f"{url}/api/v1/overview/stream", timeout=10) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream"), "no event stream"
        name = ""
        for line in response:
            text = line.decode().rstrip("\r\n")
            if text.startswith("event:"):
                name = text[6:].strip()
            elif text.startswith("data:") and name == "overview":
                events.append(json.loads(text[5:]))
            if len(events) == 2:
                return events
    return events


async def check_structure(page):
    missing = await page.evaluate(LANDMARKS)
    assert not missing, f"missing: {missing}"
    unnamed = await page.evaluate(UNNAMED)
    assert not unnamed, f"without a name: {unnamed}"
    assert await page.evaluate("document.documentElement.lang") == "en"
    show("landmarks, headings, and a name for each part")


async def check_keyboard(page):
    stops = set(await page.evaluate(FOCUSABLE))
    assert stops, "nothing to stop at"
    reached, faint = set(), set()
    await page.evaluate("document.activeElement.blur()")
    for _ in range(2 * len(stops) + 10):
        await press(page, "Tab")
        stop, is_seen = await page.evaluate(FOCUSED)
        if stop is not None:
            reached.add(stop)
            if not is_seen:
                faint.add(stop)
        if reached == stops:
            break
    assert reached == stops, f"not reached by keyboard: {await describe(page, stops - reached)}"
    assert not faint, f"focus is not seen: {await describe(page, faint)}"
    show(f"{len(stops)} stops, each reached by keyboard and seen")
    await check_controls(page)


async def describe(page, stops):
    return [await page.evaluate(f"document.querySelector('[data-stop={stop}]')?.outerHTML.slice(0, 100)") for stop in stops]


async def check_controls(page):
    await page.evaluate("document.querySelector('input[name=range]:checked').focus()")
    await press(page, "ArrowRight")
    await until(page, "document.getElementById('bridges-range').textContent === '3 hours'")
    if await page.evaluate("document.querySelector('#bridges button')?.checkVisibility() ?? false"):
        await page.evaluate("document.querySelector('#bridges button').focus()")
        await press(page, "Enter")
        await until(page, "document.querySelector('#bridges button').ariaExpanded === 'true' "
                          "&& document.querySelector('.facts').checkVisibility()")
    await page.evaluate("document.querySelector('summary').focus()")
    await press(page, "Enter")
    await until(page, "document.querySelector('details tbody tr') !== null")
    await page.evaluate("document.getElementById('events-filter').focus()")
    await press(page, " ")
    await until(page, "document.querySelector('#events [data-level=info]') === null")
    show("range, details, table and filter work by keyboard")


async def check_texts(page, is_hostile):
    markup = await page.evaluate(MARKUP)
    assert not markup, f"markup of strangers became elements: {markup}"
    longest = await page.evaluate(LONGEST_TEXT)
    assert longest <= 700, f"a text of {longest} characters"
    assert not await page.evaluate(UNPLAIN), "controls or changes of direction are shown"
    title = await page.evaluate("document.title")
    assert title.endswith("· Causeway"), f"the title is {title!r}"
    if is_hostile:
        assert await page.evaluate("document.body.innerText.includes('<img src=x onerror=')"), "markup is not shown as text"
    show(f"texts are texts, the longest of {longest} characters")


async def check_width(page):
    for size in (NARROW, WIDE):
        await resize(page, size)
        await asyncio.sleep(0.3)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0], f"{width} pixels wide on a screen of {size[0]}"
        small = await page.evaluate("""[...document.querySelectorAll('p, td, th, dd, dt, li, span')].filter((each) =>
            each.checkVisibility() && each.textContent.trim() && parseFloat(getComputedStyle(each).fontSize) < 11).length""")
        assert small == 0, f"{small} texts are smaller than 11 pixels"
    show("fits 375 and 1,440 pixels")


async def check_cost(page, seconds, is_hostile):
    began, busy = time.monotonic(), await busy_seconds(page)
    nodes = await page.evaluate("document.querySelectorAll('*').length")
    await asyncio.sleep(seconds)
    share = (await busy_seconds(page) - busy) / (time.monotonic() - began)
    grown = await page.evaluate("document.querySelectorAll('*').length") - nodes
    # Megabytes of hostile texts a second must be read, too.
    assert share < (5 * MOST_CPU if is_hostile else MOST_CPU), f"takes {share:.1%} of a core"
    assert grown < 200, f"{grown} elements more after {seconds} s"
    show(f"takes {share:.1%} of a core; {nodes} elements, {grown:+d} in {seconds} s")


async def check_hidden(browser, page):
    """Nothing but the title changes while another page is in front."""
    await page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    await asyncio.sleep(1.5)
    await page.evaluate("""window.changes = 0;
        window.observer = new MutationObserver((all) => window.changes += all.length);
        observer.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })""")
    await asyncio.sleep(2.5)
    changes = await page.evaluate("window.changes")
    await page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    await until(page, "window.changes > 0", 5)
    await page.evaluate("observer.disconnect()")
    assert changes == 0, f"{changes} changes while nobody looks"
    show("does not draw while nobody looks")


async def check_loss(page, relay):
    """Once all connections break, and once nothing comes any more though nothing breaks."""
    for lose, within in ((relay.cut, 5), (relay.stall, 15)):
        lose()
        lost = "document.body.dataset.connection === 'lost' && document.getElementById('lost').checkVisibility()"
        await until(page, lost, within)
        told = await page.evaluate("document.getElementById('lost-text').textContent")
        assert "since" in told and "Trying again" in told, f"it says {told!r}"
        await until(page, "document.getElementById('announcements').textContent.includes('lost')", 5)
        await until(page, "document.getElementById('verdict').dataset.level === 'unknown'", 5)
        if lose == relay.cut:
            first = await page.evaluate("document.getElementById('lost-text').textContent")
            await until(page, f"document.getElementById('lost-text').textContent !== {json.dumps(first)}", 5)
        relay.mend()
        await page.evaluate("document.getElementById('retry').focus()")
        await press(page, "Enter")
        await until(page, f"!({lost})", 40)
        await until(page, "document.getElementById('verdict').dataset.level !== 'unknown'")
        show(f"loss is shown, and overcome: {told}")


async def screenshot(page, path):
    height = await page.evaluate("document.documentElement.scrollHeight")
    width = await page.evaluate("innerWidth")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, 12_000), "scale": 1}
    picture = await page.command("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    path.write_bytes(base64.b64decode(picture["data"]))


async def run(arguments):
    async with Browser(chromium.find()) as browser, Relay(arguments.url.rstrip("/")) as relay:
        url = relay.url
        await check_policy(url)
        page = await browser.show(f"{url}/dashboard")
        await check_live(page, url)
        check_requests(browser, url, arguments.hostile)
        await check_structure(page)
        await check_texts(page, arguments.hostile)
        await check_width(page)
        await check_hidden(browser, page)
        await check_cost(page, arguments.seconds, arguments.hostile)
        await check_keyboard(page)
        await check_texts(page, arguments.hostile)
        violations = await page.evaluate("window.violations")
        assert not violations, f"against the policy: {violations}"
        assert not browser.problems, f"the page complains: {browser.problems}"
        show("no errors, nothing against the policy")
        # What fails from here on is meant to.
        await check_loss(page, relay)
        if arguments.screenshots:
            arguments.screenshots.mkdir(parents=True, exist_ok=True)
            for name, size, scheme in (("light", WIDE, "light"), ("dark", WIDE, "dark"), ("phone", NARROW, "light")):
                page = await browser.show(f"{url}/dashboard", size, scheme)
                await asyncio.sleep(2)
                await screenshot(page, arguments.screenshots / f"{name}.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="base URL of the server, such as http://127.0.0.1:8080")
    parser.add_argument("--hostile", action="store_true", help="its overview is full of markup")
    parser.add_argument("--seconds", type=int, default=10, help="how long the cost is measured")
    parser.add_argument("--screenshots", type=pathlib.Path, help="a directory to put pictures of the page into")
    arguments = parser.parse_args()
    if chromium.find() is None:
        print("Chromium is not installed", file=sys.stderr)
        sys.exit(3)
    asyncio.run(run(arguments))


if __name__ == "__main__":
    main()
