"""Very many requests: at once, and one after the other."""

import asyncio
import contextlib
import json
import time

from ..stage import scenario, until
from .conversation import new_id
from .links import NEWCOMER, Link, all_helped, answers_to
from .node import BridgeNode
from .raw import RawLink

# What the bridge has when nobody says otherwise.
QUEUE = 1024
AT_ONCE = 5000
# Newcomers that the bridge remembers.
REMEMBERED = 4096


@scenario(alone=True)
async def five_thousand_requests_at_once_are_all_answered(stage):
    """One link, a queue of 1,024: each is answered exactly once, the excess busy and at once, the link stays up, and
    the memory comes back."""
    return (await burst(stage, QUEUE))[1]


@scenario(alone=True)
async def what_a_small_queue_cannot_hold_is_refused_at_once(stage):
    """The same with a queue of 16, so that most are busy."""
    refused, line = await burst(stage, 16)
    assert refused > AT_ONCE / 10, f"only {refused} were busy"
    return line


@contextlib.contextmanager
def set_aside(peers):
    """What comes for them waits in the kernel, so that playing them does not hold up who measures. The bridge sees
    nothing of it as long as that is shorter than a pong may take."""
    for peer in peers:
        peer.socket.transport.pause_reading()
    yield
    for peer in peers:
        peer.socket.transport.resume_reading()


