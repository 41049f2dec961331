"""A breaker: stop calling what does not answer, and let one call find out when it does again."""

from __future__ import annotations

from ports.clock import Clock


class Permit:
    """One call that was let through. Settle it once; what is settled first counts."""

    def __init__(self, breaker: Breaker, *, probe: bool) -> None:
        self._breaker = breaker
        self._probe = probe
        self._open = True

    def settle(self, *, answered: bool) -> None:
        """answered: False when the vendor gave no answer, or said that it cannot (5xx)."""
        if self._settle():
            self._breaker._settled(answered=answered, probe=self._probe)

    def abandoned(self) -> None:
        """It says nothing about the vendor: not sent after all, or given up by the caller."""
        if self._settle() and self._probe:
            self._breaker._probing = False

    def _settle(self) -> bool:
        was, self._open = self._open, False
        return was


class Breaker:
    """Opens after *threshold* failures in a row; after *rest_s* lets one probe through.

    A probe that succeeds closes it; one that fails starts the rest again.
    State is this process's own: each process finds out for itself.
    """

    def __init__(self, clock: Clock, *, threshold: int = 5, rest_s: float = 15.0) -> None:
        self._clock = clock
        self._threshold = threshold
        self._rest_s = rest_s
        self._failures = 0
        self._open_until: float | None = None
        self._probing = False

    @property
    def is_open(self) -> bool:
        """True from the failure that opened it until a probe succeeds."""
        return self._open_until is not None

    def ask(self) -> Permit | float:
        """A permit to call, or the seconds to wait before asking again."""
        if self._open_until is None:
            return Permit(self, probe=False)
        left = self._open_until - self._clock.monotonic()
        if left > 0:
            return left
        if self._probing:
            return self._rest_s
        self._probing = True
        return Permit(self, probe=True)

    def _settled(self, *, answered: bool, probe: bool) -> None:
        if self._open_until is not None and not probe:
            return  # a straggler from before it opened says nothing about now
        self._probing = False
        if answered:
            self._failures, self._open_until = 0, None
            return
        self._failures += 1
        if probe or self._failures >= self._threshold:
            self._open_until = self._clock.monotonic() + self._rest_s
