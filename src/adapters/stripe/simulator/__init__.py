"""Stripe as this adapter sees it, for the sandbox and for tests.

Written from Stripe's documentation, with nothing of the client or the mapping in it: what
the two disagree on shows up as a red test.
"""

from adapters.stripe.simulator.app import KEY, Simulator
from adapters.stripe.simulator.faults import Fault

__all__ = ["KEY", "Fault", "Simulator"]
