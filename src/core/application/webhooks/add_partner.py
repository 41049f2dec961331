"""Partners: who is told, and of what."""

from __future__ import annotations

from collections.abc import Sequence

from core.application.hub import Asking, Hub, write_audit
from core.domain.problem import NotFound
from core.domain.tenancy import Permission
from core.domain.webhooks.partner import Partner, Sees
from ports.store import Page


async def add_partner(hub: Hub, asking: Asking, name: str, sees: Sees) -> Partner:
    asking.need(Permission.PARTNERS_WRITE)
    partner = Partner(id=hub.mint.id("ptn"), name=name, created_at=hub.clock.now(), sees=sees)
    async with hub.store.begin(asking.scope) as tx:
        await tx.put_partner(partner)
        await write_audit(hub, tx, asking, "partner.added", partner.id, after=partner)
    return partner


async def list_partners(hub: Hub, asking: Asking, page: Page) -> Sequence[Partner]:
    asking.need(Permission.PARTNERS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.partners(page)


async def read_partner(hub: Hub, asking: Asking, id: str) -> Partner:
    asking.need(Permission.PARTNERS_READ)
    async with hub.store.read(asking.scope) as view:
        partner = await view.partner(id)
    if partner is None:
        raise NotFound("partner", id)
    return partner
