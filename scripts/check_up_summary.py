#!/usr/bin/env python3
"""Checks the JSON summary of `causeway up --json` on standard input: every join succeeded, one connection per bridge.

With --churn, peers have left and others come: no helper that was named had been gone for more than five seconds, and
99 in 100 introductions led to a connection."""

import argparse
import json
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--peers", type=int, required=True)
parser.add_argument("--bridges", type=int, required=True)
parser.add_argument("--churn", action="store_true")
arguments = parser.parse_args()

summary = json.load(sys.stdin)
joins, bridges = summary["joins"], summary["bridges"]
problems = []
churn, introductions = summary["churn"], summary["introductions"]
expected = arguments.peers + churn["came"]
ended = joins["succeeded"] + joins["abandoned"]
# Whoever came last may still be on its way in.
if joins["attempted"] != expected or joins["failed"] != 0 or not expected - (3 if arguments.churn else 0) <= ended <= expected:
    problems.append(f"joins: {joins}")
if arguments.churn:
    known = introductions["connected"] + introductions["failed"]
    if churn["left"] == 0 or introductions["helperGone"] or introductions["connected"] < 0.99 * known:
        problems.append(f"churn: {churn}, introductions: {introductions}")
elif summary["connectedPeers"] != arguments.peers:
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
      f"1 connection to each of {len(bridges)} bridges"
      + (f"; {churn['left']} left, {introductions['connected']} of {introductions['total']} helpers connected, "
         f"the most outdated gone for {introductions['worstHelperGoneMs']} ms" if arguments.churn else ""))
