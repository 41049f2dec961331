"""Ask a channel for its reservations: each is kept as it came, before anything is done with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from core.application.channels.push_failure import failure_of
from core.application.connection_parts import connection_parts
from core.application.hub import Hub
from core.domain.channels.pulling import Pull
from core.domain.channels.push import backoff_s
from core.domain.connections.connection import ConnectionState
from core.domain.inbound.inbox import InboxMessage
from core.domain.tenancy import Scope
from core.domain.vendor_id import kept_id
from ports.errors import Unavailable, VendorError
from ports.jobs import Bell
from ports.reservation_source import PulledReservation, ReservationSource
from ports.store import Tx

PULLED = "reservation.pulled"
ROUNDS_MAX = 50
SOON_S = 1.0  # what is acknowledged makes room for more


async def pull_reservations(hub: Hub, scope: Scope, id: str) -> Pull:
    """*id*: of the connection. All that waits there is in the inbox when this returns, or is asked
    for again soon. What was acknowledged, or given up, and comes again is acknowledged again."""
    async with hub.store.read(scope) as view:
        pull = await view.pull(id)
        if pull is None:
            raise LookupError(id)
        connection, account, _ = await connection_parts(hub, view, id)
        codes = [channel.property_code for channel in await view.channels_of(connection=id)]
    if not codes or connection.state is not ConnectionState.ACTIVE:
        return await _settle(hub, scope, pull, None, None)
    error: VendorError | None = None
    new = 0
    try:
        source = await hub.vendors.reservation_source(scope, connection, account)
        new = await _pull_all(hub, scope, id, source, codes)
    except VendorError as e:
        error = e
    return await _settle(hub, scope, pull, error, SOON_S if new else pull.every_s)


async def pull_at_once(hub: Hub, tx: Tx, connection: str) -> None:
    """A hint came, or the connection is on again: the caller rings Bell.PULLS after commit."""
    pull = await tx.pull(connection)
    if pull is not None:
        now = hub.clock.now()
        await tx.put_pull(msgspec.structs.replace(pull, check_at=now, hinted_at=now))


async def _pull_all(
    hub: Hub, scope: Scope, id: str, source: ReservationSource, codes: Sequence[str]
) -> int:
    """Until nothing new comes; how many were new."""
    total = 0
    for _ in range(ROUNDS_MAX):
        asked_at = hub.clock.now()
        pulled = await source.pull(codes)
        new = await _keep(hub, scope, id, pulled, asked_at) if pulled else 0
        total += new
        if not new:
            break
        await hub.jobs.ring(Bell.INBOX)
    return total


async def _keep(
    hub: Hub, scope: Scope, id: str, pulled: Sequence[PulledReservation], asked_at: datetime
) -> int:
    new, now = 0, hub.clock.now()
    async with hub.store.begin(scope) as tx:
        for one in pulled:
            kept = kept_id(one.message, one.raw)
            message = InboxMessage(
                id=hub.mint.id("inb"),
                connection=id,
                vendor_id=f"reservation {kept}",
                type=PULLED,
                raw=one.raw,
                received_at=now,
            )
            if await tx.receive(message):
                new += 1
            else:
                await _say_again(hub, tx, id, kept, asked_at)
    return new


async def _say_again(hub: Hub, tx: Tx, connection: str, message: str, asked_at: datetime) -> None:
    """Not where it was acknowledged after *asked_at*: the answer may be older than that. One that
    was given up waits as after any failure: the channel may have its reasons."""
    debt = await tx.acknowledgement_of(connection, message)
    if debt is None or debt.check_at is not None:
        return
    heard_at = debt.acknowledged_at
    if heard_at is not None and heard_at >= asked_at:
        return
    wait = 0.0 if heard_at else backoff_s(debt.attempts)
    at = hub.clock.now() + timedelta(seconds=wait)
    await tx.put_acknowledgement(msgspec.structs.replace(debt, acknowledged_at=None, check_at=at))
    await hub.jobs.ring_at(Bell.ACKNOWLEDGEMENTS, at)


async def _settle(
    hub: Hub, scope: Scope, begun: Pull, error: VendorError | None, after_s: float | None
) -> Pull:
    """after_s None: there is nothing to ask for until somebody says so. A hint that came after
    *begun* may be of what was not there yet: it is asked again at once."""
    id = begun.id
    now = hub.clock.now()
    async with hub.store.begin(scope) as tx:
        pull = await tx.pull(id)
        if pull is None:
            raise LookupError(id)
        failure = failure_of(error, pull.failure, now) if error else None
        wait = after_s
        if failure is not None:
            asked = error.retry_after_s if isinstance(error, Unavailable) else None
            wait = max(min(backoff_s(failure.times), pull.every_s), asked or 0)
        hinted = pull.hinted_at not in (None, begun.hinted_at) and failure is None
        check_at = None if wait is None else now + timedelta(seconds=wait)
        after = msgspec.structs.replace(
            pull,
            check_at=pull.check_at if hinted else check_at,
            pulled_at=pull.pulled_at if error else now,
            hinted_at=None,
            failure=failure,
        )
        await tx.put_pull(after)
    if after.check_at is not None:
        await hub.jobs.ring_at(Bell.PULLS, after.check_at)
    return after
