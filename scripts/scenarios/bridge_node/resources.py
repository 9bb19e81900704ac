"""What a bridge tells of its resources, and how it does with few."""

import asyncio
import contextlib
import json

import websockets

from ..stage import page, scenario, until
from .conversation import Conversation
from .links import all_helped
from .node import BridgeNode

FEW_FILES = 256
CROWD = 300


def facts(line):
    return {key: int(value) if value.lstrip("-").isdigit() else value
            for key, value in json.loads(line)["metadata"].items()}


@scenario
async def resources_are_told(stage):
    """A log line at an interval, the same as metrics, and both as the kernel has it."""
    async with BridgeNode(stage, "--resource-interval", "1s") as node:
        peers, link = await node.crowd(7), await node.link()
        undecided = [await Conversation.dial(node) for _ in range(2)]
        all_helped(await link.ask_each(30))
        lines = len(node.logged("resource use"))
        await until(lambda: len(node.logged("resource use")) >= lines + 3, "three more lines on resource use", 8)
        logged = facts(node.logged("resource use")[-1])
        metrics = await node.metrics()
        expected = {"connections": 10, "peers": 7, "links": 1, "undecided": 2, "queue_depth": 0, "in_flight": 0,
                    "processed": 30, "answered": 30, "busy": 0}
        assert {key: logged.get(key) for key in expected} == expected, logged
        same = {"connections": "connections", "peers": "connectionsPeers", "links": "connectionsLinks",
                "undecided": "connectionsUndecided", "processed": "processed", "fd_limit": "fdLimit"}
        for name, key in same.items():
            assert logged[name] == metrics[key], f"{name}: {logged[name]} in the log, {metrics[key]} in the metrics"
        kernel = {"rss": node.memory * (1 << 20), "fds": node.descriptors}
        for rss, fds in ((logged["rss_bytes"], logged["fds"]), (metrics["residentBytes"], metrics["openFds"])):
            assert abs(rss / kernel["rss"] - 1) < 0.2, f"{rss} bytes told, {kernel['rss']:.0f} by the kernel"
            assert abs(fds - kernel["fds"]) <= 2, f"{fds} descriptors told, {kernel['fds']} by the kernel"
        status, body = await page(node.monitor, "/health")
        assert status == 200 and json.loads(body)["healthy"] is True, body
        assert (await page(node.monitor, "/nothing"))[0] == 404
        told = await node.status()
        assert told["isHealthy"] and told["bridgePort"] == node.port and told["connectedPeers"] == 7, told
        for socket in [*peers, *undecided]:
            await socket.leave()
        await node.has("connections", 1)
        return (f"{len(node.logged('resource use'))} lines; {logged['rss_bytes'] >> 20} MiB, {logged['fds']} "
                f"descriptors, {logged['threads']} threads, {logged['cpu_ms']} ms of processor time")


@scenario
async def a_bridge_with_few_files_takes_what_it_can(stage):
    """With 256 descriptors it starts with fewer connections, says so, and 300 peers at once do not end it."""
    launcher = ["bash", "-c", f'ulimit -n {FEW_FILES}; exec "$0" "$@"']
    async with BridgeNode(stage, launcher=launcher) as node:
        limits = facts(node.logged("bridge limits")[0])
        assert 0 < limits["connections"] < FEW_FILES, limits
        link = await node.link()

        async def come():
            with contextlib.suppress(OSError, TimeoutError, AssertionError, websockets.WebSocketException):
                return await node.peer()
        came = [peer for peer in await asyncio.gather(*(come() for _ in range(CROWD))) if peer]
        stayed = [peer for peer in came if peer.is_open]
        assert 50 < len(stayed) <= limits["connections"], f"{len(stayed)} of {CROWD} were let in"
        assert node.descriptors < FEW_FILES, node.descriptors
        status, _ = await page(node.monitor, "/health")
        assert status == 200, f"/health says {status} to those who watch"
        all_helped(await link.ask_each(20))
        for conversation in node.conversations:
            if conversation is not link:
                conversation.cut()
        await node.has("connectedPeers", 0)
        await node.crowd(5)
        all_helped(await link.ask_each(20))
        return (f"{limits['connections']} connections with {FEW_FILES} descriptors; {len(stayed)} of {CROWD} peers "
                f"stayed, the link answered, and new ones came in afterwards")
