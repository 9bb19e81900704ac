#!/usr/bin/env python3
"""Plays the client sides of recorded conversations of the existing network against `causeway bootstrap`, and compares every
answer with the recorded one.

Clients say what they said then, byte for byte, when what they react to has come: a bridge answers questions, a helper invites when
its bridge named it, a newcomer accepts. Only ids that the server made are replaced. What the server says must be what was recorded,
but for ids, times and texts for people; where it is not, that is intended and stands in DEVIATIONS with its reason."""

import argparse
import asyncio
import collections
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import websockets
from network import DEADLINE, Network, free_port

RECORDINGS = pathlib.Path(__file__).resolve().parent.parent.parent / "shared" / "wire"
SECRET = "test-auth-key"
ERAS = ("current", "stateless")
BRIDGES, GENESIS, NEWCOMERS = (1, 2), 3, (4, 5, 6, 7, 8)
# For people, clocks, or made anew by every server.
FREE = {"message", "timestamp", "invitationId"}

# (era, message, what differs): why ours is better. Every entry must be needed.
DEVIATIONS = {
    ("*", "response", "data.receipt added"):
        "how the join went, for whoever measures (additive, design.md)",
    ("*", "response", "data.peers[].metadata.membershipToken missing"):
        "tokens of others are nobody's business (protocol.md 8, S19)",
    ("*", "response", "data.peers[].metadata.listeningAddress missing"):
        "a client would dial its helper by itself, a second later and twice, and lose both links (protocol.md 2.2, 4.7)",
    ("*", "response", "data.peers[].metadata.publicWssAddress missing"):
        "the same; the invitation brings the addresses",
    ("*", "websocket_peer_metadata", "fromPeerMetadata.membershipToken missing"): "S19",
    ("*", "websocket_peer_metadata", "targetPeerMetadata.membershipToken missing"): "S19",
    ("*", "bridge_invitation_request", "bridgeNodeInfo.listeningAddress changed"):
        "the bridge's own address, instead of a wrong constant (protocol.md 2.7)",
    ("current", "bridge_invitation_request", "fewer"):
        "on its own client link an invitation ends a current bridge's process, so nobody is asked for one (protocol.md 3.6)",
    ("*", "response", "data.peers[].metadata.capabilities changed"):
        "of a bridge only what all bridges can; whether it relays, it says itself",
    ("*", "get_onboarding_peer", "newNodeMetadata.membershipToken missing"): "S19",
    ("current", "get_onboarding_peer", "fewer"):
        "one question for each newcomer at a time; its answer goes to all of its requests (protocol.md 2.6, REC)",
    ("current", "response", "the answer to another of its requests"): "the same",
    ("current", "invitation_received", "fewer"): "the same: one question, one invitation",
    ("current", "websocket_peer_metadata", "fewer"): "the same",
    ("*", "send_invitation_request", "fewer"):
        "only a helper that did not invite is reminded, and one that did is asked how it went (protocol.md 2.7)",
}


class Recording:
    def __init__(self, era):
        self.era = era
        self.frames = collections.defaultdict(list)
        for line in (RECORDINGS / f"{era}-bootstrap.jsonl").read_text().splitlines():
            raw = line[line.index('"msg":') + 6:-1] if '"msg":' in line else None
            frame = json.loads(line)
            if frame["dir"] in ("c>s", "s>c"):
                self.frames[frame["conn"]].append((frame["dir"], frame["msg"], raw))

    def said(self, conn, kind=None):
        """What the client said, as text and as object."""
        return [(raw, message) for way, message, raw in self.frames[conn]
                if way == "c>s" and kind in (None, message["type"])]

    def heard(self, conn, kind=None):
        return [message for way, message, _ in self.frames[conn] if way == "s>c" and kind in (None, message["type"])]

    def node(self, conn):
        return self.said(conn, "register")[0][1]["nodeId"]

    def onboarding_answers(self):
        """By newcomer, in the order in which they were given."""
        answers = collections.defaultdict(list)
        if self.era == "current":
            newcomers = {question["requestId"]: question["newNodeId"]
                         for conn in BRIDGES for question in self.heard(conn, "get_onboarding_peer")}
            for conn in BRIDGES:
                for raw, answer in self.said(conn, "onboarding_peer_response"):
                    answers[newcomers[answer["requestId"]]].append((raw, answer))
        else:
            newcomers = {}
            for line in (RECORDINGS / "stateless-bridge.jsonl").read_text().splitlines():
                frame = json.loads(line)
                message = frame.get("msg") or {}
                if message.get("type") == "get_onboarding_peer":
                    newcomers[message["requestId"]] = message["newNodeId"]
                elif message.get("type") == "onboarding_peer_response":
                    raw = line[line.index('"msg":') + 6:-1]
                    answers[newcomers[message["requestId"]]].append((raw, message))
        return answers


