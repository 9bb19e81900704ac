#!/usr/bin/env python3
"""Pages in a headless Chromium join as browser peers: they prove their P-256 keys, are introduced to a helper and link
to it, and call each other over WebRTC through the bootstrap server's signalling. Then one is reloaded, and opened a
second time, and takes its id along; another browser that tries to take that id must not get it.

The pages are browser/page.html. Exit code 3: Chromium is not installed."""

import argparse
import asyncio
import contextlib
import functools
import http.server
import json
import pathlib
import signal
import sys
import tempfile
import threading
import time

import chromium
from network import Network

PAGES = pathlib.Path(__file__).resolve().parent / "browser"
DEADLINE = 180


class Steps:
    """What has been shown to work, and how many milliseconds after its part of the story began."""

    def __init__(self):
        self.passed = 0
        self.begin()

    def begin(self):
        self.began = time.monotonic()

    def show(self, text, milliseconds=None):
        if milliseconds is None:
            milliseconds = (time.monotonic() - self.began) * 1000
        self.passed += 1
        print(f"{milliseconds:7.0f} ms  {text}", flush=True)


@contextlib.contextmanager
def served(directory):
    """Serves a directory. A page from elsewhere, a file for instance, has no WebCrypto and may not dial 127.0.0.1."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=directory))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Actor:
    """A page and the browser peer in it."""

    def __init__(self, page, name):
        self.page, self.name, self.id = page, name, None

    async def enter(self, bootstrap, identity="Identity.own()"):
        """Starts the peer, and its first connection; answers the id of its first request."""
        await self.page.evaluate(f"(async () => {{ window.peer = new Peer(await {identity}) }})()")
        self.id = await self.page.evaluate("peer.id")
        return await self.page.call("peer.join", bootstrap)

    async def call(self, function, *arguments):
        return await self.page.call(f"peer.{function}", *arguments)

    async def hear(self, types, **like):
        """The next message from the bootstrap server of a type, or of several, that has these members."""
        return await self.call("heard.take", types, like)


class Story:
    def __init__(self, browser, site, bootstrap, steps):
        self.browser, self.page, self.bootstrap, self.steps = browser, f"{site}/page.html", bootstrap, steps

    async def run(self):
        first = Actor(await self.browser.open(self.page), "page 1")
        second = Actor(await self.browser.open(self.page), "page 2")
        await self.join(first)
        await self.join(second)
        assert first.id != second.id
        await self.connect(first, second)
        await self.start_together(first, second)

        await first.page.reload()
        again = Actor(first.page, "page 1, reloaded,")
        await self.come_back(again, first.id, second)
        tab = Actor(await self.browser.open(self.page, beside=first.page), "another tab of page 1")
        await self.come_back(tab, first.id, second)
        await again.call("done.take", "closed")
        self.steps.show("page 1 has lost its socket to it")

        await self.impersonate(tab, second)
        # Introduced so lately, it may have to ask a second time, after ten seconds.
        await self.link(tab)

    async def join(self, actor):
        """From the first message to a DHT link that answers."""
        helper = await self.register(actor)

        invitation = await actor.hear("invitation_received")
        assert invitation["fromPeer"] == helper and invitation["invitationToken"]["invitee"] == actor.id, invitation
        self.steps.show(f"{actor.name} is invited by it", invitation["at"])

        introduction = await actor.hear("websocket_peer_metadata")
        metadata = introduction["fromPeerMetadata"]
        assert introduction["fromPeer"] == helper and metadata["nodeType"] == "nodejs", introduction
        assert "bridgeAuthToken" not in metadata, metadata
        self.steps.show(f"{actor.name} is introduced to it, a Node peer", introduction["at"])

        linked = await self.link(actor)
        assert linked == helper, f"linked to {linked}, not to {helper}"

    async def register(self, actor):
        """Up to the name of a helper, which it answers."""
        self.steps.begin()
        request = await actor.enter(self.bootstrap)
        registered = await actor.hear("registered")
        assert registered["nodeId"] == actor.id, registered
        self.steps.show(f"{actor.name} is registered", registered["at"])

        proved = await actor.hear(["auth_success", "auth_failure"])
        assert proved["type"] == "auth_success" and proved["nodeId"] == actor.id, proved
        assert await actor.call("heard.count", "auth_challenge") == 1
        self.steps.show(f"{actor.name} has proved its key", proved["at"])

        answer = await actor.hear("response", requestId=request)
        assert answer["success"], answer
        data = answer["data"]
        assert data["status"] == "peer_found" and data["isGenesis"] is False and data["membershipToken"], data
        helper = data["peers"][0]["nodeId"]
        self.steps.show(f"{actor.name} is led to helper {helper[:8]}", answer["at"])
        return helper

    async def link(self, actor):
        """Waits for a DHT link; answers to whom."""
        linked = await actor.call("done.take", ["linked", "not linked"])
        assert linked["type"] == "linked" and linked["other"] == linked["named"], linked
        other = linked["other"]
        pong = await actor.call(f"links.get({other!r}).ping")
        assert pong["from"] == other, pong
        self.steps.show(f"{actor.name} is linked to {other[:8]}, and the link answers", linked["at"])
        return other

    async def connect(self, first, second):
        """The first invites the second; both are browsers, so they are told to connect by WebRTC."""
        self.steps.begin()
        response = await first.call("invite", second.id)
        assert response["success"], response
        invitation = await second.hear("invitation_received", fromPeer=first.id)
        assert invitation["invitationToken"]["inviter"] == first.id, invitation
        self.steps.show(f"{second.name} is invited by {first.name}")

        start = await first.hear("webrtc_start_offer", targetPeer=second.id)
        expect = await second.hear("webrtc_expect_offer", fromPeer=first.id)
        assert start["invitationId"] == expect["invitationId"], (start, expect)
        self.steps.show(f"{first.name} is told to offer a connection, {second.name} to expect it")

        offer = await second.hear("signal", fromPeer=first.id)
        answer = await first.hear("signal", fromPeer=second.id)
        assert (offer["signal"]["type"], answer["signal"]["type"]) == ("offer", "answer"), (offer, answer)
        assert (offer["toPeer"], answer["toPeer"]) == (second.id, first.id), (offer, answer)
        self.steps.show("the offer and the answer have come through")

        for actor, other in (first, second), (second, first):
            await actor.call(f"calls.get({other.id!r}).heard.take", "open")
        self.steps.show("the data channel is open on both sides")

        for speaker, listener in (first, second), (second, first):
            await speaker.call(f"calls.get({listener.id!r}).say", f"I am {speaker.id}")
            heard = await listener.call(f"calls.get({speaker.id!r}).heard.take", "text")
            assert heard["text"] == f"I am {speaker.id}", heard
        self.steps.show("it carries a message each way")

    async def start_together(self, first, second):
        """Both want to start connecting at the same moment, and the server names it."""
        self.steps.begin()
        session = f"ice-{int(time.time() * 1000)}-browser"
        await first.call("coordinate", second.id, session)
        pending = await first.hear(["ice_coordinate_pending", "ice_coordinate_error"])
        assert pending["type"] == "ice_coordinate_pending" and pending["sessionId"] == session, pending
        before = time.time()
        await second.call("coordinate", first.id, f"{session}-2")
        starts = [await actor.hear("ice_start") for actor in (first, second)]
        assert [start["peer"] for start in starts] == [second.id, first.id], starts
        assert {start["sessionId"] for start in starts} == {session}, starts
        moment = starts[0]["timestamp"]
        assert isinstance(moment, int) and moment == starts[1]["timestamp"], starts
        # Named while both were waiting for it, and so little ahead that both hear of it in time.
        assert before < moment / 1000 < time.time() + 1, (before, starts)
        assert all(start["peerProfile"]["browser"] == "chromium" for start in starts), starts
        self.steps.show("both are told to start at the same moment")

    async def come_back(self, actor, expected, other):
        """The same key again: the id is this page's, and so is what is sent to it."""
        await self.register(actor)
        assert actor.id == expected, f"{actor.id} is not {expected}"
        await self.signal(other, actor)
        self.steps.show(f"{actor.name} hears what is sent to its id")

    async def signal(self, speaker, listener):
        """A signal for an id reaches the page that holds it."""
        text = f"still you? {time.monotonic()}"
        response = await speaker.call("signal", listener.id, {"type": "note", "text": text})
        assert response["success"], response
        while (await listener.hear("signal", fromPeer=speaker.id))["signal"].get("text") != text:
            pass

    async def impersonate(self, holder, other):
        """Other browsers say they are page 1: with a key of their own, with the public key of page 1, and with none."""
        public_key = await holder.page.evaluate("Identity.own().then((own) => own.publicKey)")
        claims = {
            "a key of its own": {},
            "page 1's public key": {"publicKey": public_key},
            "no key": {"publicKey": None},
        }
        for name, claim in claims.items():
            self.steps.begin()
            impostor = Actor(await self.browser.open(self.page), f"a page with {name}")
            claim = json.dumps({"id": holder.id} | claim)
            await impostor.enter(self.bootstrap, f"Identity.own().then((own) => own.posing({claim}))")
            assert impostor.id == holder.id
            refusal = await impostor.hear(["auth_failure", "error", "auth_success"])
            is_refused = refusal["type"] == "auth_failure" and refusal["reason"] or refusal.get("code") == "id_in_use"
            assert is_refused, refusal
            await self.signal(other, holder)
            assert await impostor.call("heard.count", "signal") == 0, "the impostor hears page 1's signals"
            assert await holder.call("done.count", "closed") == 0, "page 1 has lost its socket"
            self.steps.show(f"{impostor.name} is not taken for page 1, which goes on hearing")


