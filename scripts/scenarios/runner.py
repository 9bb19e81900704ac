"""Runs the registered scenarios: those that measure alone, those that mostly wait side by side."""

import argparse
import asyncio
import time
import traceback

from .stage import SCENARIOS, Skipped, Stage

SIDE_BY_SIDE = 8


async def run(scenario, arguments):
    """True, false, or nothing if it cannot run here."""
    began = time.monotonic()
    stage = Stage(arguments.causeway, arguments.full, arguments.strict)
    passed = False
    try:
        async with stage:
            line = f"ok   {scenario.__name__}: {await scenario(stage)}"
        passed = True
    except Skipped as reason:
        line, passed = f"skip {scenario.__name__}: {reason}", None
    except AssertionError as problem:
        line = f"FAIL {scenario.__name__}: {problem}"
        stage.notes += [] if str(problem) else traceback.format_exc().splitlines()
    except Exception as problem:
        line = f"FAIL {scenario.__name__}: {problem or type(problem).__name__}"
        stage.notes += traceback.format_exc().splitlines()
    print("\n     ".join([f"{line} ({time.monotonic() - began:.1f} s)", *stage.notes]), flush=True)
    return passed


async def run_all(arguments):
    chosen = [scenario for scenario in SCENARIOS if not arguments.only or
              any(part in scenario.__name__ for part in arguments.only)]
    gate = asyncio.Semaphore(SIDE_BY_SIDE)

    async def guarded(scenario):
        async with gate:
            return await run(scenario, arguments)

    results = [await run(scenario, arguments) for scenario in chosen if scenario.alone]
    # The longest ones come last in the list.
    results += await asyncio.gather(*(guarded(scenario) for scenario in reversed(chosen) if not scenario.alone))
    print(f"{results.count(True)} passed, {results.count(False)} failed", flush=True)
    return 0 if results and not results.count(False) else 1


def main(description, quick):
    """The command line that all scenario scripts have; `quick` says how long the short variants take together."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--causeway", required=True, help="path of the built program")
    parser.add_argument("--only", action="append", metavar="NAME", help="run the scenarios whose name contains this")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--strict", action="store_true",
                        help="hold the promised figures: a release build on a machine that does nothing else")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help=f"short variants, about {quick} in all (the default)")
    length.add_argument("--full", action="store_true", help="as long as the promises say")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(scenario.__name__ for scenario in SCENARIOS))
        return 0
    return asyncio.run(run_all(arguments))
