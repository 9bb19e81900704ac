#!/usr/bin/env python3
"""What a bridge must hold under load, faults and abuse, against real processes.

Each scenario has a bridge of its own, plays bootstraps and DHT peers by hand, and ends what it started. Whatever the
bridge says to anybody in any of them, and whatever it logs, must not hold the secret. Those that measure run alone;
those that mostly wait run side by side."""

import sys

sys.dont_write_bytecode = True

from scenarios.bridge_node import (bursts, turns, floods, relays, tokens, restarts, resources,  # noqa: E402, F401
                                   secrecy, invitations, silence, recovery, liars, doors)
from scenarios.runner import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(__doc__, quick="60 s"))
