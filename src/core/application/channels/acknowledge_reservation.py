"""Tell a channel that its reservation is kept: only after it is, and before the channel gives up."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from core.application.connection_parts import connection_parts
from core.application.hub import Hub
from core.domain.channels.push import backoff_s
from core.domain.channels.reservation import Acknowledgement
from core.domain.events.channel_events import unacknowledged_event
from core.domain.tenancy import Scope
from ports.errors import NotSupported, Refused, Unavailable, VendorError
from ports.jobs import Bell

GIVEN_UP_AFTER = timedelta(days=2)  # beyond its window; who still waits then tells it again
WARNED_AT = 0.5  # of the window


async def acknowledge_reservation(hub: Hub, scope: Scope, id: str) -> Acknowledgement:
    """It was heard, or is said again after a while, also when it was refused: what stood in the way
    may be mended, and until then the channel takes the guest for lost. An operator is told at
    once of a refusal, of all else when half the window is gone. LookupError: there is no such acknowledgement here."""
    async with hub.store.read(scope) as view:
        debt = await view.acknowledgement(id)
        if debt is None:
            raise LookupError(id)
        connection, account, _ = await connection_parts(hub, view, debt.connection)
    if debt.check_at is None:
        return debt
    error: VendorError | None = None
    try:
        source = await hub.vendors.reservation_source(scope, connection, account)
        await source.acknowledge(debt.told, ours=debt.reservation)
    except NotSupported:
        pass  # it wants none
    except VendorError as e:
        error = e
    async with hub.store.begin(scope) as tx:
        current = await tx.acknowledgement(id)
        if current is None or current.check_at is None:
            return current or debt
        now = hub.clock.now()
        after = _heard(current, now) if error is None else _unheard(current, error, now)
        late = after.warned and not current.warned
        if late:
            await tx.record(unacknowledged_event(after), now)
        await tx.put_acknowledgement(after)
    if late:
        await hub.jobs.ring(Bell.DELIVERIES)
    if after.check_at is not None:
        await hub.jobs.ring_at(Bell.ACKNOWLEDGEMENTS, after.check_at)
    return after


def _heard(debt: Acknowledgement, now: datetime) -> Acknowledgement:
    return msgspec.structs.replace(
        debt, acknowledged_at=now, check_at=None, attempts=debt.attempts + 1, note=""
    )


def _unheard(debt: Acknowledgement, error: VendorError, now: datetime) -> Acknowledgement:
    attempts = debt.attempts + 1
    asked = error.retry_after_s if isinstance(error, Unavailable) else None
    next_ = now + timedelta(seconds=max(backoff_s(attempts), asked or 0))
    window = debt.due_by - debt.received_at
    over, no = now > debt.due_by + GIVEN_UP_AFTER, isinstance(error, Refused)
    return msgspec.structs.replace(
        debt,
        check_at=None if over else next_,
        attempts=attempts,
        warned=debt.warned or over or no or now >= debt.received_at + window * WARNED_AT,
        note=str(error),
    )
