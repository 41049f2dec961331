"""Privy as integrations describe it, for the sandbox and for tests.

It shares nothing with the client or the mapping; it checks every signature by itself, from the
bytes that came. What is not known for certain (words of a state, where a callback names its
document) is constructed, and docs/adapters/privyid.md says so.
"""

from adapters.privyid.simulator.app import CONFIG, Simulator

__all__ = ["CONFIG", "Simulator"]
