"""Peers that lie: about what they are, how long they have been there, where they are, and whom they know."""

import asyncio
import collections
import json
import time

from ..stage import scenario, until
from .conversation import new_id, now
from .links import all_helped, answers_to, shares
from .node import BridgeNode
from .peers import Peer, metadata_of


@scenario
async def a_peer_that_claims_to_be_a_bridge_gains_nothing(stage):
    """It is never named, and what it says of secrets is passed on to nobody. Who claims to be this bridge is sent
    away."""
    async with BridgeNode(stage) as node:
        honest = await node.crowd(3)
        false = [await node.peer({"isBridgeNode": True, "nodeType": "bridge", "canAcceptConnections": True,
                                  "bridgeAuthToken": f"bridge_auth_{stage.secret}", "bridgeSignature": "0" * 64}),
                 await node.peer({"nodeType": "bridge"}), await node.peer({"isBridgeNode": True})]
        impostor = await Peer.dial(node, None, node.id)
        await impostor.say("dht_peer_hello", peerId=node.id, metadata={})
        assert await impostor.closed(5) == (1000, "Invalid handshake")
        link = await node.link()
        requests = await answers_to(link.put(150))
        all_helped(requests)
        ids = {peer.id for peer in honest}
        assert set(shares(requests)) == ids, "a false bridge was named"
        assert not any(peer.instructions for peer in false), "a false bridge was told"
        known = await honest[0].find()
        # The conversations see to it that no secret is in there.
        leaked = [key for metadata in known.values() for key in metadata
                  if key in ("bridgeAuthToken", "bridgeSignature", "membershipToken")]
        assert not leaked, f"passed on: {leaked}"
        await asyncio.gather(*(peer.leave() for peer in honest))
        await node.has("connectedPeers", 3)
        alone = await link.ask()
        assert alone.outcome == "no_helper", alone.answer
        emergency = alone.answer["data"]
        assert emergency["emergencyMode"] and not emergency["networkState"]["availablePeers"], emergency
        return f"150 requests went to {len(ids)} honest peers, none to {len(false)} false bridges, even when alone"


