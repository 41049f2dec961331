"""Look at recoveries, and pause, resume, cancel or pace one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.domain.problem import NotFound
from core.domain.tenancy import Permission
from core.domain.webhooks import recovery_moves as moves
from core.domain.webhooks.recovery import Recovery, RecoveryState
from ports.jobs import Bell
from ports.store import Page, RecoveryFilter, Tx, View


async def list_recoveries(
    hub: Hub, asking: Asking, page: Page, where: RecoveryFilter
) -> Sequence[Recovery]:
    """A partner's key sees those of that partner's endpoints; the tenant's sees all."""
    asking.need(Permission.DELIVERIES_READ)
    if asking.who.partner is not None:
        where = msgspec.structs.replace(where, partner=asking.who.partner)
    async with hub.store.read(asking.scope) as view:
        return await view.recoveries(page, where)


async def read_recovery(hub: Hub, asking: Asking, id: str) -> Recovery:
    asking.need(Permission.DELIVERIES_READ)
    async with hub.store.read(asking.scope) as view:
        return await _visible(view, asking, id)


async def pause_recovery(hub: Hub, asking: Asking, id: str) -> Recovery:
    """Until it is resumed. What it made already goes out. A repeat does nothing."""
    return await _move(hub, asking, id, "recovery.paused", moves.pause)


async def resume_recovery(hub: Hub, asking: Asking, id: str) -> Recovery:
    """From where it stopped. A repeat does nothing. Conflict: the endpoint is disabled, or
    another recovery of it is running."""
    asking.need(Permission.DELIVERIES_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before = await _visible(tx, asking, id)
        after = moves.resume(before, hub.clock.now())
        if after != before:
            await _need_free(tx, before)
        await _keep(hub, tx, asking, "recovery.resumed", before, after)
    await hub.jobs.ring(Bell.RECOVERIES)
    return after


async def cancel_recovery(hub: Hub, asking: Asking, id: str) -> Recovery:
    """For good. What it made already goes out. A repeat does nothing."""
    return await _move(
        hub, asking, id, "recovery.cancelled", lambda r: moves.cancel(r, hub.clock.now())
    )


async def pace_recovery(hub: Hub, asking: Asking, id: str, pace_per_s: int) -> Recovery:
    """From its next tick on."""
    after = await _move(
        hub,
        asking,
        id,
        "recovery.paced",
        lambda r: moves.at_pace(r, pace_per_s, hub.clock.now()),
    )
    await hub.jobs.ring(Bell.RECOVERIES)
    return after


async def _move(
    hub: Hub, asking: Asking, id: str, action: str, change: Callable[[Recovery], Recovery]
) -> Recovery:
    asking.need(Permission.DELIVERIES_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before = await _visible(tx, asking, id)
        after = change(before)
        await _keep(hub, tx, asking, action, before, after)
    return after


async def _keep(
    hub: Hub, tx: Tx, asking: Asking, action: str, before: Recovery, after: Recovery
) -> None:
    if after == before:
        return
    await tx.put_recovery(after)
    await write_audit(hub, tx, asking, action, after.id, before=before, after=after)


async def _need_free(tx: Tx, recovery: Recovery) -> None:
    endpoint = await tx.endpoint(recovery.endpoint)
    if endpoint is None:
        raise NotFound("endpoint", recovery.endpoint)
    moves.need_active(endpoint)
    where = RecoveryFilter(endpoint=endpoint.id, state=RecoveryState.RUNNING)
    moves.need_alone(next(iter(await tx.recoveries(Page(limit=1), where)), None))


async def _visible(view: View, asking: Asking, id: str) -> Recovery:
    recovery = await view.recovery(id)
    if recovery is None or asking.who.partner not in (None, recovery.partner):
        raise NotFound("recovery", id)
    return recovery
