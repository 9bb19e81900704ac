"""What the live server said beside what the recorded one said, conversation by conversation."""

import json
from collections import defaultdict
from dataclasses import dataclass

from .recording import elements, members

# Compared as they are written: signatures cover their text (protocol.md 0.4).
OPAQUE = ("invitationToken", "membershipToken", "signal")
# Each server words and numbers these as it likes; what is left to compare is their type.
FREE = ("message", "timestamp")
# Ids that the server makes; the others are the client's, and come back unchanged.
SERVER_NAMES = {("get_onboarding_peer", "requestId"), ("send_invitation_request", "requestId")}
# When a server pings is a matter of time, which is compressed here.
TIMED = ("ping",)
# What tells messages of one type in one conversation apart; those that are still alike are told apart by their order.
SUBJECTS = ("requestId", "newNodeId", "targetPeerId", "targetPeer", "fromPeer")


@dataclass
class Difference:
    type: str
    field: str
    #: "added", "left out", "different", "reordered", or of whole messages: "fewer", "more", and so on.
    how: str
    recorded: object = None
    live: object = None

    @property
    def key(self):
        return self.type, self.field, self.how


def subject(message):
    if message.type == "invitation_received":
        return message.type, message.raw("invitationToken")
    names = [message[key] for key in SUBJECTS if (message.type, key) not in SERVER_NAMES]
    return message.type, *names


def differences(recorded, live):
    """Between two conversations, each a list of messages."""
    sides = defaultdict(lambda: ([], []))
    for side, messages in enumerate((recorded, live)):
        for message in messages:
            if message.type not in TIMED:
                sides[subject(message)][side].append(message)
    for (kind, *_), (was, now) in sides.items():
        for before, after in zip(was, now):
            yield from unlike(kind, "", before.text, after.text)
        for message in was[len(now):]:
            yield Difference(kind, "message", "fewer", message.text)
        for message in now[len(was):]:
            yield Difference(kind, "message", "more", None, message.text)


def unlike(kind, path, was, now):
    name = path.rsplit(".", 1)[-1]
    if name in OPAQUE:
        if was != now:
            yield Difference(kind, path, "different", was, now)
    elif was[0] == now[0] == "{":
        yield from unlike_objects(kind, path, members(was), members(now))
    elif was[0] == now[0] == "[":
        yield from unlike_lists(kind, path, elements(was), elements(now))
    elif not alike(kind, name, was, now):
        yield Difference(kind, path, "different", was, now)


def unlike_objects(kind, path, was, now):
    for key in was | now:
        inner = f"{path}.{key}" if path else key
        if key not in now:
            yield Difference(kind, inner, "left out", was[key])
        elif key not in was:
            yield Difference(kind, inner, "added", None, now[key])
        else:
            yield from unlike(kind, inner, was[key], now[key])
    if path.endswith("etadata") and [key for key in was if key in now] != [key for key in now if key in was]:
        yield Difference(kind, path, "reordered", list(was), list(now))


def unlike_lists(kind, path, was, now):
    if path.endswith("peers"):
        was, now = (sorted(entries, key=lambda entry: json.loads(entry)["nodeId"]) for entries in (was, now))
    if path.endswith("capabilities") or len(was) != len(now):
        if was != now:
            yield Difference(kind, path, "different", was, now)
        return
    for before, after in zip(was, now):
        yield from unlike(kind, f"{path}[]", before, after)


def alike(kind, name, was, now):
    if name in FREE or (kind, name) in SERVER_NAMES:
        was, now = json.loads(was), json.loads(now)
        return type(was) is type(now) and bool(now)
    if name == "invitationId":
        # Inviter, invitee and the time.
        (was, _), (now, time) = (json.loads(text).rsplit("_", 1) for text in (was, now))
        return was == now and time.isdigit()
    return was == now


def conversations(play):
    """(name, what was said in the recording, what was said now), for each conversation of a play.

    Which bridge is asked was left to chance, so a question counts where the recorded one for this newcomer was."""
    era = play.era
    recorded, live = defaultdict(list), defaultdict(list)
    for row in era.rows:
        if row.direction == "s>c":
            recorded["client", row.connection].append(row)
    for label, rows in era.dials.items():
        recorded["dial", label] += [row for row in rows if row.is_sent]
    for connection, messages in play.heard.items():
        live["client", connection] += [message for message in messages if message.type != "get_onboarding_peer"]
    for bridge in play.dialled:
        live["dial", bridge.label] += [message for message in bridge.heard if message.type != "get_onboarding_peer"]
    places = {question["requestId"]: place for place, messages in recorded.items()
              for question in messages if question.type == "get_onboarding_peer"}
    for newcomer in era.newcomers:
        asked = [places[question["requestId"]] for question in era.asked_for(newcomer)]
        questions = [question for question in play.questions if question.message["newNodeId"] == newcomer]
        for number, question in enumerate(questions):
            place = asked[number] if number < len(asked) else question.conversation
            live[place].append(question.message)
    return [(place, recorded[place], live[place]) for place in dict.fromkeys([*recorded, *live])]


def told_later(play):
    """Inviters that hear after their invitee where it is; in the recordings they heard first."""
    for newcomer in play.era.newcomers:
        for told in play.of(newcomer, "websocket_peer_metadata", targetPeer=None):
            inviter = told["fromPeer"]
            place = "client", play.era.connection_of[inviter]
            heard = next((message for message in play.of(inviter, "websocket_peer_metadata", targetPeer=newcomer)
                          if message["invitationId"] == told["invitationId"]), None)
            if heard is None:
                yield place, Difference("websocket_peer_metadata", "invitationId", "different", told.text)
                continue
            later = heard.at - told.at
            invited_anew = any(message.at > told.at
                               for message in play.of(newcomer, "invitation_received", fromPeer=inviter))
            # Either 2 s or none at all; how much of them is left when both have been heard depends on the machine.
            if later > 1:
                yield place, Difference("websocket_peer_metadata", "message", "2 s later", 0, later)
            elif later > 0:
                how = "later, with the next invitation" if invited_anew else "later"
                yield place, Difference("websocket_peer_metadata", "message", how, 0, later)
