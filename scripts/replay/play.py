"""Plays the recorded clients, and the bridges that the recorded bootstrap server dialled, to a live server."""

import asyncio
import contextlib
from collections import Counter, defaultdict

import websockets

from scenarios.bootstrap import Bootstrap
from scenarios.bridges import Bridge, StatelessEraBridge
from scenarios.stage import Stage

from .recording import Message

SECRET = "test-auth-key"
PATIENCE = 20
# What the live server must have said before anybody says what was said after it in the recording.
FIRM = ("registered", "response")


class Dialled:
    """A bridge that says what the recorded one said to the dialling bootstrap server, and notes what it hears."""

    def __init__(self, play, label):
        super().__init__(SECRET)
        self.play, self.label, self.heard = play, label, []
        self.recorded = play.era.dials[label]
        self.text = next(row.text for row in self.recorded if row.type == "auth_success")
        self.id = Message(self.text)["bridgeNodeId"]

    async def serve(self, link):
        self.opened += 1
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in link:
                message = Message(text, self.play.now)
                self.heard.append(message)
                await self.received(link, message.json)
        self.closes.append((link.close_code, link.close_reason))
        self.links.discard(link)

    def welcome(self):
        return Message(self.text).json

    async def answer(self, link, request):
        message = next(message for message in self.heard if message["requestId"] == request["requestId"])
        await self.play.asked(message, link, ("dial", self.label), f'"from":"{self.id}"')


class DialledStateless(Dialled, StatelessEraBridge):
    pass


class DialledCurrent(Dialled, Bridge):
    features = None

    async def authenticate(self, link):
        # The time that it takes existing bridges (protocol.md 3.2.1).
        await asyncio.sleep(0.06)
        await super().authenticate(link)


class Question:
    """A live `get_onboarding_peer`, and how to answer it."""

    def __init__(self, message, link, conversation, sender):
        self.message, self.link, self.conversation, self.sender = message, link, conversation, sender
        self.is_open = True

    async def answer(self, recorded):
        self.is_open = False
        text = recorded.text.replace(recorded["requestId"], self.message["requestId"])
        if recorded["from"]:
            text = text.replace(f'"from":"{recorded["from"]}"', self.sender)
        await self.link.send(text)


