"""Bootstraps' side of a link: requests, and a book of their answers."""

import asyncio
import collections
import dataclasses
import itertools
import json
import time

from .conversation import Conversation, new_id

# As ours announce them.
ALL_FEATURES = ["deadline", "cancel", "load", "outcome", "keys", "clients"]
NEWCOMER = {"nodeType": "nodejs", "capabilities": ["websocket"], "canInitiateConnections": True}


@dataclasses.dataclass
class Request:
    """One newcomer's request, and every answer that came to it."""
    id: str
    newcomer: str
    sent: float
    # As the bridge's clock has it, which is ours: when it was written, in ms.
    written: float
    answers: list = dataclasses.field(default_factory=list)
    answered: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    @property
    def answer(self):
        return self.answers[0][1]

    @property
    def seconds(self):
        return self.answers[0][0] - self.sent

    @property
    def milliseconds_at_bridge(self):
        """From writing it to the bridge's answer, by the time in the answer: without what this end needs to read it."""
        return self.answer["timestamp"] - self.written

    @property
    def outcome(self):
        """`helped`, or why not; None without an answer."""
        if not self.answers:
            return None
        return "helped" if self.answer["success"] else self.answer.get("code") or "error"

    @property
    def helper(self):
        return self.answer["data"]["inviterPeerId"] if self.outcome == "helped" else None


class Link(Conversation):
    numbers = itertools.count()

    def __init__(self, node, socket, features=None):
        super().__init__(node, socket)
        self.features, self.welcome = features, None
        self.book, self.strays = {}, []

    async def authenticate(self, name=None, secret=None):
        await self.say("bootstrap_auth", auth_token=secret or self.node.stage.secret,
                       bootstrapServer=name or "connection-pool",
                       **({"features": self.features} if self.features is not None else {}))
        self.welcome = await self.expect("auth_success")
        return self

    async def received(self, message):
        if message["type"] == "ping":
            await self.say("pong", requestId=message["requestId"], timestamp=message["timestamp"])
        elif message["type"] == "onboarding_peer_response":
            request = self.book.get(message["requestId"])
            if request is None:
                self.strays.append(message)
            else:
                request.answers.append((time.monotonic(), message))
                request.answered.set()
        else:
            return False
        return True

    # Requests

    def prepare(self, newcomer=None, metadata=None, **members):
        """A request in the book, and its text: (request, text)."""
        request = Request(f"onboarding_{next(self.numbers)}_{id(self):x}", newcomer or new_id(), time.monotonic(),
                          time.time() * 1000)
        self.book[request.id] = request
        text = json.dumps({"type": "get_onboarding_peer", "requestId": request.id, "newNodeId": request.newcomer,
                           "newNodeMetadata": NEWCOMER if metadata is None else metadata} | members)
        return request, text

    def put(self, count, metadata=None, **members):
        """So many requests, written at once."""
        prepared = [self.prepare(metadata=metadata, **members) for _ in range(count)]
        began, written = time.monotonic(), time.time() * 1000
        for request, _ in prepared:
            request.sent, request.written = began, written
        self.write(text for _, text in prepared)
        return [request for request, _ in prepared]

    async def ask(self, newcomer=None, metadata=None, seconds=10, **members):
        request, text = self.prepare(newcomer, metadata, **members)
        await self.socket.send(text)
        await answers_to([request], seconds)
        return request

    async def ask_each(self, count, every=0, **members):
        """One after the other."""
        requests = []
        for _ in range(count):
            requests.append(await self.ask(**members))
            await asyncio.sleep(every)
        return requests

    async def ping(self, seconds=5):
        """How long a pong took."""
        request, began = f"ping_{next(self.numbers)}", time.monotonic()
        await self.say("ping", requestId=request, timestamp=1)
        self.load = (await self.expect("pong", seconds, requestId=request)).get("load")
        return time.monotonic() - began

    def check(self, may_be_unanswered=()):
        """Each request has one answer, and none came that nobody asked for."""
        assert not self.strays, f"answers that nobody asked for: {self.strays[:2]}"
        requests = [request for request in self.book.values() if request not in may_be_unanswered]
        missing = [request.id for request in requests if not request.answers]
        assert not missing, f"{len(missing)} of {len(requests)} requests without an answer: {missing[:3]}"
        twice = [request.id for request in requests if len(request.answers) > 1]
        assert not twice, f"{len(twice)} requests with more than one answer: {twice[:3]}"


async def answers_to(requests, seconds=30):
    try:
        async with asyncio.timeout(seconds):
            for request in requests:
                await request.answered.wait()
    except TimeoutError:
        missing = sum(not request.answers for request in requests)
        raise AssertionError(f"{missing} of {len(requests)} requests without an answer after {seconds} s") from None
    return requests


def outcomes(requests):
    return dict(collections.Counter(request.outcome for request in requests))


def all_helped(requests):
    assert outcomes(requests) == {"helped": len(requests)}, outcomes(requests)


def shares(requests):
    """How often each helper was named."""
    return collections.Counter(request.helper for request in requests if request.helper)
