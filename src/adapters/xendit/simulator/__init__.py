"""Xendit as this adapter sees it, for the sandbox and for tests.

Written from Xendit's documentation and the types of its SDK, with nothing of the client or the
mapping in it: what the two disagree on shows up as a red test.
"""

from adapters._kit.simulator.faults import Fault
from adapters.xendit.simulator.app import BUSINESS, KEY, TOKEN, Simulator

__all__ = ["BUSINESS", "KEY", "TOKEN", "Fault", "Simulator"]
