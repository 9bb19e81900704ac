#!/usr/bin/env python3
"""Plays the client side of the recorded conversations with the existing network's bootstrap servers to ours, and
compares what ours answers with what theirs answered: ids, times and the order of independent messages aside, every
difference must be one that replay/deviations.py lists with its reason, and each that it lists must be there.

The recordings are in ../shared/wire; without them there is nothing to do."""

import argparse
import asyncio
import sys
from collections import Counter

sys.dont_write_bytecode = True

from replay import deviations  # noqa: E402
from replay.compare import Difference, conversations, differences, told_later  # noqa: E402
from replay.play import Play  # noqa: E402
from replay.recording import WIRE, Era  # noqa: E402


def plays():
    current, stateless = Era("current"), Era("stateless")
    return [Play(current, deviations.CURRENT), Play(stateless, deviations.STATELESS),
            Play(stateless, deviations.PER_REQUEST, mode="stateless")]


def title(play, place):
    kind, number = place
    if kind == "dial":
        return f"dials to {number}"
    node = play.era.node_of[number]
    role = "newcomer" if node in play.era.newcomers else "first peer" if node == play.era.first_peer else "bridge"
    return f"{number} {role}"


class Report:
    def __init__(self):
        self.conversations = self.failed = 0
        self.used = Counter()

    def add(self, play):
        entries = {entry.key: entry for entry in deviations.INTENDED if play.name in entry.plays}
        later = list(told_later(play))
        for place, recorded, live in conversations(play):
            found = [*differences(recorded, live), *(difference for where, difference in later if where == place),
                     *withheld(play, place)]
            problems = []
            for difference in found:
                entry = entries.get(difference.key)
                if entry and (entry.holds is None or entry.holds(difference, play)):
                    self.used[play.name, entry.key] += 1
                else:
                    problems.append(f"{' '.join(difference.key)}: {difference.recorded} -> {difference.live}")
            self.conversations += 1
            self.failed += bool(problems)
            print(f"{'FAIL' if problems else 'ok':<5}{play.name:<36}{title(play, place):<18}"
                  f"{len(recorded):>8}{len(live):>6}{len(found):>12}")
            for problem in dict.fromkeys(problems):
                print(f"       {problem[:1000]}")

    def unused(self):
        for entry in deviations.INTENDED:
            for play in entry.plays:
                if not self.used[play, entry.key]:
                    self.failed += 1
                    print(f"FAIL {play}: nothing deviates so any more: {' '.join(entry.key)}")


def withheld(play, place):
    """Recorded answers of clients to what the live server did not ask."""
    return [Difference(row.type, "message", "withheld", row.text) for row in play.withheld
            if place == ("client", row.connection)]


def table(report):
    print("\n| Era | Message | What | How often | Why |\n|---|---|---|---|---|")
    for entry in deviations.INTENDED:
        count = sum(report.used[play, entry.key] for play in entry.plays)
        era = "both" if entry.plays == deviations.EVERY else "; ".join(entry.plays)
        field = "" if entry.field == "message" else f"`{entry.field}` "
        print(f"| {era} | `{entry.type}` | {field}{entry.how} | {count} | {entry.reason} |")


async def replay(arguments):
    report, todo = Report(), plays()
    outcomes = await asyncio.gather(*(play.run(arguments.causeway) for play in todo), return_exceptions=True)
    print(f"{'':<5}{'play':<36}{'conversation':<18}{'recorded':>8}{'live':>6}{'deviations':>12}")
    for play, outcome in zip(todo, outcomes):
        if isinstance(outcome, BaseException):
            report.failed += 1
            print(f"FAIL {play.name}: {type(outcome).__name__}: {outcome}")
        report.add(play)
    report.unused()
    if arguments.markdown:
        table(report)
    count = sum(report.used.values())
    intended = "all intended" if not report.failed else "those intended"
    print(f"{report.conversations} replayed conversations, {count} deviations ({intended}), {report.failed} failed")
    return 1 if report.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--causeway", required=True, help="path of the built program")
    parser.add_argument("--markdown", action="store_true", help="print the intended deviations as a table")
    arguments = parser.parse_args()
    if not WIRE.is_dir():
        print("skipped: there are no recordings in ../shared/wire")
        return 0
    return asyncio.run(replay(arguments))


if __name__ == "__main__":
    sys.exit(main())
