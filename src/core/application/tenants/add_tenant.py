"""Tenants and their legal entities."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.hub import Asking, Hub, write_audit
from core.domain.audit import AuditEntry
from core.domain.country import COUNTRIES
from core.domain.money import exponent
from core.domain.problem import Fault, Invalid, NotFound
from core.domain.tenancy import LegalEntity, Permission, Tenant
from ports.store import Page


class NewEntity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """country: ISO 3166. currency: ISO 4217. licence: of travel or umrah, "" if none."""

    name: str
    country: str
    currency: str
    tax_id: str = ""
    licence: str = ""


async def add_tenant(hub: Hub, name: str, entity: NewEntity) -> Tenant:
    """A new agency, whose first company will be *entity*. Only the hub's own console makes one.

    Invalid: *entity* could not be added; there is then no agency either.
    """
    _check(entity)
    tenant = Tenant(id=hub.mint.id("tnt"), name=name, created_at=hub.clock.now())
    await hub.store.put_tenant(tenant)
    return tenant


async def add_entity(hub: Hub, asking: Asking, new: NewEntity) -> LegalEntity:
    asking.need(Permission.CONNECTIONS_WRITE)
    _check(new)
    entity = LegalEntity(
        id=hub.mint.id("ent"),
        name=new.name,
        country=new.country,
        currency=new.currency,
        tax_id=new.tax_id,
        licence=new.licence,
        created_at=hub.clock.now(),
    )
    async with hub.store.begin(asking.scope) as tx:
        await tx.put_entity(entity)
        await write_audit(hub, tx, asking, "entity.added", entity.id, after=entity)
    return entity


def _check(new: NewEntity) -> None:
    faults = []
    if not new.name.strip():
        faults.append(Fault("/name", "is required"))
    if new.country not in COUNTRIES:
        faults.append(Fault("/country", "is an ISO 3166 country, as SA or ID"))
    try:
        exponent(new.currency)
    except ValueError as e:
        faults.append(Fault("/currency", str(e)))
    if faults:
        raise Invalid(*faults)


async def list_entities(hub: Hub, asking: Asking, page: Page) -> Sequence[LegalEntity]:
    asking.need(Permission.CONNECTIONS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.entities(page)


async def read_entity(hub: Hub, asking: Asking, id: str) -> LegalEntity:
    asking.need(Permission.CONNECTIONS_READ)
    async with hub.store.read(asking.scope) as view:
        entity = await view.entity(id)
    if entity is None:
        raise NotFound("legal entity", id)
    return entity


async def list_audit(
    hub: Hub, asking: Asking, page: Page, *, subject: str | None
) -> Sequence[AuditEntry]:
    asking.need(Permission.AUDIT_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.audit_entries(page, subject=subject)
