"""Start a recovery, or count first what it would send."""

from __future__ import annotations

from core.application.hub import Asking, Hub, write_intent
from core.domain.events.catalogue import CATALOGUE
from core.domain.problem import NotFound
from core.domain.tenancy import Permission
from core.domain.webhooks import recovery as rules
from core.domain.webhooks import recovery_moves as moves
from core.domain.webhooks.partner import Endpoint
from core.domain.webhooks.recovery import NewRecovery, Recovery, RecoveryState, Tally, Wanted
from ports.jobs import Bell
from ports.store import Page, RecoveryFilter, View


async def preview_recovery(hub: Hub, asking: Asking, new: NewRecovery) -> Tally:
    """What a recovery would send if it were started now. Nothing is made.

    Invalid, NotFound and Conflict as `start_recovery`; another one may be running.
    """
    asking.need(Permission.DELIVERIES_WRITE)
    _, _, tally = await _counted(hub, asking, new)
    return tally


async def start_recovery(
    hub: Hub, asking: Asking, new: NewRecovery, made: str | None = None
) -> Recovery:
    """Running from now on, whatever is restarted meanwhile; done at once if there is nothing.

    made: what the same request made before it died; that one is given, and no other is made.
    Invalid: no such stretch of time, pace or types. Conflict: the endpoint is disabled, or
    another recovery of it is running.
    """
    asking.need(Permission.DELIVERIES_WRITE)
    if made is not None:
        return await _made(hub, asking, made)
    endpoint, wanted, tally = await _counted(hub, asking, new)
    recovery = moves.start(
        hub.mint.id("rcv"),
        new,
        endpoint,
        wanted,
        tally,
        now=hub.clock.now(),
        by=asking.who.id,
        reason=asking.reason,
    )
    async with hub.store.begin(asking.scope) as tx:
        await tx.endpoint(endpoint.id)  # locked: two that start at once see each other
        where = RecoveryFilter(endpoint=endpoint.id, state=RecoveryState.RUNNING)
        moves.need_alone(next(iter(await tx.recoveries(Page(limit=1), where)), None))
        await tx.put_recovery(recovery)
        await write_intent(hub, tx, asking, "recovery.started", recovery.id, after=recovery)
    await hub.jobs.ring(Bell.RECOVERIES)
    return recovery


async def _made(hub: Hub, asking: Asking, id: str) -> Recovery:
    async with hub.store.read(asking.scope) as view:
        found = await view.recovery(id)
    if found is None:
        raise NotFound("recovery", id)
    return found


async def _counted(hub: Hub, asking: Asking, new: NewRecovery) -> tuple[Endpoint, Wanted, Tally]:
    async with hub.store.read(asking.scope) as view:
        endpoint = await _open(view, asking, new.endpoint)
        wanted = rules.bounded(new, endpoint, tuple(CATALOGUE), hub.clock.now())
        partner = await view.partner(endpoint.partner)
        if partner is None:
            raise NotFound("partner", endpoint.partner)
        wanted = rules.seen_by(wanted, partner)
        return endpoint, wanted, await view.tally(wanted)


async def _open(view: View, asking: Asking, id: str) -> Endpoint:
    endpoint = await view.endpoint(id)
    if endpoint is None or asking.who.partner not in (None, endpoint.partner):
        raise NotFound("endpoint", id)
    moves.need_active(endpoint)
    return endpoint