async def burst(stage, capacity):
    async with BridgeNode(stage, "--queue-capacity", capacity) as node:
        peers = await node.crowd(30)
        link = await asyncio.to_thread(RawLink, node)
        memory = [node.memory]
        order, refused, took, slowest, passed = await five_thousand(stage, capacity, node, link, peers, "first")
        # The bridge remembers the latest newcomers, about a KiB each: that much may stay, but only once.
        limit = memory[0] * stage.within(1.1, 1.5) + REMEMBERED / 1024
        memory.append(await settled(node, limit))
        again = await five_thousand(stage, capacity, node, link, peers, "second")
        memory.append(await settled(node, limit))
        # The link goes on.
        link.say({"type": "get_onboarding_peer", "requestId": "later", "newNodeId": new_id(), "newNodeMetadata": {}})
        later = (await asyncio.to_thread(link.messages, lambda found: found))[0][1]
        assert later["requestId"] == "later" and later["success"], later
        strays = await asyncio.to_thread(link.strays, 0.5)
        assert not [message for _, message in strays if message["type"] == "onboarding_peer_response"], strays[:2]
        answered, busy = len(order) + len(again[0]) + 1, len(refused) + len(again[1])
        await asyncio.gather(*(peer.ping() for peer in peers))
        told = sum(len(peer.instructions) for peer in peers)
        # What a helper's socket does not take within 500 ms goes to another helper, and may arrive after all.
        late = stage.within(0, answered // 100)
        assert answered <= told <= answered + late, f"{told} helpers told for {answered} answers"
        await counted(node, 2 * AT_ONCE + 1, answered, busy)
        link.close()
        return busy, (
            f"{len(order)} answered and {len(refused)} busy of {AT_ONCE} in {took:.2f} s, slowest busy answer "
            f"{slowest:.0f} ms after it was read, at most {passed} places out of order, memory "
            f"{' -> '.join(f'{one:.1f}' for one in memory)} MiB after one and two")


async def five_thousand(stage, capacity, node, link, peers, name):
    """Places of the answered ones in the order of their answers, ids of the busy ones, seconds in all, milliseconds of
    the slowest busy answer, and how far an answer came from its place."""
    ids = [f"{name}_{number}" for number in range(AT_ONCE)]
    texts = [json.dumps({"type": "get_onboarding_peer", "requestId": id, "newNodeId": new_id(),
                         "newNodeMetadata": NEWCOMER}) for id in ids]
    began = time.monotonic()
    with set_aside(peers if stage.strict else []):
        found, unread_at = await asyncio.to_thread(
            link.burst, texts, lambda data: data.count(b'"onboarding_peer_response"') >= AT_ONCE)
    took = found[-1][0] - began
    answers = {message["requestId"]: (when, message) for when, message in found if "requestId" in message}
    assert len(answers) == AT_ONCE and set(answers) == set(ids), f"{len(answers)} ids were answered"
    order = [int(message["requestId"].split("_")[1]) for _, message in found if message.get("success")]
    refused = {id: message for id, (_, message) in answers.items() if not message["success"]}
    assert all(message["code"] == "busy" and message["retryAfterMs"] > 0 and message["error"] and
               message["queueDepth"] == capacity for message in refused.values()), list(refused.values())[:2]
    assert len(order) >= capacity and len(order) + len(refused) == AT_ONCE, f"{len(order)} + {len(refused)}"
    places = {number: place for place, number in enumerate(sorted(order))}
    passed = max(abs(place - places[number]) for place, number in enumerate(order))
    waits = [(answers[id][0] - unread_at[number]) * 1000 for number, id in enumerate(ids) if id in refused]
    slowest = max(waits, default=0)
    assert slowest <= stage.within(50, 10_000), f"a busy answer took {slowest:.0f} ms"
    return order, refused, took, slowest, passed


@scenario
async def answers_come_in_the_order_of_asking(stage):
    """Where they wait on nothing: with one helper, whose socket takes one instruction after the other."""
    count, rounds = 500, stage.pick(2, 20)
    async with BridgeNode(stage) as node:
        only, link = (await node.crowd(1))[0], await node.link()
        for _ in range(rounds):
            requests = await answers_to(link.put(count))
            all_helped(requests)
            order = [request.answers[0][0] for request in requests]
            assert order == sorted(order), "an answer came before an earlier request's"
        told = [instruction["targetNodeId"] for _, instruction in only.instructions]
        assert told == [request.newcomer for request in link.book.values()], "the helper was told in another order"
        link.check()
        return f"{rounds} times {count} requests at once: answers and instructions came in their order"


@scenario(alone=True)
async def a_million_requests_leave_no_trace(stage):
    """128 in flight on one link: memory and descriptors at the end are what they were after the first tenth."""
    count, window = stage.pick(20_000, 1_000_000), 128
    async with BridgeNode(stage) as node:
        await node.crowd(10)
        link = await Counting.dial(node, ["deadline", "cancel"])
        await link.authenticate()
        began = time.monotonic()
        await link.run(count // 10, window)
        early, descriptors, spent = node.memory, node.descriptors, (await node.metrics())["cpuMs"]
        await link.run(count - count // 10, window)
        spent = (await node.metrics())["cpuMs"] - spent
        took = time.monotonic() - began
        late = node.memory
        assert set(link.counts) == {1} and len(link.counts) == count, "not each was answered once"
        assert not link.failures, link.failures[:2]
        grown, share = late - early, late / early - 1
        assert grown < stage.within(5, 24) and share < stage.within(0.05, 0.6), f"{early:.1f} -> {late:.1f} MiB"
        assert abs(node.descriptors - descriptors) <= 1, f"descriptors {descriptors} -> {node.descriptors}"
        await counted(node, count, count, 0)
        return (f"{count} answers in {took:.0f} s ({count / took:.0f}/s), {spent / count / 0.9 * 1000:.0f} us of processor time each, "
                f"memory {early:.1f} -> {late:.1f} MiB, {node.descriptors} descriptors")


class Counting(Link):
    """Keeps a byte for each request instead of a book."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.counts, self.failures = bytearray(), []
        self.goal = self.sent = self.done = 0
        self.finished = asyncio.Event()

    async def received(self, message):
        if message["type"] != "onboarding_peer_response":
            return await super().received(message)
        self.counts[int(message["requestId"])] += 1
        self.failures += [] if message["success"] else [message]
        self.done += 1
        self.more(1)
        if self.done == self.goal:
            self.finished.set()
        return True

    def more(self, count):
        """Puts further requests, as long as there are any to put."""
        texts = []
        while len(texts) < count and self.sent < self.goal:
            texts.append(f'{{"type":"get_onboarding_peer","requestId":"{self.sent}","newNodeId":"{self.sent:040x}",'
                         f'"newNodeMetadata":{{"nodeType":"nodejs"}}}}')
            self.sent += 1
            self.counts.append(0)
        if texts:
            self.write(texts)

    async def run(self, count, window):
        self.goal += count
        self.finished.clear()
        self.more(window)
        while not self.finished.is_set():
            done = self.done
            try:
                async with asyncio.timeout(10):
                    await self.finished.wait()
            except TimeoutError:
                assert self.done > done, f"no answer for 10 s after {self.done} of {self.goal}: {self.ended}"


async def counted(node, requests, answered, busy):
    """The bridge's own counters say the same, and nothing is left to do."""
    expected = {"requests": requests, "answered": answered, "busy": busy, "failed": 0, "expired": 0, "queueDepth": 0}

    async def reached():
        metrics = await node.metrics()
        return metrics and {key: metrics[key] for key in expected} == expected
    await until(reached, f"metrics say {expected}, not {await node.metrics()}", 5)


async def settled(node, limit):
    """Waits until the memory is below a limit, and answers it."""
    await until(lambda: node.memory <= limit, f"memory {node.memory:.1f} MiB is below {limit:.1f} MiB", 15, every=0.2)
    return node.memory