async def drive(program, site, bootstrap, steps):
    async with asyncio.timeout(DEADLINE), chromium.Chromium(program) as browser:
        steps.show("Chromium is up")
        await Story(browser, site, bootstrap, steps).run()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--causeway", required=True, help="path of the built program")
    arguments = parser.parse_args()
    program = chromium.find()
    if program is None:
        advice = "apt-get install --no-install-recommends chromium"
        print(f"browser: Chromium is not installed (Debian: {advice})", file=sys.stderr)
        return 3
    # Whoever ends this must end what it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    steps = Steps()
    with tempfile.TemporaryDirectory() as state, served(PAGES) as site, Network(arguments.causeway, state) as network:
        swarm = network.swarm(4, "--for", f"{3 * DEADLINE}s")
        try:
            network.wait_for("/health", lambda body: body["peers"] >= 4)
            steps.show("a network of four peers is up")
            steps.begin()
            asyncio.run(drive(program, site, f"ws://127.0.0.1:{network.port}", steps))
        except (AssertionError, TimeoutError) as failure:
            print(f"browser: step {steps.passed + 1} failed: {failure or type(failure).__name__}", file=sys.stderr)
            return 1
        finally:
            swarm.terminate()
            swarm.wait(timeout=15)
    print(f"browser: {steps.passed} steps passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
