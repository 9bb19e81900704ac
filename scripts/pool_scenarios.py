#!/usr/bin/env python3
"""What the pool of bridge links must hold under load, faults and abuse, against real processes.

Each scenario has a bootstrap server of its own, keeps a book of every join, and ends what it started. Those that
measure run alone; those that mostly wait run side by side."""

import sys

sys.dont_write_bytecode = True

from scenarios import clocks, encryption, eras, faults, frames, hostile, lifecycle, load, outages  # noqa: E402, F401
from scenarios.runner import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(__doc__, quick="90 s"))
