"""Properties of the tenant's own: what there is to sell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.application.hub import Asking, Hub, write_audit, write_intent
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.stock.property import Property, TaxRule
from core.domain.stock.wording import wrong_with
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.paging import Page
from ports.stock import StockView


class NewProperty(msgspec.Struct, frozen=True):
    """As core.domain.stock.property.Property says."""

    entity: str
    code: str
    name: str
    timezone: str
    currency: str
    country: str
    latitude: float | None = None
    longitude: float | None = None
    category: str = ""
    taxes: tuple[TaxRule, ...] = ()


class PropertyChange(msgspec.Struct, frozen=True):
    """None leaves a thing as it is. The currency stays, for prices are set in it."""

    name: str | None = None
    timezone: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    category: str | None = None
    taxes: tuple[TaxRule, ...] | None = None
    active: bool | None = None


async def add_property(
    hub: Hub, asking: Asking, new: NewProperty, made: str | None = None
) -> Property:
    """made: what the same request made before it died; that one is given.

    Invalid: what core.domain.stock.wording does not allow; no such time zone or currency.
    Conflict: the code is another property's.
    """
    asking.need(Permission.STOCK_WRITE)
    if made is not None:
        return await read_property(hub, asking, made)
    check_wording(msgspec.structs.asdict(new))
    id, now = hub.mint.id("prp"), hub.clock.now()
    try:
        house = Property(id=id, created_at=now, **msgspec.structs.asdict(new))
    except ValueError as e:
        raise Invalid(_fault(str(e))) from None
    async with hub.store.begin(asking.scope) as tx:
        if await tx.entity(new.entity) is None:
            raise NotFound("legal entity", new.entity)
        other = await tx.property_by_code(new.code)
        if other is not None:
            raise code_taken(new.code, other.name, other.id)
        await tx.put_property(house)
        await write_intent(hub, tx, asking, "property.added", house.id, after=house)
    return house


async def change_property(hub: Hub, asking: Asking, id: str, change: PropertyChange) -> Property:
    """Channels hear of it, for every night may mean something else."""
    asking.need(Permission.STOCK_WRITE)
    said = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not None}
    async with hub.store.begin(asking.scope) as tx:
        before = await tx.property_to_change(id)
        if before is None:
            raise NotFound("property", id)
        where = {n: said.get(n, getattr(before, n)) for n in ("latitude", "longitude")}
        check_wording(said | where)
        try:
            after = msgspec.structs.replace(before, **said)
        except ValueError as e:
            raise Invalid(_fault(str(e))) from None
        await tx.put_property(after)
        await write_audit(hub, tx, asking, "property.changed", id, before=before, after=after)
        await tx.touch_stock(id)
    await hub.jobs.ring(Bell.STOCK)
    return after


async def read_property(hub: Hub, asking: Asking, id: str) -> Property:
    asking.need(Permission.STOCK_READ)
    async with hub.store.read(asking.scope) as view:
        return await property_of(view, id)


async def list_properties(hub: Hub, asking: Asking, page: Page) -> Sequence[Property]:
    asking.need(Permission.STOCK_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.properties(page)


async def property_of(view: StockView, id: str) -> Property:
    """NotFound: there is none of that id here."""
    found = await view.property(id)
    if found is None:
        raise NotFound("property", id)
    return found


def check_wording(said: Mapping[str, Any]) -> None:
    """Invalid: every field of *said* that core.domain.stock.wording does not allow."""
    faults = tuple(wrong_with(said))
    if faults:
        raise Invalid(*faults)


def code_taken(code: str, name: str, id: str) -> Conflict:
    return Conflict("code_taken", f"the code {code} is taken by {name} ({id})", resource=id)


def _fault(message: str) -> Fault:
    where = {"time zone": "/timezone", "currency": "/currency", "tax": "/taxes"}
    return Fault(next((p for word, p in where.items() if word in message), ""), message)
