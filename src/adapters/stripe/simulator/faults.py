"""Stripe's own of what can go wrong: its hint whether to try again."""

from __future__ import annotations

from typing import Literal

from adapters._kit.simulator import faults

Operation = Literal[
    "*",
    "start_checkout",
    "find",
    "expire",
    "refund",
    "find_refund",
    "list_settlements",
    "find_intent",
    "probe",
]


class Fault(faults.Fault, frozen=True, forbid_unknown_fields=True):
    """should_retry: Stripe's own hint on the answer, absent when None."""

    operation: Operation = "*"
    should_retry: bool | None = None