class Client:
    """One recorded connection, live."""

    def __init__(self, replay, conn):
        self.replay, self.conn, self.node = replay, conn, replay.recording.node(conn)
        self.heard, self.arrived = [], asyncio.Event()

    async def open(self, url):
        self.socket = await websockets.connect(url, max_size=1 << 20)
        self.task = asyncio.create_task(self.read())

    async def read(self):
        try:
            async for raw in self.socket:
                message = json.loads(raw)
                self.heard.append((message, raw))
                self.arrived.set()
                await self.replay.react(self, message)
        except websockets.ConnectionClosed:
            pass

    async def say(self, raw, **replaced):
        for key, (old, new) in replaced.items():
            raw = raw.replace(f'"{key}":{json.dumps(old)}', f'"{key}":{json.dumps(new)}', 1)
        await self.socket.send(raw)

    def got(self, kind):
        return [message for message, _ in self.heard if message["type"] == kind]

    async def wait(self, what, condition):
        try:
            async with asyncio.timeout(DEADLINE):
                while not condition():
                    self.arrived.clear()
                    await self.arrived.wait()
        except TimeoutError:
            kinds = [message["type"] for message, _ in self.heard]
            raise SystemExit(f"{self.replay.recording.era} connection {self.conn}: no {what}; heard {kinds}") from None


