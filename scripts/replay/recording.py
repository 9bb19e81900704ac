"""The recordings, and JSON as it is written: what is forwarded must keep its key order and its number text."""

import json
import pathlib
from dataclasses import dataclass
from functools import cached_property

WIRE = pathlib.Path(__file__).resolve().parents[3] / "shared" / "wire"
DECODER = json.JSONDecoder()


def after_space(text, at):
    while text[at] in " \t\r\n":
        at += 1
    return at


def members(text):
    """The members of a JSON object: each key's value as it is written, in the order in which they are written."""
    found, at = {}, after_space(text, 1)
    while text[at] != "}":
        key, at = DECODER.raw_decode(text, at)
        at = after_space(text, text.index(":", at) + 1)
        end = DECODER.raw_decode(text, at)[1]
        found[key] = text[at:end]
        at = after_space(text, end)
        at = after_space(text, at + 1) if text[at] == "," else at
    return found


def elements(text):
    """The elements of a JSON array, as they are written."""
    found, at = [], after_space(text, 1)
    while text[at] != "]":
        end = DECODER.raw_decode(text, at)[1]
        found.append(text[at:end])
        at = after_space(text, end)
        at = after_space(text, at + 1) if text[at] == "," else at
    return found


@dataclass
class Message:
    """One message as it was on the wire, with the time at which it came."""

    text: str
    at: float = 0

    @cached_property
    def json(self):
        return json.loads(self.text)

    @property
    def type(self):
        return self.json.get("type")

    def raw(self, key):
        return members(self.text).get(key)

    def __getitem__(self, key):
        return self.json.get(key)


@dataclass
class Row(Message):
    label: str = ""
    connection: int = 0
    #: c>s, s>c, c-close or s-close.
    direction: str = ""

    @property
    def is_sent(self):
        return self.direction == "c>s"


def rows(name):
    """The rows of a recording, in the order in which they were recorded."""
    with open(WIRE / f"{name}.jsonl") as file:
        for line in file:
            row = json.loads(line)
            yield Row(members(line.strip())["msg"], row["ms"] / 1000, row["label"], row["conn"], row["dir"])


class Era:
    """What was recorded of the bootstrap server of one era: its clients, and its dials to the bridges."""

    def __init__(self, name):
        self.name = name
        self.rows = list(rows(f"{name}-bootstrap"))
        self.connections = sorted({row.connection for row in self.rows})
        self.node_of = {row.connection: row["nodeId"] for row in self.rows if row.type == "register"}
        self.connection_of = {node: connection for connection, node in self.node_of.items()}
        self.dials = self.dialled(list(rows(f"{name}-bridge")))
        questions = self.rows + [row for dial in self.dials.values() for row in dial]
        self.questions = [row for row in questions if row.type == "get_onboarding_peer"]
        self.answers = {row["requestId"]: row for row in questions if row.type == "onboarding_peer_response"}

    def dialled(self, everything):
        """Per bridge, all rows of the links on which the bootstrap server dialled it."""
        links = {(row.label, row.connection) for row in everything if row.type == "bootstrap_auth"}
        dials = {}
        for row in everything:
            if (row.label, row.connection) in links:
                dials.setdefault(row.label, []).append(row)
        return dials

    @property
    def first_peer(self):
        return next(row["nodeId"] for row in self.rows if row.type == "get_peers_or_genesis"
                    and not row["metadata"].get("isBridgeNode"))

    @property
    def newcomers(self):
        return list(dict.fromkeys(question["newNodeId"] for question in self.questions))

    def asked_for(self, newcomer):
        """The recorded questions to bridges for a newcomer, in order."""
        return [question for question in self.questions if question["newNodeId"] == newcomer]

    def helper(self, question):
        return self.answers[question["requestId"]]["data"]["inviterPeerId"]

    def asks_of(self, newcomer):
        """The ids of a newcomer's requests, in order; the n-th question to a bridge was for the n-th of them."""
        return [row["requestId"] for row in self.rows if row.is_sent and row.type == "get_peers_or_genesis"
                and row["nodeId"] == newcomer]
