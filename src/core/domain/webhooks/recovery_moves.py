"""What becomes of a recovery: how it starts, what a tick does, and what a person may do to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from core.domain.problem import Conflict, Fault, Invalid
from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.partner import Endpoint, EndpointState
from core.domain.webhooks.recovery import (
    FINISHED,
    PACE_MAX,
    NewRecovery,
    Recovery,
    RecoveryState,
    Tally,
    Wanted,
)

CHUNK = 50  # in one tick at most: a tick must not hold the database's only writer for long
SPAN = 20_000  # positions of the feed that one tick looks at, for the same reason
CATCH_UP_S = 5.0  # how much of its pace a tick that comes late makes up for
WAIT_S = 5.0  # until it looks again whether the endpoint can take more
WAITING_MAX = 1000  # deliveries to the endpoint: beyond them it only moves a queue about

_replace = msgspec.structs.replace


def start(
    id: str,
    new: NewRecovery,
    endpoint: Endpoint,
    wanted: Wanted,
    tally: Tally,
    *,
    now: datetime,
    by: str,
    reason: str,
) -> Recovery:
    """Running, from just before the first event to the last; done if there is none."""
    recovery = Recovery(
        id=id,
        endpoint=endpoint.id,
        partner=endpoint.partner,
        what=new.what,
        types=new.types or endpoint.types,
        since=wanted.since,
        until=wanted.until,
        pace_per_s=new.pace_per_s,
        cursor=max(tally.first - 1, 0),
        end=tally.last,
        total=tally.total,
        created_at=now,
        created_by=by,
        reason=reason,
        check_at=now,
    )
    return recovery if tally.total else _finished(recovery, RecoveryState.DONE, now)


def _finished(recovery: Recovery, state: RecoveryState, now: datetime) -> Recovery:
    return _replace(recovery, state=state, check_at=None, finished_at=now, note="")


def disabled(endpoint: Endpoint) -> str | None:
    """Why it is sent nothing; None: it is active."""
    if endpoint.state is EndpointState.ACTIVE:
        return None
    return f"the endpoint is disabled ({endpoint.disabled_reason or 'by request'})"


def need_active(endpoint: Endpoint) -> None:
    """Conflict: nothing would go out."""
    why = disabled(endpoint)
    if why is not None:
        raise Conflict("endpoint_disabled", f"{why}; enable it first")


def need_alone(running: Recovery | None) -> None:
    """Conflict: *running* is another recovery of the same endpoint."""
    if running is not None:
        said = f"{running.id} is running for this endpoint; wait for it, pause it or cancel it"
        raise Conflict("recovery_running", said, resource=running.id)


def pause(recovery: Recovery, note: str = "") -> Recovery:
    """As it is if it is paused already. Conflict: it is over."""
    _need_unfinished(recovery)
    if recovery.state is RecoveryState.PAUSED:
        return recovery
    return _replace(recovery, state=RecoveryState.PAUSED, check_at=None, note=note)


def resume(recovery: Recovery, now: datetime) -> Recovery:
    """From where it stopped; as it is if it runs. Conflict: it is over."""
    _need_unfinished(recovery)
    if recovery.state is RecoveryState.RUNNING:
        return recovery
    return _replace(recovery, state=RecoveryState.RUNNING, check_at=now, note="")


def cancel(recovery: Recovery, now: datetime) -> Recovery:
    """For good; deliveries already made go out. As it is if it is cancelled. Conflict: done."""
    if recovery.state is RecoveryState.CANCELLED:
        return recovery
    _need_unfinished(recovery)
    return _finished(recovery, RecoveryState.CANCELLED, now)


def at_pace(recovery: Recovery, pace_per_s: int, now: datetime) -> Recovery:
    """Invalid: no such pace. Conflict: it is over."""
    if not 1 <= pace_per_s <= PACE_MAX:
        raise Invalid(Fault("/pace_per_s", f"is not 1 to {PACE_MAX} events a second"))
    _need_unfinished(recovery)
    check_at = None if recovery.check_at is None else min(recovery.check_at, now)
    return _replace(recovery, pace_per_s=pace_per_s, check_at=check_at)


def _need_unfinished(recovery: Recovery) -> None:
    if recovery.state in FINISHED:
        said = f"the recovery is {recovery.state}; start another for what is still to be sent"
        raise Conflict("recovery_finished", said)


class Send(msgspec.Struct, frozen=True):
    """limit: as many events at most. up_to: the last position that is looked at."""

    limit: int
    up_to: int
    note: str = ""


class Wait(msgspec.Struct, frozen=True):
    note: str


class Stop(msgspec.Struct, frozen=True):
    """A person has to do something first."""

    note: str


def decide(
    recovery: Recovery, endpoint: Endpoint, pace: Pace | None, waiting: int
) -> Send | Wait | Stop:
    """What a tick does. waiting: unfinished deliveries to the endpoint, up to WAITING_MAX."""
    why = disabled(endpoint)
    if why is not None:
        return Stop(f"{why}; enable it, then resume")
    up_to = min(recovery.end, recovery.cursor + SPAN)
    if pace is not None and pace.breaker is not Breaker.CLOSED:
        since = "" if pace.failing_since is None else f" since {pace.failing_since:%Y-%m-%d %H:%MZ}"
        note = f"waits: the endpoint is failing{since}"
        # The breaker tries an endpoint with what waits for it: with nothing there it stays open.
        return Wait(note) if waiting else Send(1, up_to, note)
    if waiting >= WAITING_MAX:
        return Wait(f"waits: {WAITING_MAX:,} deliveries or more to the endpoint are unfinished")
    return Send(min(recovery.pace_per_s, CHUNK, WAITING_MAX - waiting), up_to)


def advance(recovery: Recovery, positions: Sequence[int], order: Send, now: datetime) -> Recovery:
    """After the events at *positions* were sent, all that were found as *order* says."""
    cursor = order.up_to if len(positions) < order.limit else positions[-1]
    moved = _replace(
        recovery,
        cursor=cursor,
        looked_at=recovery.looked_at + cursor - recovery.cursor,
        sent=recovery.sent + len(positions),
        note=order.note,
    )
    if cursor >= recovery.end:
        return _finished(moved, RecoveryState.DONE, now)
    since = recovery.check_at or now
    due = since + timedelta(seconds=len(positions) / recovery.pace_per_s)
    return _replace(moved, check_at=max(due, now - timedelta(seconds=CATCH_UP_S)))


def wait(recovery: Recovery, why: Wait, now: datetime) -> Recovery:
    return _replace(recovery, check_at=now + timedelta(seconds=WAIT_S), note=why.note)
