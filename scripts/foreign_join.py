#!/usr/bin/env python3
"""One join by a client that shares no code with us: Python `websockets` plays a newcomer, from its first message to a DHT
link with its helper, against `causeway bootstrap`, two `causeway bridge` and a `causeway swarm`, each a process of its own.

Then the same socket says things no client should, and the server must answer or close, and go on serving."""

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
import time

import websockets
from network import DEADLINE, Network


async def receive(link, wanted):
    """The next message of a type; others may come before it."""
    async with asyncio.timeout(DEADLINE):
        while True:
            message = json.loads(await link.recv())
            if message.get("type") == wanted:
                return message


async def join(port):
    me = secrets.token_hex(20)
    metadata = {"nodeType": "nodejs", "capabilities": ["websocket"], "canInitiateConnections": True}
    async with websockets.connect(f"ws://127.0.0.1:{port}/any/path") as client:
        asked = time.monotonic()
        await client.send(json.dumps({"type": "get_peers_or_genesis", "maxPeers": 20, "nodeId": me,
                                      "metadata": metadata, "requestId": "req_1"}))
        await client.send(json.dumps({"type": "register", "nodeId": me, "protocolVersion": "1.0.0",
                                      "buildId": "node_1", "metadata": metadata}))
        registered = await receive(client, "registered")
        assert registered["nodeId"] == me, registered
        response = await receive(client, "response")
        assert response["requestId"] == "req_1" and response["success"], response
        data = response["data"]
        assert data["status"] == "peer_found" and data["isGenesis"] is False, data
        helper = data["peers"][0]["nodeId"]
        milliseconds = (time.monotonic() - asked) * 1000

        invitation = await receive(client, "invitation_received")
        assert invitation["fromPeer"] == helper, invitation
        assert invitation["invitationToken"]["invitee"] == me, invitation
        await client.send(json.dumps({"type": "invitation_accepted", "fromPeer": me, "toPeer": helper,
                                      "timestamp": int(time.time() * 1000)}))
        introduction = await receive(client, "websocket_peer_metadata")
        address = introduction["fromPeerMetadata"]["listeningAddress"]

        async with websockets.connect(address) as dht:
            await dht.send(json.dumps({"type": "dht_peer_hello", "peerId": me, "metadata": metadata}))
            connected = await receive(dht, "dht_peer_connected")
            assert connected["bridgeNodeId"] == helper and connected["success"], connected
            await dht.send(json.dumps({"type": "ping", "requestId": "p1", "nodeId": me, "from": me,
                                       "timestamp": int(time.time() * 1000)}))
            pong = await receive(dht, "pong")
            assert pong["requestId"] == "p1", pong
        print(f"foreign join: answered in {milliseconds:.1f} ms, linked to helper {helper[:8]}")


async def misbehave(port):
    url = f"ws://127.0.0.1:{port}"
    cases = [
        ("not JSON", "hello", 1002),
        ("an array", "[]", 1002),
        ("deep nesting", "[" * 5000 + "]" * 5000, 1002),
        ("register without an id", '{"type":"register","protocolVersion":"1.0.0"}', 1002),
        ("wrong version", '{"type":"register","nodeId":"%s","protocolVersion":"9.0.0"}' % ("a" * 40), 4001),
    ]
    for name, text, code in cases:
        async with websockets.connect(url) as client:
            await client.send(text)
            try:
                async with asyncio.timeout(DEADLINE):
                    while True:
                        await client.recv()
            except websockets.ConnectionClosed as closed:
                got = closed.rcvd.code if closed.rcvd else None
                assert got == code, f"{name}: closed with {got}, not {code}"
    # Not in a `with`: the library trips over its own close when the connection ended while it was sending.
    client = await websockets.connect(url, max_size=None)
    try:
        await client.send("x" * 10_000_000)
        async with asyncio.timeout(DEADLINE):
            while True:
                await client.recv()
    except websockets.ConnectionClosed as closed:
        assert closed.rcvd is None or closed.rcvd.code == 1009, f"10 MB frame: {closed.rcvd}"
    async with websockets.connect(url) as client:
        await client.send('{"type":"no_such_type"}')
        await client.send('{"type":"send_invitation","requestId":"q1","targetPeerId":7}')
        answer = await receive(client, "response")
        assert answer["requestId"] == "q1" and not answer["success"], answer
    print(f"foreign join: {len(cases) + 2} bad inputs answered as they should be")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--causeway", required=True, help="path of the built program")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as state, Network(arguments.causeway, state) as network:
        swarm = network.swarm(4, "--for", "90s")
        try:
            network.wait_for("/health", lambda body: body["peers"] >= 4)
            asyncio.run(join(network.port))
            asyncio.run(misbehave(network.port))
            asyncio.run(join(network.port))
        finally:
            swarm.terminate()
            swarm.wait(timeout=15)
    print("1 passed, 0 failed")


if __name__ == "__main__":
    sys.exit(main())
