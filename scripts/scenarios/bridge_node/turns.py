"""Whose request comes when: several bootstraps, deadlines, requests taken back."""

import asyncio
import contextlib
import statistics

from ..stage import scenario
from .links import all_helped, answers_to, outcomes
from .node import BridgeNode

# What the bridge has when nobody says otherwise.
QUEUE = 1024


@scenario(alone=True)
async def two_bootstraps_are_served_in_turns(stage):
    """One writes 1,500 requests at once, the other 20 right after: those are answered long before, and none is busy."""
    rounds, flood, few = stage.pick(3, 10), 1500, 20
    async with BridgeNode(stage) as node:
        peers = await node.crowd(10)
        loud, calm = await node.link(name="loud:8080"), await node.link(name="calm:8080")
        idle = []
        for _ in range(5):
            idle += await answers_to(calm.put(few))
        all_helped(idle)
        flooded, asked = [], []
        for _ in range(rounds):
            many = loud.put(flood)
            few_of_calm = calm.put(few)
            await answers_to(few_of_calm)
            await answers_to(many)
            flooded += many
            asked += few_of_calm
        all_helped(asked)
        kinds = outcomes(flooded)
        assert set(kinds) <= {"helped", "busy"} and kinds["helped"] >= rounds * (QUEUE - few), kinds
        loud.check()
        calm.check()
        quiet, waited, loudly = (
            statistics.median(one.milliseconds_at_bridge for one in requests if one.outcome == "helped")
            for requests in (idle, asked, flooded))
        assert waited <= loudly * 0.4 + quiet, f"{waited:.0f} ms, and {loudly:.0f} ms for the one that floods"
        told = sum(len(peer.instructions) for peer in peers)
        return (f"median of the one that asks {few}: {quiet:.0f} ms when idle, {waited:.0f} ms beside {flood} "
                f"requests, which took {loudly:.0f} ms; {kinds.get('busy', 0)} of {len(flooded)} busy, "
                f"{told} helpers told")


@scenario
async def nobody_is_asked_to_help_after_the_deadline(stage):
    """Requests with a millisecond to live, behind others: no answer, and no helper is told. The rest is answered."""
    async with BridgeNode(stage) as node:
        peers = await node.crowd(5)
        link = await node.link(["deadline"])
        ahead = [link.prepare() for _ in range(400)]
        short = [link.prepare(deadlineMs=1) for _ in range(50)]
        over = [link.prepare(deadlineMs=0) for _ in range(50)]
        behind = [link.prepare(deadlineMs=10_000) for _ in range(50)]
        link.write(text for _, text in ahead + short + over + behind)
        stay, gone = [one for one, _ in ahead + behind], [one for one, _ in short + over]
        await answers_to(stay)
        all_helped(stay)
        expired = [one for one in gone if not one.answers]
        await node.has("expired", len(expired), 5)
        link.check(may_be_unanswered=gone)
        late = [one for one in expired if one.newcomer in told(peers)]
        assert not late, f"{len(late)} helpers were told for requests that nobody waits for"
        assert all(one in expired for one, _ in over), "a request without any time was answered"
        assert len(expired) >= 90, f"only {len(expired)} of {len(gone)} expired"
        return f"{len(expired)} of {len(gone)} expired before work began, {len(stay)} others were answered"


@scenario
async def requests_can_be_taken_back(stage):
    """Cancelled ones are not worked on; only where both ends announced it, and by nobody else."""
    async with BridgeNode(stage) as node:
        peers = await node.crowd(5)
        link, other, old = await node.link(["cancel"]), await node.link(["cancel"]), await node.link()
        stay, gone = [link.prepare() for _ in range(300)], [link.prepare() for _ in range(200)]
        link.write([text for _, text in stay + gone] + [cancellation(one) for one, _ in gone])
        stay, gone = [one for one, _ in stay], [one for one, _ in gone]
        await answers_to(stay)
        all_helped(stay)
        # A ping comes back after whatever was read before it.
        await link.ping()
        cancelled = [one for one in gone if not one.answers]
        await node.has("cancelled", len(cancelled), 5)
        assert len(cancelled) >= 150, f"{len(cancelled)} of {len(gone)} were taken back"
        assert not [one for one in cancelled if one.newcomer in told(peers)], "a helper was told in spite of it"
        # Another link may not, nor one that did not announce it, whether the request waits or a helper is being told.
        protected, theirs = [link.prepare() for _ in range(100)], [old.prepare() for _ in range(100)]
        link.write(text for _, text in protected)
        other.write([cancellation(one) for one, _ in protected])
        old.write([text for _, text in theirs] + [cancellation(one) for one, _ in theirs] * 10)
        for name, requests in (("another link", protected), ("a link without the feature", theirs)):
            lost = await missing([one for one, _ in requests])
            assert not lost, f"{name} took back {len(lost)} of {len(requests)} requests"
            all_helped([one for one, _ in requests])
        link.check(may_be_unanswered=cancelled)
        old.check()
        await node.has("queueDepth", 0, 5)
        return (f"{len(cancelled)} of {len(gone)} taken back, {len(gone) - len(cancelled)} answered already; 200 that "
                f"others wanted to take back were answered")


async def missing(requests, seconds=5):
    """Those that have no answer within that time."""
    with contextlib.suppress(AssertionError):
        await answers_to(requests, seconds)
    return [request for request in requests if not request.answers]


def cancellation(request):
    return f'{{"type":"cancel_onboarding_peer","requestId":"{request.id}"}}'


def told(peers):
    """The newcomers that any of the peers was told of."""
    return {instruction["targetNodeId"] for peer in peers for _, instruction in peer.instructions}


@scenario
async def a_newcomer_that_asks_twice_is_sent_to_one_helper(stage):
    """Current-era newcomers ask twice within a millisecond (protocol.md 2.2): one instruction, the same answer."""
    async with BridgeNode(stage) as node:
        peers = await node.crowd(5)
        one, other = await node.link(name="one"), await node.link(name="other")
        newcomers, pairs = 50, []
        for _ in range(newcomers):
            first, text = one.prepare()
            second, again = other.prepare(newcomer=first.newcomer)
            one.write([text])
            other.write([again])
            pairs.append((first, second))
        await answers_to([request for pair in pairs for request in pair])
        differing = sum(first.helper != second.helper for first, second in pairs)
        assert not differing, f"{differing} newcomers were sent to two helpers"
        await asyncio.sleep(0.1)
        instructions = sum(len(peer.instructions) for peer in peers)
        assert instructions == newcomers, f"{instructions} helpers told for {newcomers} newcomers"
        return f"{newcomers} newcomers asked twice, {instructions} helpers were told"
