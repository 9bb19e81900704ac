"""Newcomers, and a book of every question they put: each must get one answer, its own, in time."""

import asyncio
import collections
import contextlib
import dataclasses
import json
import secrets
import time

import websockets

METADATA = {"nodeType": "nodejs", "capabilities": ["websocket"], "canInitiateConnections": True}
# Joining clients of the existing network wait this long.
DEADLINE = 30


@dataclasses.dataclass
class Question:
    id: str
    asker: str
    sent: float
    answers: list = dataclasses.field(default_factory=list)
    answered: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    @property
    def answer(self):
        return self.answers[0][1]

    @property
    def seconds(self):
        return self.answers[0][0] - self.sent

    @property
    def outcome(self):
        """The status of a join that got peers, or the code of an error; None before."""
        if not self.answers:
            return None
        if self.answer["success"]:
            return self.answer["data"].get("status") or ("genesis" if self.answer["data"].get("isGenesis") else "list")
        return self.answer.get("code") or "error"

    @property
    def helper(self):
        return self.answer["data"]["peers"][0]["nodeId"]

    @property
    def receipt(self):
        return self.answer["data"]["receipt"]


class Newcomer:
    """One client: a socket, and everything that came on it."""

    def __init__(self, ledger, link, node_id, metadata):
        self.ledger, self.link, self.id, self.metadata = ledger, link, node_id, metadata
        self.questions = []
        self.is_registered = False
        self.closed = asyncio.get_running_loop().create_future()
        self.pongs = asyncio.Queue()
        self.reader = asyncio.create_task(self.read())

    async def read(self):
        with contextlib.suppress(websockets.ConnectionClosed, OSError):
            async for text in self.link:
                self.heard(json.loads(text))
        self.closed.set_result(self.link.close_code)

    def heard(self, message):
        if message.get("type") == "pong":
            self.pongs.put_nowait(message)
        if message.get("type") != "response":
            return
        question = next((one for one in self.questions if one.id == message.get("requestId")), None)
        if question is None:
            self.ledger.strays.append(message)
            return
        question.answers.append((time.monotonic(), message))
        question.answered.set()

    async def put(self):
        """Puts a question, as existing clients do: before they register."""
        question = Question(f"req_{secrets.token_hex(8)}", self.id, time.monotonic())
        self.questions.append(question)
        self.ledger.questions.append(question)
        await self.link.send(json.dumps({"type": "get_peers_or_genesis", "maxPeers": 20, "nodeId": self.id,
                                         "metadata": self.metadata, "requestId": question.id}))
        if not self.is_registered:
            self.is_registered = True
            await self.link.send(json.dumps({"type": "register", "nodeId": self.id, "protocolVersion": "1.0.0",
                                             "buildId": "node_1", "metadata": self.metadata}))
        return question

    async def ask(self, deadline=DEADLINE):
        question = await self.put()
        async with asyncio.timeout(deadline):
            await question.answered.wait()
        return question

    async def ping(self):
        await self.link.send(json.dumps({"type": "ping", "nodeId": self.id, "requestId": "p", "timestamp": 1}))
        async with asyncio.timeout(5):
            return await self.pongs.get()

    async def leave(self):
        await self.link.close()
        await self.reader


class Ledger:
    """Every question of one scenario. Sockets stay open to its end, so that a second answer would be seen."""

    def __init__(self, port, tls=None):
        self.url, self.tls = f"{'wss' if tls else 'ws'}://127.0.0.1:{port}", tls
        self.questions, self.newcomers, self.strays = [], [], []

    async def newcomer(self, metadata=None):
        link = await websockets.connect(self.url, ssl=self.tls, ping_interval=None, compression=None, max_size=4 << 20,
                                        close_timeout=5, open_timeout=15, proxy=None,
                                        **({"server_hostname": "localhost"} if self.tls else {}))
        newcomer = Newcomer(self, link, secrets.token_hex(20), metadata or METADATA)
        self.newcomers.append(newcomer)
        return newcomer

    async def crowd(self, count, metadata=None):
        """So many newcomers, connected; they have not asked yet."""
        gate = asyncio.Semaphore(50)

        async def arrive():
            async with gate:
                return await self.newcomer(metadata)
        return await asyncio.gather(*(arrive() for _ in range(count)))

    async def rush(self, count, metadata=None):
        """So many newcomers put their questions at the same time; none is waited for."""
        crowd = await self.crowd(count, metadata)
        return await asyncio.gather(*(newcomer.put() for newcomer in crowd))

    async def joins(self, count, metadata=None, deadline=DEADLINE):
        return await answers_to(await self.rush(count, metadata), deadline)

    @contextlib.asynccontextmanager
    async def traffic(self, rate):
        """Newcomers keep coming at so many a second; all have their answers when this ends."""
        arrivals, ended = [], asyncio.Event()

        async def arrive():
            return await (await self.newcomer()).ask()

        async def flow():
            began, number = time.monotonic(), 0
            while not ended.is_set():
                arrivals.append(asyncio.create_task(arrive()))
                number += 1
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0, began + number / rate - time.monotonic())):
                        await ended.wait()

        task, first = asyncio.create_task(flow()), len(self.questions)
        joined = []
        try:
            yield joined
        finally:
            ended.set()
            await task
            await asyncio.gather(*arrivals)
            joined += self.questions[first:]

    async def close(self):
        await asyncio.gather(*(newcomer.leave() for newcomer in self.newcomers), return_exceptions=True)

    def check(self, deadline=DEADLINE):
        """One answer to each question, in time, and none that nobody asked for."""
        assert not self.strays, f"answers that nobody asked for: {self.strays[:2]}"
        unanswered = [one for one in self.questions if not one.answers]
        assert not unanswered, f"{len(unanswered)} of {len(self.questions)} questions without an answer"
        twice = [one for one in self.questions if len(one.answers) > 1]
        assert not twice, f"{len(twice)} questions with more than one answer"
        late = [one for one in self.questions if one.seconds > deadline]
        assert not late, f"{len(late)} answers came later than {deadline} s"


async def answers_to(questions, deadline=DEADLINE):
    async with asyncio.timeout(deadline):
        for question in questions:
            await question.answered.wait()
    return questions


def outcomes(questions):
    return dict(collections.Counter(question.outcome for question in questions))


def all_found(questions):
    assert outcomes(questions) == {"peer_found": len(questions)}, outcomes(questions)


def percentile(questions, share):
    times = sorted(question.seconds * 1000 for question in questions)
    return times[min(len(times) - 1, int(len(times) * share))]


def latency(questions):
    return f"p50 {percentile(questions, 0.5):.1f} ms, p99 {percentile(questions, 0.99):.1f} ms"
