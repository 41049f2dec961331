"""Midtrans as this adapter sees it, for the sandbox and for tests.

Written from Midtrans' documentation, with nothing of the client or the mapping in it: what
the two disagree on shows up as a red test.
"""

from adapters._kit.simulator.faults import Fault
from adapters.midtrans.simulator.app import KEY, MERCHANT, Simulator

__all__ = ["KEY", "MERCHANT", "Fault", "Simulator"]
