"""The secret is between the bootstraps and the bridge."""

import json

from ..stage import scenario
from .conversation import Conversation, new_id, now
from .doors import strangers
from .links import ALL_FEATURES, answers_to
from .node import BridgeNode
from .peers import metadata_of


@scenario
async def the_secret_is_told_to_nobody(stage):
    """Peers that know it and spread it, strangers that try it, bootstraps that prove it: nothing the bridge says,
    reports or logs, at the finest level, holds it."""
    async with BridgeNode(stage, "--log-level", "trace") as node:
        spread = {"bridgeAuthToken": f"bridge_auth_{stage.secret}", "secret": stage.secret,
                  "bridgeSignature": stage.secret * 2}
        nodes = [{"id": new_id(), "endpoint": None, "lastSeen": now(), "capabilities": [stage.secret],
                  "metadata": metadata_of(new_id(), **spread)} for _ in range(5)]
        gossip = await node.peer({"isBridgeNode": True, "nodeType": "bridge"} | spread, nodes=nodes)
        helper, listener = await node.peer(spread), await node.listener()
        listener.metadata |= spread
        for texts, _ in strangers(stage.secret).values():
            stranger = await Conversation.dial(node)
            stranger.write(texts)
            await stranger.closed(5)
        link, old = await node.link(ALL_FEATURES), await node.link()
        await answers_to(link.put(20, metadata=metadata_of(new_id(), **spread)))
        await link.ask(listener.id, metadata=listener.metadata)
        await old.ask(metadata=spread)
        for text in (json.dumps({"type": "get_onboarding_peer", "auth_token": stage.secret}),
                     json.dumps({"type": stage.secret}), stage.secret):
            link.write([text])
            helper.write([text])
        await link.say("validate_reconnection", nodeId=new_id(), requestId="v", membershipToken=spread)
        await link.ping()
        await old.ping()
        known = await helper.find()
        assert gossip.id in known, "the false bridge is not known, so nothing was shown"
        await helper.say("find_value", requestId="f", key=stage.secret, nodeId=helper.id)
        await helper.expect("find_value_response")
        await node.status()
        await node.metrics()
        await node.told("/health")
        await helper.leave()
        # With nobody left to help, the bridge tells of everybody it knows.
        emergency = await link.ask(metadata=spread)
        lines = node.logged()
        assert lines, "nothing was logged"
        # Leaving the bridge looks through all of it.
        return (f"{node.words_heard} messages and reports, {len(lines)} log lines, answer without helpers: "
                f"{emergency.outcome}")
