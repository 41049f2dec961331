"""The feed of events, and what became of their deliveries."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.domain.delivery import Attempt, Delivery
from core.domain.event import Event
from core.domain.partner import Partner, Sees
from core.domain.problem import Conflict, NotFound
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.store import AttemptFilter, DeliveryFilter, Page, View


async def list_events(hub: Hub, asking: Asking, *, after: int, limit: int) -> Sequence[Event]:
    """Events after feed position *after*, in commit order; none is ever skipped."""
    asking.need(Permission.EVENTS_READ)
    async with hub.store.read(asking.scope) as view:
        partner = await _partner(view, asking)
        return await view.events(after, limit, partner=partner)


async def read_event(hub: Hub, asking: Asking, id: str) -> Event:
    asking.need(Permission.EVENTS_READ)
    async with hub.store.read(asking.scope) as view:
        event = await view.event(id)
        partner = await _partner(view, asking)
    if event is None or not _may_see(partner, event):
        raise NotFound("event", id)
    return event


def _may_see(partner: Partner | None, event: Event) -> bool:
    return partner is None or partner.sees is Sees.ALL or event.partner == partner.id


async def _partner(view: View, asking: Asking) -> Partner | None:
    if asking.who.partner is None:
        return None
    partner = await view.partner(asking.who.partner)
    if partner is None:
        raise NotFound("partner", asking.who.partner)
    return partner


async def list_deliveries(
    hub: Hub, asking: Asking, page: Page, where: DeliveryFilter
) -> Sequence[Delivery]:
    asking.need(Permission.DELIVERIES_READ)
    if asking.who.partner is not None and where.partner not in (None, asking.who.partner):
        return ()
    own = msgspec.structs.replace(where, partner=asking.who.partner or where.partner)
    async with hub.store.read(asking.scope) as view:
        return await view.deliveries(page, own)


async def list_attempts(
    hub: Hub, asking: Asking, page: Page, where: AttemptFilter
) -> Sequence[Attempt]:
    """Newest first, of all deliveries that may be seen."""
    asking.need(Permission.DELIVERIES_READ)
    if asking.who.partner is not None and where.partner not in (None, asking.who.partner):
        return ()
    own = msgspec.structs.replace(where, partner=asking.who.partner or where.partner)
    async with hub.store.read(asking.scope) as view:
        return await view.attempts_by(page, own)


async def read_delivery(hub: Hub, asking: Asking, id: str) -> tuple[Delivery, Sequence[Attempt]]:
    """A delivery and its attempts, oldest first."""
    asking.need(Permission.DELIVERIES_READ)
    async with hub.store.read(asking.scope) as view:
        delivery = await view.delivery(id)
        if delivery is None or asking.who.partner not in (None, delivery.partner):
            raise NotFound("delivery", id)
        return delivery, await view.attempts(id)


async def resend_delivery(hub: Hub, asking: Asking, id: str) -> Delivery:
    """One more delivery of the same event, under the same webhook-id, due now."""
    asking.need(Permission.DELIVERIES_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        delivery = await tx.delivery(id)
        if delivery is None or asking.who.partner not in (None, delivery.partner):
            raise NotFound("delivery", id)
        event, endpoint = await tx.event(delivery.event), await tx.endpoint(delivery.endpoint)
        if event is None or endpoint is None:
            raise Conflict("gone", "the event or its endpoint is no longer kept")
        again = await tx.resend(event, endpoint, hub.clock.now())
        await write_audit(hub, tx, asking, "delivery.resent", id, after=again)
    await hub.jobs.ring(Bell.DELIVERIES)
    return again
