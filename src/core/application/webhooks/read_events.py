"""The feed of events, and what became of their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.domain.event import Event
from core.domain.problem import Conflict, NotFound
from core.domain.tenancy import Permission
from core.domain.webhooks.delivery import Attempt, Delivery
from core.domain.webhooks.partner import Partner
from ports.jobs import Bell
from ports.store import AttemptFilter, DeliveryFilter, Page, View

Where = TypeVar("Where", DeliveryFilter, AttemptFilter)


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
    if event is None or (partner is not None and not partner.may_see(event.partner)):
        raise NotFound("event", id)
    return event


async def _partner(view: View, asking: Asking) -> Partner | None:
    """Whose key asks; None: the tenant's own."""
    if asking.who.partner is None:
        return None
    partner = await view.partner(asking.who.partner)
    if partner is None:
        raise NotFound("partner", asking.who.partner)
    return partner


async def list_deliveries(
    hub: Hub, asking: Asking, page: Page, where: DeliveryFilter
) -> Sequence[Delivery]:
    """Newest first; a partner's key sees that partner's."""
    asking.need(Permission.DELIVERIES_READ)
    own = _own(asking, where)
    if own is None:
        return ()
    async with hub.store.read(asking.scope) as view:
        return await view.deliveries(page, own)


async def list_attempts(
    hub: Hub, asking: Asking, page: Page, where: AttemptFilter
) -> Sequence[Attempt]:
    """Newest first, of all deliveries that may be seen."""
    asking.need(Permission.DELIVERIES_READ)
    own = _own(asking, where)
    if own is None:
        return ()
    async with hub.store.read(asking.scope) as view:
        return await view.attempts_by(page, own)


def _own(asking: Asking, where: Where) -> Where | None:
    """*where*, of what the caller may see; None: that is nothing."""
    own = asking.who.partner
    if own is not None and where.partner not in (None, own):
        return None
    return msgspec.structs.replace(where, partner=own or where.partner)


async def read_delivery(hub: Hub, asking: Asking, id: str) -> tuple[Delivery, Sequence[Attempt]]:
    """A delivery and its attempts, oldest first."""
    asking.need(Permission.DELIVERIES_READ)
    async with hub.store.read(asking.scope) as view:
        return await _visible(view, asking, id), await view.attempts(id)


async def _visible(view: View, asking: Asking, id: str) -> Delivery:
    delivery = await view.delivery(id)
    if delivery is None or asking.who.partner not in (None, delivery.partner):
        raise NotFound("delivery", id)
    return delivery


async def resend_delivery(hub: Hub, asking: Asking, id: str) -> Delivery:
    """One more delivery of the same event, under the same webhook-id, due now; a repeat is
    another one. Conflict: its event or its endpoint is no longer kept.
    """
    asking.need(Permission.DELIVERIES_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        delivery = await _visible(tx, asking, id)
        event, endpoint = await tx.event(delivery.event), await tx.endpoint(delivery.endpoint)
        if event is None or endpoint is None:
            raise Conflict("gone", "the event or its endpoint is no longer kept")
        again = await tx.resend(event, endpoint, hub.clock.now())
        await write_audit(hub, tx, asking, "delivery.resent", id, after=again)
    await hub.jobs.ring(Bell.DELIVERIES)
    return again