class Replay:
    def __init__(self, recording):
        self.recording = recording
        self.answers = recording.onboarding_answers()
        self.given = collections.defaultdict(list)
        self.asked = []
        self.clients = {}
        self.by_node = {}
        self.unsaid = {conn: {kind: list(recording.said(conn, kind)) for kind in
                              ("send_invitation", "invitation_accepted", "invitation_sent")}
                       for conn in (GENESIS, *NEWCOMERS)}

    async def client(self, conn, url):
        client = self.clients[conn] = Client(self, conn)
        self.by_node[client.node] = client
        await client.open(url)
        return client

    async def play(self, url):
        for conn in BRIDGES:
            bridge = await self.client(conn, url)
            await self.introduce(bridge)
        genesis = await self.client(GENESIS, url)
        await self.introduce(genesis)
        for conn in NEWCOMERS:
            newcomer = await self.client(conn, url)
            questions = self.recording.said(conn, "get_peers_or_genesis")
            await self.introduce(newcomer)
            accepted = 1
            await self.until_introduced(newcomer, accepted)
            # Clients of the current era ask twice within a millisecond (protocol.md 2.2).
            rest = questions[1:]
            while rest:
                batch, rest = rest[:2], rest[2:]
                for raw, _ in batch:
                    await newcomer.say(raw)
                for _, question in batch:
                    await self.answered(newcomer, question)
                accepted += 1
                await self.until_introduced(newcomer, accepted)
        # The inviter hears two seconds after the invitee.
        for client in self.clients.values():
            invited = {other.node for other in self.clients.values() for message in other.got("invitation_received")
                       if message["fromPeer"] == client.node}
            await client.wait("introduction of whom it invited", lambda: invited <= {
                message.get("targetPeer") for message in client.got("websocket_peer_metadata")})

    async def introduce(self, client):
        """As every client does: the first question, and 10 ms later the registration."""
        (question_raw, question), = self.recording.said(client.conn, "get_peers_or_genesis")[:1]
        (register, _), = self.recording.said(client.conn, "register")
        await client.say(question_raw)
        await client.say(register)
        await client.wait("registered", lambda: client.got("registered"))
        await self.answered(client, question)

    async def answered(self, client, question):
        await client.wait(f"answer to {question['requestId']}", lambda: [
            message for message in client.got("response") if message["requestId"] == question["requestId"]])

    async def until_introduced(self, newcomer, count):
        await newcomer.wait("websocket_peer_metadata", lambda: len(
            [message for message in newcomer.got("websocket_peer_metadata") if "fromPeer" in message]) >= count)

    async def react(self, client, message):
        match message["type"]:
            case "get_onboarding_peer":
                await self.onboard(message, client.say)
            case "invitation_received":
                await self.accept(client, message)
            case "send_invitation_request" if self.unsaid.get(client.conn, {}).get("invitation_sent"):
                raw, recorded = self.unsaid[client.conn]["invitation_sent"].pop(0)
                await client.say(raw, requestId=(recorded["requestId"], message["requestId"]),
                                 targetPeerId=(recorded["targetPeerId"], message["targetPeerId"]))
            case "ping":
                await client.socket.send(json.dumps({"type": "pong", "requestId": message["requestId"], "timestamp": 1}))

    async def onboard(self, question, say):
        """A bridge answers as it did, and its helper invites."""
        self.asked.append(question)
        newcomer = question["newNodeId"]
        recorded = self.answers[newcomer]
        raw, answer = recorded[min(len(self.given[newcomer]), len(recorded) - 1)]
        self.given[newcomer].append(answer)
        await say(raw, requestId=(answer["requestId"], question["requestId"]))
        helper = self.by_node[answer["data"]["inviterPeerId"]]
        invitations = self.unsaid[helper.conn]["send_invitation"]
        raw, invitation = next(pair for pair in self.recording.said(helper.conn, "send_invitation")
                               if pair[1]["targetPeerId"] == newcomer and pair in invitations)
        invitations.remove((raw, invitation))
        await helper.say(raw)

    async def accept(self, client, message):
        unsaid = self.unsaid[client.conn]["invitation_accepted"]
        raw, acceptance = next(pair for pair in unsaid if pair[1]["toPeer"] == message["fromPeer"])
        unsaid.remove((raw, acceptance))
        await client.say(raw)