class Play:
    """One run of an era's recording. What the live server said ends up in `heard`, per connection of the recording."""

    def __init__(self, era, name, mode=None):
        self.era, self.name, self.mode = era, name, mode
        self.heard, self.links, self.listeners = defaultdict(list), {}, []
        self.questions, self.withheld = [], []
        self.news = asyncio.Condition()
        # Inviter and invitee, while an invitation was not accepted yet.
        self.fresh, self.count = set(), Counter()
        self.helpers_words = [row for row in era.rows if row.type == "invitation_sent"]

    @property
    def now(self):
        return asyncio.get_running_loop().time()

    async def run(self, causeway):
        kind = DialledStateless if self.era.name == "stateless" else DialledCurrent
        async with contextlib.AsyncExitStack() as stack:
            stage = await stack.enter_async_context(Stage(causeway, False, False))
            stage.environment["BRIDGE_AUTH"] = SECRET
            self.dialled = [await stack.enter_async_context(kind(self, label)) for label in sorted(self.era.dials)]
            addresses = [bridge.address for bridge in self.dialled]
            self.bootstrap = Bootstrap(stage, addresses, mode=self.mode, genesis=False)
            try:
                async with self.bootstrap:
                    await self.clients()
            except Exception:
                print(*stage.notes, sep="\n")
                raise
            # The server has ended: nothing comes any more.
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*self.listeners)
            complaints = [complaint for bridge in self.dialled for complaint in bridge.complaints]
            assert not complaints, f"{self.name}: {complaints}"

    async def clients(self):
        said = []
        for row in self.era.rows:
            if not row.is_sent:
                said.append(row)
                continue
            # Clients register 10 ms after they ask, answered or not (protocol.md 2.1).
            while said and row.type != "register":
                earlier = said.pop(0)
                await self.when(lambda: self.has_come(earlier), f"{self.name}: {earlier.text[:200]}")
            if row.connection not in self.links:
                await self.open(row.connection)
            await getattr(self, row.type, self.say)(row)
        # A second after the last inviter has heard where to dial, its helper is asked how it went.
        for newcomer in self.era.newcomers:
            helper = self.era.helper(self.era.asked_for(newcomer)[-1])
            await self.when(lambda: self.of(helper, "send_invitation_request", targetPeerId=newcomer),
                            f"{self.name}: {helper[:8]} is asked about {newcomer[:8]}")
        self.withheld += self.helpers_words

    # Listening

    def of(self, node, kind, **like):
        return [message for message in self.heard[self.era.connection_of[node]]
                if message.type == kind and all(message[key] == value for key, value in like.items())]

    def has_come(self, recorded):
        """Whether the live server said something that the recorded one said, as far as that is waited for."""
        return recorded.type not in FIRM or any(
            message.type == recorded.type and message["requestId"] == recorded["requestId"]
            for message in self.heard[recorded.connection])

    async def when(self, condition, what):
        try:
            async with asyncio.timeout(PATIENCE), self.news:
                return await self.news.wait_for(condition)
        except TimeoutError:
            raise AssertionError(f"not within {PATIENCE} s: {what}") from None

    async def open(self, connection):
        if self.era.node_of[connection] == self.era.first_peer:
            # It is told of the bridges that can be asked.
            for bridge in self.dialled:
                await self.bootstrap.becomes(bridge.address, "status", "connected")
        link = await websockets.connect(f"ws://127.0.0.1:{self.bootstrap.port}", ping_interval=None, compression=None,
                                        proxy=None)
        self.links[connection] = link
        self.listeners.append(asyncio.create_task(self.listen(connection, link)))

    async def listen(self, connection, link):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in link:
                message = Message(text, self.now)
                self.heard[connection].append(message)
                if message.type == "get_onboarding_peer":
                    await self.asked(message, link, ("client", connection), "")
                elif message.type == "send_invitation_request":
                    await self.answer_invitation_request(message, connection)
                elif message.type == "ping":
                    await link.send('{"type":"pong","requestId":"%s","timestamp":0}' % message["requestId"])
                async with self.news:
                    self.news.notify_all()

    async def asked(self, message, link, conversation, sender):
        question = Question(message, link, conversation, sender)
        self.questions.append(question)
        if self.era.name == "stateless":
            # Over the link of the question, within milliseconds; each newcomer asks once.
            await question.answer(self.era.answers[self.era.asked_for(message["newNodeId"])[0]["requestId"]])
        async with self.news:
            self.news.notify_all()

    async def answer_invitation_request(self, request, connection):
        """As the recorded helper did: it says that it is linked to the newcomer, or nothing."""
        row = next((row for row in self.helpers_words if row.connection == connection
                    and row["targetPeerId"] == request["targetPeerId"]), None)
        if row:
            self.helpers_words.remove(row)
            await self.links[connection].send(row.text.replace(row["requestId"], request["requestId"]))

    def open_question(self, newcomer):
        return next((question for question in self.questions
                     if question.is_open and question.message["newNodeId"] == newcomer), None)

    def answered(self, newcomer, ask):
        return self.of(newcomer, "response", requestId=ask)

    # Speaking: a method for each type that answers something, or that others have to wait for

    async def say(self, row):
        await self.links[row.connection].send(row.text)

    async def register(self, row):
        await self.say(row)
        await self.when(lambda: self.of(row["nodeId"], "registered"), f"{self.name}: {row['nodeId'][:8]} is registered")

    async def onboarding_peer_response(self, row):
        """Goes to whichever bridge was asked; withheld if the live server had one question less."""
        recorded = next(question for question in self.era.questions if question["requestId"] == row["requestId"])
        newcomer = recorded["newNodeId"]
        ask = self.era.asks_of(newcomer)[self.era.asked_for(newcomer).index(recorded)]
        await self.when(lambda: self.open_question(newcomer) or self.answered(newcomer, ask),
                        f"{self.name}: a bridge is asked for {newcomer[:8]}")
        question = self.open_question(newcomer)
        if question:
            await question.answer(row)
        else:
            self.withheld.append(row)

    async def send_invitation(self, row):
        """Follows the bridge's instruction, which follows the question to the bridge."""
        inviter, newcomer = row["inviterNodeId"], row["targetPeerId"]
        number = self.next("instructed", inviter, newcomer)
        ask = [ask for ask, question in zip(self.era.asks_of(newcomer), self.era.asked_for(newcomer))
               if self.era.helper(question) == inviter][number]
        await self.when(lambda: self.open_question(newcomer) or self.answered(newcomer, ask),
                        f"{self.name}: a bridge is asked to have {newcomer[:8]} invited")
        await self.say(row)
        self.fresh.add((inviter, newcomer))
        await self.when(lambda: self.of(inviter, "response", requestId=row["requestId"]),
                        f"{self.name}: the answer to {row.text[:200]}")

    async def invitation_accepted(self, row):
        invitee, inviter = row["fromPeer"], row["toPeer"]
        number = self.next("accepted", inviter, invitee)
        recorded = [other for other in self.era.rows if other.connection == row.connection
                    and other.type == "invitation_received" and other["fromPeer"] == inviter][number]
        token = recorded.raw("invitationToken")
        await self.when(lambda: any(message.raw("invitationToken") == token
                                    for message in self.of(invitee, "invitation_received")),
                        f"{self.name}: {invitee[:8]} is invited with {token}")
        told = len(self.of(invitee, "websocket_peer_metadata", fromPeer=inviter))
        await self.say(row)
        if (inviter, invitee) in self.fresh:
            self.fresh.remove((inviter, invitee))
            await self.when(
                lambda: len(self.of(invitee, "websocket_peer_metadata", fromPeer=inviter)) > told,
                f"{self.name}: {invitee[:8]} hears where {inviter[:8]} is")

    def next(self, *what):
        self.count[what] += 1
        return self.count[what] - 1
