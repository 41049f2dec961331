"""A supplier in memory that goes wrong when it is told to, once for each time it is told."""

from __future__ import annotations

from ports.errors import Misconfigured, OutcomeUnknown, Unavailable, VendorError

VENDOR = "memory"
_REFUSING: dict[str, type[VendorError]] = {
    "unauthorised": Misconfigured,
    "forbidden": Misconfigured,
    "not_sent": OutcomeUnknown,
}


class Breakable:
    def __init__(self) -> None:
        self._faults: list[tuple[str, str, float]] = []

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        self._faults.append((operation, how, value))

    def _fails(self, operation: str) -> tuple[str, float] | None:
        """Raise the next fault of *operation* that keeps anything from happening; else hand it on."""
        fault = next((f for f in self._faults if f[0] == operation), None)
        if fault is None:
            return None
        self._faults.remove(fault)
        _, how, value = fault
        error = _REFUSING.get(how)
        if error is not None:
            raise error(how, vendor=VENDOR, operation=operation)
        if how == "rate_limited":
            raise Unavailable(how, vendor=VENDOR, operation=operation, retry_after_s=value)
        return how, value

    def _lost(self, fault: tuple[str, float] | None, operation: str) -> None:
        if fault is not None and fault[0] == "lost":
            raise OutcomeUnknown("the answer was lost", vendor=VENDOR, operation=operation)