class Comparison:
    def __init__(self, replay):
        self.replay, self.recording = replay, replay.recording
        self.rows, self.found = [], collections.Counter()

    def differ(self, kind, what):
        self.found[(kind, what)] += 1

    def compare(self, kind, recorded, live, path=""):
        if isinstance(recorded, dict) and isinstance(live, dict):
            for key in recorded.keys() | live.keys():
                place = f"{path}.{key}" if path else key
                if key in FREE and not path.endswith("Token"):
                    continue
                if key not in live:
                    self.differ(kind, f"{place} missing")
                elif key not in recorded:
                    self.differ(kind, f"{place} added")
                else:
                    self.compare(kind, recorded[key], live[key], place)
        elif isinstance(recorded, list) and isinstance(live, list) and recorded and isinstance(recorded[0], dict):
            if len(recorded) != len(live):
                self.differ(kind, f"{path} changed")
            order = lambda entry: entry.get("nodeId", "")
            for one, other in zip(sorted(recorded, key=order), sorted(live, key=order)):
                self.compare(kind, one, other, f"{path}[]")
        elif recorded != live:
            self.differ(kind, f"{path} changed")

    def run(self):
        for conn, client in self.replay.clients.items():
            self.connection(conn, client)
        self.questions()
        return self.found

    def connection(self, conn, client):
        recorded = collections.Counter(message["type"] for message in self.recording.heard(conn))
        live = collections.Counter(message["type"] for message, _ in client.heard)
        for kind in recorded.keys() | live.keys():
            if kind in ("get_onboarding_peer", "response"):
                continue
            if live[kind] > recorded[kind]:
                self.differ(kind, "more")
            elif live[kind] < recorded[kind]:
                self.differ(kind, "fewer")
        self.compare("registered", self.recording.heard(conn, "registered")[0], client.got("registered")[0])
        self.responses(conn, client)
        self.pairwise(conn, client, "bridge_invitation_request", lambda message: message["targetPeerId"])
        self.pairwise(conn, client, "websocket_peer_metadata",
                      lambda message: message.get("targetPeer") or message.get("fromPeer"))
        self.pairwise(conn, client, "send_invitation_request", lambda message: message["targetPeerId"], {"requestId"})
        for message, raw in client.heard:
            if message["type"] == "invitation_received":
                self.invitation(message, raw)

    def responses(self, conn, client):
        live = {message["requestId"]: message for message in client.got("response")}
        answers = {message["requestId"]: message for message in self.recording.heard(conn, "response")}
        for _, said in self.recording.said(conn):
            request = said.get("requestId")
            if request not in answers or said["type"] not in ("get_peers_or_genesis", "send_invitation"):
                continue
            if said["type"] == "send_invitation" and request not in live:
                continue  # It was not sent: its newcomer was invited once.
            if request not in live:
                if conn not in BRIDGES:
                    self.differ("response", "missing")
                continue
            one, other = answers[request], live[request]
            peers = one.get("data", {}).get("peers") or [{}]
            if said["type"] == "get_peers_or_genesis" and conn in NEWCOMERS \
                    and peers[0].get("nodeId") != other["data"]["peers"][0]["nodeId"]:
                # Two of its requests had one question; another answer of the recorded ones holds.
                self.differ("response", "the answer to another of its requests")
                one = next(answer for answer in answers.values()
                           if answer["data"].get("peers", [{}])[0].get("nodeId") == other["data"]["peers"][0]["nodeId"])
            one, other = dict(one, requestId=""), dict(other, requestId="")
            for answer in (one, other):
                # A token is compared as it is written.
                token = answer.get("data", {}).get("membershipToken")
                if token is not None:
                    answer["data"] = dict(answer["data"], membershipToken=list(token))
            self.compare("response", one, other)

    def pairwise(self, conn, client, kind, key, ignored=frozenset()):
        recorded = collections.defaultdict(list)
        for message in self.recording.heard(conn, kind):
            recorded[key(message)].append(message)
        for message in client.got(kind):
            if not recorded[key(message)]:
                self.differ(kind, "nothing like it was recorded")
                continue
            one, other = ({name: value for name, value in each.items() if name not in ignored}
                          for each in (recorded[key(message)][0], message))
            self.compare(kind, one, other)

    def invitation(self, message, raw):
        """The token arrives in the very bytes that the helper sent."""
        inviter = self.replay.by_node[message["fromPeer"]]
        token = re.search(r'"invitationToken":(\{[^{}]*\})', raw).group(1)
        if not any(token in sent for sent, _ in self.recording.said(inviter.conn, "send_invitation")):
            self.differ("invitation_received", "invitationToken in other bytes")
        keys = {key for recorded in self.recording.heard(self.replay.by_node[message["invitationToken"]["invitee"]].conn,
                                                        "invitation_received") for key in recorded}
        for key in keys ^ set(message):
            self.differ("invitation_received", f"{key} {'missing' if key in keys else 'added'}")

    def questions(self):
        if self.recording.era == "current":
            recorded = [question for conn in BRIDGES for question in self.recording.heard(conn, "get_onboarding_peer")]
        else:
            recorded = [json.loads(line)["msg"]
                        for line in (RECORDINGS / "stateless-bridge.jsonl").read_text().splitlines()
                        if '"get_onboarding_peer"' in line]
        if len(self.replay.asked) < len(recorded):
            self.differ("get_onboarding_peer", "fewer")
        elif len(self.replay.asked) > len(recorded):
            self.differ("get_onboarding_peer", "more")
        for question in self.replay.asked:
            like = next(other for other in recorded if other["newNodeId"] == question["newNodeId"])
            self.compare("get_onboarding_peer", dict(like, requestId=""), dict(question, requestId=""))


