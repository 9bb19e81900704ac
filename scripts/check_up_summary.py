#!/usr/bin/env python3
"""Checks the JSON summary of `causeway up --json` on standard input: every join succeeded, one connection per bridge."""

import argparse
import json
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--peers", type=int, required=True)
parser.add_argument("--bridges", type=int, required=True)
arguments = parser.parse_args()

summary = json.load(sys.stdin)
joins, bridges = summary["joins"], summary["bridges"]
problems = []
if joins["attempted"] != arguments.peers or joins["succeeded"] != arguments.peers or joins["failed"] != 0:
    problems.append(f"joins: {joins}")
if summary["connectedPeers"] != arguments.peers:
    problems.append(f"connectedPeers: {summary['connectedPeers']}")
if len(bridges) != arguments.bridges:
    problems.append(f"bridges: {len(bridges)}")
for bridge in bridges:
    if bridge["status"] != "connected" or bridge["connectionsOpened"] != 1:
        problems.append(f"bridge {bridge['id'][:8]}: {bridge['status']}, {bridge['connectionsOpened']} connections opened")
if len(bridges) > 1 and min(bridge["requests"] for bridge in bridges) == 0:
    problems.append("a bridge was never asked")
if problems:
    sys.exit("summary of causeway up is wrong: " + "; ".join(problems))
print(f"up: {joins['succeeded']} of {joins['attempted']} joins, p50 {joins['p50Ms']} ms, p99 {joins['p99Ms']} ms, "
      f"1 connection to each of {len(bridges)} bridges")
