"""Recorded conversations with the existing network's bootstrap server, played to ours."""
