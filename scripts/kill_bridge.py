#!/usr/bin/env python3
"""A bridge is killed with SIGKILL while peers join: no join may fail as long as the other bridge is up, and the bridge must
be back in the rotation by itself after its restart."""

import argparse
import json
import signal
import sys
import tempfile
import time

from network import DEADLINE, Network


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--causeway", required=True, help="path of the built program")
    parser.add_argument("--peers", type=int, default=80)
    parser.add_argument("--rate", type=int, default=20, help="joins a second")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as state, Network(arguments.causeway, state) as network:
        swarm = network.swarm(arguments.peers, "--rate", str(arguments.rate),
                              "--for", f"{arguments.peers // arguments.rate + 10}s")
        network.wait_for("/health", lambda body: body["peers"] >= arguments.peers // 4)
        network.bridges[0].kill()
        killed = time.monotonic()
        network.wait_for("/bridge-health", lambda body: not body["healthy"])
        noticed = time.monotonic() - killed
        network.wait_for("/health", lambda body: body["peers"] >= arguments.peers // 2)

        network.bridges[0] = network.start_bridge(0)
        restarted = time.monotonic()
        network.wait_for("/bridge-health", lambda body: body["healthy"])
        back = time.monotonic() - restarted

        summary = json.loads(swarm.communicate(timeout=4 * DEADLINE)[0].splitlines()[-1])
        joins = summary["joins"]
        assert joins["succeeded"] == arguments.peers and joins["failed"] == 0, summary
        results = network.get("/bridge-health")["bridgeAvailability"]["results"]
        opened = [bridge["connectionsOpened"] for bridge in results]
        assert opened == [2, 1], f"connections opened: {opened}"
        print(f"killed bridge: noticed within {noticed * 1000:.0f} ms, {joins['succeeded']} of {joins['attempted']} joins "
              f"succeeded, back in rotation {back:.1f} s after its restart")
    print("1 passed, 0 failed")


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
