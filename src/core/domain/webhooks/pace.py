"""How fast an endpoint is served: what it bears, when it is left alone, when it is well again.

The cap on what is in flight grows and shrinks as TCP's window does. A run of failures opens
the breaker: nothing is sent but one canary after each pause, so that what waits keeps its
retries. Who fails for a whole day is quarantined: the same, at longer pauses. Nothing is
disabled and nothing that waits is lost; one success brings it all back, slowly.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from core.domain.webhooks.delivery import Fault, Sent, asked_wait_s
from core.domain.webhooks.retry import DAY_S

_replace = msgspec.structs.replace


class Breaker(enum.StrEnum):
    """closed: deliveries flow. open, quarantined: one canary once resume_at has passed."""

    CLOSED = "closed"
    OPEN = "open"
    QUARANTINED = "quarantined"


class Pacing(msgspec.Struct, frozen=True):
    """The hub's policy, the same for all endpoints.

    start: the first cap on what is in flight. breaker_after: failures in a row that open the
    breaker; None: never. pauses_s: before the first, second … canary. quarantine_after_s: of
    failing without one success; None: never. canary_s: between canaries of a quarantined
    endpoint. warn_at: in percent of quarantine_after_s. failing_after: failures in a row before
    anybody is warned or quarantined, so that a quiet endpoint is not judged by two.
    adaptive: False keeps the cap at start.
    """

    start: int = 8
    adaptive: bool = True
    breaker_after: int | None = 10
    pauses_s: tuple[int, ...] = (15, 30, 60, 120, 300, 600)
    quarantine_after_s: int | None = DAY_S
    canary_s: int = 900
    failing_after: int = 5
    warn_at: tuple[int, ...] = (50, 70, 90)
    retry_after_max_s: int = 3600


class Pace(msgspec.Struct, frozen=True):
    """Where one endpoint stands.

    cap: deliveries in flight at most, over all processes. threshold: below it the cap doubles
    with each round of successes, above it it grows by one. failures: charged, in a row. pauses:
    of the breaker, since the last success. resume_at: nothing is sent before. warned: the last
    stage that was told. cut_at: when the cap was last halved.
    """

    endpoint: str
    cap: float
    threshold: float = 64.0
    breaker: Breaker = Breaker.CLOSED
    failures: int = 0
    pauses: int = 0
    warned: int = 0
    resume_at: datetime | None = None
    failing_since: datetime | None = None
    cut_at: datetime | None = None

    def at_rest(self, in_flight_max: int) -> bool:
        """One more success would change nothing."""
        return (
            self.cap == in_flight_max
            and self.failing_since is None
            and self.breaker is Breaker.CLOSED
        )


class Signal(enum.StrEnum):
    """What an operator is told of."""

    FAILING = "failing"
    QUARANTINED = "quarantined"
    RECOVERED = "recovered"


class Result(msgspec.Struct, frozen=True):
    """One attempt. claimed_at: what began before a cut or a pause says nothing about it."""

    sent: Sent
    claimed_at: datetime


def fresh(endpoint: str, pacing: Pacing, in_flight_max: int) -> Pace:
    """Of an endpoint that is new, changed, or switched on again. in_flight_max: its own."""
    return Pace(endpoint, float(min(pacing.start, in_flight_max)))


def after(
    pace: Pace,
    results: Iterable[Result],
    *,
    now: datetime,
    pacing: Pacing,
    in_flight_max: int,
    chance: float,
) -> tuple[Pace, tuple[Signal, ...]]:
    """The pace after *results*, in the order they came, and what to tell of it.

    in_flight_max: the endpoint's own. chance: 0 ≤ x < 1, for jitter of ± 20 %.
    """
    signals: list[Signal] = []
    for result in results:
        if result.sent.fault is Fault.OURS:
            continue
        was = pace
        if result.sent.fault is Fault.NONE:
            pace = _succeeded(pace, pacing, in_flight_max)
        else:
            pace = _failed(pace, result, now, pacing, 0.8 + 0.4 * chance)
        signals.extend(_told(was, pace))
    return pace, tuple(signals)


def _told(was: Pace, now: Pace) -> Iterable[Signal]:
    if now.breaker is Breaker.QUARANTINED and was.breaker is not Breaker.QUARANTINED:
        yield Signal.QUARANTINED
    elif now.warned > was.warned:
        yield Signal.FAILING
    elif now.failing_since is None and (was.warned or was.breaker is Breaker.QUARANTINED):
        yield Signal.RECOVERED


def _succeeded(pace: Pace, pacing: Pacing, in_flight_max: int) -> Pace:
    if pace.at_rest(in_flight_max):
        return pace
    well = _replace(
        pace,
        breaker=Breaker.CLOSED,
        failures=0,
        pauses=0,
        warned=0,
        failing_since=None,
    )
    if pace.breaker is not Breaker.CLOSED:
        well = _replace(well, cap=1.0, threshold=float(in_flight_max), resume_at=None)
        if pacing.adaptive:  # slow start: 1, 2, 4 … not the whole backlog at once
            return well
    if not pacing.adaptive:
        return _replace(well, cap=float(min(pacing.start, in_flight_max)))
    grown = pace.cap + (1.0 if pace.cap < pace.threshold else 1.0 / pace.cap)
    return _replace(well, cap=min(grown, float(in_flight_max)))


def _failed(pace: Pace, result: Result, now: datetime, pacing: Pacing, spread: float) -> Pace:
    pace = _replace(
        pace, failures=pace.failures + 1, failing_since=pace.failing_since or result.claimed_at
    )
    pace = _slowed(pace, result, now, pacing)
    assert pace.failing_since is not None
    if pacing.quarantine_after_s is not None and pace.failures >= pacing.failing_after:
        share = (now - pace.failing_since).total_seconds() / pacing.quarantine_after_s
        pace = _replace(
            pace, warned=max([pace.warned, *(w for w in pacing.warn_at if w <= 100 * share)])
        )
        if share >= 1:
            return _paused(pace, Breaker.QUARANTINED, now, pacing.canary_s * spread)
    over = pacing.breaker_after is not None and pace.failures >= pacing.breaker_after
    if pace.breaker is Breaker.CLOSED and not over:
        return pace
    if pace.breaker is not Breaker.CLOSED and not _is_canary(pace, result):
        return pace
    pause = pacing.pauses_s[min(pace.pauses, len(pacing.pauses_s) - 1)]
    return _paused(_replace(pace, pauses=pace.pauses + 1), Breaker.OPEN, now, pause * spread)


def _is_canary(pace: Pace, result: Result) -> bool:
    """It began after the pause, and not before the breaker opened."""
    return pace.resume_at is None or result.claimed_at >= pace.resume_at


def _paused(pace: Pace, breaker: Breaker, now: datetime, pause_s: float) -> Pace:
    resume_at = _later(pace.resume_at, now + timedelta(seconds=pause_s))
    return _replace(pace, breaker=breaker, cap=1.0, resume_at=resume_at)


def _slowed(pace: Pace, result: Result, now: datetime, pacing: Pacing) -> Pace:
    """Halved, once for what was in flight together; and left alone as long as it asks for."""
    sent = result.sent
    asked = asked_wait_s(sent, pacing.retry_after_max_s)
    if asked is not None:
        pace = _replace(pace, resume_at=_later(pace.resume_at, now + timedelta(seconds=asked)))
    overloaded = sent.fault in (Fault.PARTNER_BUSY, Fault.PARTNER_DOWN)
    again = pace.cut_at is not None and result.claimed_at <= pace.cut_at
    if not pacing.adaptive or not overloaded or again:
        return pace
    half = max(pace.cap / 2, 1.0)
    return _replace(pace, cap=half, threshold=half, cut_at=now)


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
