"""Scenarios for the pool of bridge links: real processes, real sockets, and bridges that do as a scenario asks."""