@scenario
async def a_peer_that_lies_about_its_uptime_gets_its_share_and_no_more(stage):
    """It says it started in 1970. Counted is what the bridge saw itself."""
    asks, count = 300, 10
    async with BridgeNode(stage) as node:
        peers = [await node.peer({"startTime": 0, "uptime": 1 << 50} if number == count // 2 else {})
                 for number in range(count)]
        liar = peers[count // 2]
        link = await node.link()
        await until(lambda: all(peer.pinged for peer in peers), "each peer was pinged", every=0.05)
        requests = await link.ask_each(asks, every=0.005)
        all_helped(requests)
        found, mean = shares(requests), asks / count
        assert found[liar.id] <= mean * 1.5, f"the liar was named {found[liar.id]} of {asks} times"
        assert max(found.values()) <= mean * 1.5, f"the shares are {sorted(found.values())}"
        assert len(found) == count, f"{count - len(found)} peers were never named"
        return f"named {found[liar.id]} times of {asks}; the shares are {sorted(found.values())}"


@scenario
async def somebody_elses_address_leads_nowhere(stage):
    """A newcomer, and a peer's answer, put an honest peer's address under other ids. The bridge dials, finds another
    id, and hangs up; nobody hears of those ids."""
    async with BridgeNode(stage) as node:
        victim = await node.listener()
        invented, gossiped = new_id(), new_id()
        nodes = [{"id": gossiped, "endpoint": None, "lastSeen": now(), "capabilities": [],
                  "metadata": metadata_of(gossiped, listeningAddress=victim.address)}]
        await node.peer({"listeningAddress": victim.address, "publicWssAddress": victim.address}, nodes=nodes)
        honest, link = (await node.crowd(1))[0], await node.link()
        began = time.monotonic()
        await link.ask(invented, metadata={"nodeType": "nodejs", "listeningAddress": victim.address})
        await until(lambda: victim.closes, "the bridge dialled and hung up", 10)
        took = time.monotonic() - began
        await asyncio.sleep(stage.pick(14, 40))
        assert {hello["peerId"] for hello in victim.hellos} == {node.id}, victim.hellos[:2]
        assert len(victim.dialled) <= stage.pick(4, 8), f"the victim was dialled {len(victim.dialled)} times"
        await until(lambda: not victim.links, "no dialled socket stays open")
        reasons = collections.Counter(victim.closes)
        assert {reason for _, reason in reasons} == {"Not the expected peer"}, reasons
        known = await honest.find(invented)
        assert not {invented, gossiped, victim.id} & set(known), "an id with another's address was named"
        requests = await answers_to(link.put(50))
        assert not {invented, gossiped, victim.id} & set(shares(requests))
        return f"dialled {len(victim.dialled)} times, first after {took:.1f} s, and hung up each time"


@scenario
async def nodes_that_nobody_asked_for_are_not_believed(stage):
    """256 KiB of them unasked are neither dialled nor named, and 1 MB ends the socket with 1009."""
    async with BridgeNode(stage) as node:
        trap = await node.listener()
        honest = (await node.crowd(2))[0]
        liar = await node.peer()

        def bogus(count):
            return [{"id": new_id(), "endpoint": None, "lastSeen": now(), "capabilities": [],
                     "metadata": {"nodeType": "nodejs", "listeningAddress": trap.address, "publicWssAddress":
                                  trap.address, "canAcceptConnections": True}} for _ in range(count)]
        told = []
        for number, count in enumerate((20, 900)):
            nodes = bogus(count)
            told += [entry["id"] for entry in nodes]
            for request in ("", f"{node.id[:8]}_{number + 1}", "findnode_1"):
                await liar.say("find_node_response", requestId=request, nodes=nodes, timestamp=now())
        size = len(json.dumps(nodes))
        assert 200_000 < size < 256 << 10, size
        await liar.ping()
        large = await node.peer()
        await large.say("find_node_response", requestId="x", nodes=bogus(4000), timestamp=now())
        code, _ = await large.closed(10)
        assert code in (1009, 1006), f"a message of 1 MB was closed with {code}"
        metrics = await node.metrics()
        # Longer than a round in which the bridge dials nodes it heard of.
        await asyncio.sleep(stage.pick(14, 40))
        assert not trap.dialled, f"dialled {len(trap.dialled)} times"
        known = await honest.find(told[0])
        assert set(known) <= node.peer_ids - set(told)
        link = await node.link()
        requests = await answers_to(link.put(100))
        all_helped(requests)
        assert not set(shares(requests)) & set(told)
        return (f"{len(told)} nodes in messages of up to {size >> 10} KiB: none dialled, none named, "
                f"{metrics['routingNodes']} in the table; 1 MB closed with {code}")


@scenario
async def messages_that_are_none_cost_only_themselves(stage):
    """Deep, doubled, cut and wrong JSON on a peer's socket and on a link: not obeyed, and the rest goes on."""
    async with BridgeNode(stage) as node:
        honest, link = (await node.crowd(3))[0], await node.link()
        rude = await node.peer()
        bad = ['{"type":"ping","requestId":"twice","requestId":"twice","timestamp":1}',
               '{"type":"ping","requestId":"deep","timestamp":' + "[" * 5000 + "]" * 5000 + "}",
               '{"type":"ping","requestId":"wide","timestamp":[' + "0," * 20_000 + "0]}",
               '{"type":"ping","requestId":"cut","timestamp":1', '{"type":"ping","requestId":"comma","timestamp":1,}',
               '{"type":"ping","requestId":["list"],"timestamp":1}', '{"type":"ping","timestamp":1e999}',
               '{"type":7}', '{"type":"find_node","requestId":"bad","target":"no id"}', "[]", "7", "", "\0",
               '{"type":"ping","requestId":"\\ud800","timestamp":1}', '{"type":"no_such_type"}',
               '{"type":"dht_peer_hello","peerId":"' + new_id() + '","metadata":{}}',
               '{"type":"create_invitation_for_peer","targetPeer":"' + node.id + '"}',
               json.dumps({"type": "bootstrap_auth", "auth_token": stage.secret})]
        rude.write(bad * stage.pick(5, 50))
        if rude.is_open:
            await rude.ping(20)
        answered = {message.get("requestId") for message in rude.inbox}
        assert not answered & {"twice", "deep", "cut", "comma", "bad"}, answered
        assert not [message for message in rude.inbox if message["type"] == "auth_success"], "a peer became a link"
        link.write([text for text in bad if "bootstrap_auth" not in text] +
                   ['{"type":"get_onboarding_peer","requestId":"bad1","newNodeId":"no id","newNodeMetadata":{}}',
                    '{"type":"get_onboarding_peer","requestId":"bad2"}'])
        await link.ping(20)
        refused = [message for message in link.strays if message["requestId"] in ("bad1", "bad2")]
        link.strays.clear()
        assert len(refused) == 2 and not any(message["success"] for message in refused), refused
        all_helped(await answers_to(link.put(20)))
        link.check()
        await honest.ping()
        return f"{len(bad)} kinds on a peer's socket and a link, 2 requests that can't be read answered as such"