class DialledBridge:
    """A bridge of the stateless era: it answers on the connection that the bootstrap server dialled."""

    def __init__(self, replay, conn):
        self.replay, self.conn = replay, conn
        metadata = replay.recording.said(conn, "register")[0][1]["metadata"]
        self.welcome = {"type": "auth_success", "bridgeNodeId": replay.recording.node(conn),
                        "listeningAddress": metadata["listeningAddress"], "publicWssAddress": metadata["publicWssAddress"],
                        "from": replay.recording.node(conn), "timestamp": 1}

    async def serve(self, socket):
        async def say(raw, requestId):
            old, new = requestId
            await socket.send(raw.replace(f'"requestId":{json.dumps(old)}', f'"requestId":{json.dumps(new)}', 1))

        async for raw in socket:
            message = json.loads(raw)
            if message["type"] == "bootstrap_auth":
                assert message["auth_token"] == SECRET
                # Before the answer, as recorded (protocol.md 3.2.1).
                await socket.send(json.dumps({"type": "ping", "requestId": "req_1_a", "timestamp": 1, "from": "x"}))
                await socket.send(json.dumps(self.welcome))
            elif message["type"] == "get_onboarding_peer":
                await self.replay.onboard(message, say)


async def replay(causeway, era, state):
    recording = Recording(era)
    played = Replay(recording)
    port, servers, arguments = free_port(), [], []
    if era == "stateless":
        for conn in BRIDGES:
            server = await websockets.serve(DialledBridge(played, conn).serve, "127.0.0.1", 0)
            servers.append(server)
            arguments += ["--bridge", f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"]
    else:
        arguments += ["--bridge", "none"]
    process = subprocess.Popen(
        [causeway, "bootstrap", "--host", "127.0.0.1", "--port", str(port), "--create-new-dht", "--open-network",
         "--state-dir", state, *arguments],
        env=dict(os.environ, BRIDGE_AUTH=SECRET, LOG_LEVEL="error"), stdout=subprocess.DEVNULL)
    try:
        await listening(port, process, len(servers))
        await played.play(f"ws://127.0.0.1:{port}/ws")
        return played, Comparison(played).run()
    finally:
        process.send_signal(signal.SIGTERM)
        for client in played.clients.values():
            await client.socket.close()
        for server in servers:
            server.close()
        process.wait(timeout=15)


async def listening(port, process, bridges):
    network = Network.__new__(Network)
    network.port = port
    async with asyncio.timeout(DEADLINE):
        while (health := network.get("/bridge-health")) is None or health["bridgeAvailability"]["available"] < bridges:
            assert process.poll() is None, "the server ended"
            await asyncio.sleep(0.05)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--causeway", required=True)
    parser.add_argument("--list", action="store_true", help="print the intended deviations as a Markdown table")
    options = parser.parse_args()
    if options.list:
        print("| era | message | what differs | why |\n|---|---|---|---|")
        for (era, kind, what), reason in DEVIATIONS.items():
            print(f"| {'both' if era == '*' else era} | `{kind}` | {what} | {reason} |")
        return 0
    if not RECORDINGS.is_dir():
        print("skipped: the recordings are not here")
        return 0
    unused, failures, deviations, conversations = set(DEVIATIONS), 0, 0, 0
    for era in ERAS:
        with tempfile.TemporaryDirectory() as state:
            played, found = asyncio.run(replay(options.causeway, era, state))
        conversations += len(played.clients)
        for (kind, what), count in sorted(found.items()):
            entry = next((key for key in ((era, kind, what), ("*", kind, what)) if key in DEVIATIONS), None)
            unused.discard(entry)
            deviations += entry is not None
            failures += entry is None
            print(f"{era:10} {kind:26} {what:52} {count:3}x  {DEVIATIONS[entry] if entry else 'NOT INTENDED'}")
    for entry in sorted(unused):
        print("no longer so:", *entry)
    failures += len(unused)
    print(f"{conversations} replayed conversations, {deviations} deviations (all intended), {failures} failed"
          if not failures else f"{conversations} replayed conversations, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
