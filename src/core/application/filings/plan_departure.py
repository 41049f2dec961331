"""Departures: planned, changed, cancelled, and what really happened on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from core.application.filings.filing_parts import (
    changed,
    departure_of,
    open_departure,
    put_filings,
    regulator,
)
from core.application.hub import Asking, Hub, write_audit, write_intent
from core.domain.filings.departure import Departure, Plan, plan_faults
from core.domain.naming import unseen_faults
from core.domain.person import Person
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.store import Page, Tx, View


class Escort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who leads or guides the group, and how to reach them."""

    name: str
    surname: str = ""
    phone: str | None = None


class NewDeparture(msgspec.Struct, frozen=True):
    """plan: its leader and guide are left empty; they are made from the escorts."""

    entity: str
    connection: str
    plan: Plan
    leader: Escort | None = None
    guide: Escort | None = None


class Travelled(msgspec.Struct, frozen=True):
    """When and where the group really left and came back; None: leave it as it is."""

    departed_on: date | None = None
    departed_from: str | None = None
    returned_on: date | None = None
    returned_to: str | None = None


# A departure with its escorts, those of them that were not erased.
Escorted = tuple[Departure, Mapping[str, Person]]


async def plan_departure(
    hub: Hub, asking: Asking, new: NewDeparture, made: str | None = None
) -> Escorted:
    """With the three reports it will owe.

    made: what the same request made before it died; that one is given, and no other is made.
    Invalid: a plan that cannot be, or a connection that files nothing.
    """
    asking.need(Permission.PILGRIMS_WRITE)
    _need_right(new.plan, "/plan")
    async with hub.store.begin(asking.scope) as tx:
        if made is not None:
            return await _with_escorts(tx, await departure_of(tx, made))
        if await tx.entity(new.entity) is None:
            raise NotFound("entity", new.entity)
        await regulator(hub, asking, tx, new.connection)
        now = hub.clock.now()
        departure = Departure(
            id=hub.mint.id("dpt"),
            entity=new.entity,
            connection=new.connection,
            plan=await _escorted(hub, tx, new.plan, new.leader, new.guide),
            created_at=now,
            updated_at=now,
        )
        await tx.put_departure(departure)
        await put_filings(hub, tx, departure)
        await write_intent(hub, tx, asking, "departure.planned", departure.id, after=departure)
        found = await _with_escorts(tx, departure)
    await hub.jobs.ring(Bell.FILINGS)
    return found


async def replan_departure(
    hub: Hub,
    asking: Asking,
    id: str,
    plan: Plan,
    leader: Escort | None = None,
    guide: Escort | None = None,
) -> Escorted:
    """All of the plan anew; an escort of None stays who it was."""
    asking.need(Permission.PILGRIMS_WRITE)
    _need_right(plan, "/plan")
    async with hub.store.begin(asking.scope) as tx:
        before = await open_departure(tx, id)
        kept = msgspec.structs.replace(plan, leader=before.plan.leader, guide=before.plan.guide)
        after = changed(before, hub, plan=await _escorted(hub, tx, kept, leader, guide))
        found = await _keep(hub, tx, asking, "departure.replanned", before, after)
    await hub.jobs.ring(Bell.FILINGS)
    return found


async def report_travel(hub: Hub, asking: Asking, id: str, travelled: Travelled) -> Escorted:
    """What the departure and return reports say. The return's last day follows."""
    asking.need(Permission.PILGRIMS_WRITE)
    told = {k: v for k, v in msgspec.structs.asdict(travelled).items() if v is not None}
    async with hub.store.begin(asking.scope) as tx:
        before = await open_departure(tx, id)
        after = changed(before, hub, **told)
        _need_travelled(after, hub)
        found = await _keep(hub, tx, asking, "departure.travelled", before, after)
    await hub.jobs.ring(Bell.FILINGS)
    return found


async def cancel_departure(hub: Hub, asking: Asking, id: str) -> Escorted:
    """Its open filings are cancelled with it. A repeat does nothing.

    Conflict: the group has left.
    """
    asking.need(Permission.PILGRIMS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        before = await departure_of(tx, id)
        if before.cancelled:
            return await _with_escorts(tx, before)
        if before.departed_on is not None:
            raise Conflict("departed", f"the group left on {before.departed_on}")
        after = changed(before, hub, cancelled=True)
        return await _keep(hub, tx, asking, "departure.cancelled", before, after)


async def read_departure(hub: Hub, asking: Asking, id: str) -> Escorted:
    asking.need(Permission.PILGRIMS_READ)
    async with hub.store.read(asking.scope) as view:
        return await _with_escorts(view, await departure_of(view, id))


async def list_departures(
    hub: Hub, asking: Asking, page: Page, *, entity: str | None
) -> Sequence[Departure]:
    asking.need(Permission.PILGRIMS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.departures(page, entity=entity)


async def _keep(
    hub: Hub, tx: Tx, asking: Asking, action: str, before: Departure, after: Departure
) -> Escorted:
    await tx.put_departure(after)
    await put_filings(hub, tx, after)
    await write_audit(hub, tx, asking, action, after.id, before=before, after=after)
    return await _with_escorts(tx, after)


async def _with_escorts(view: View, departure: Departure) -> Escorted:
    return departure, await view.people(departure.plan.escorts)


async def _escorted(
    hub: Hub, tx: Tx, plan: Plan, leader: Escort | None, guide: Escort | None
) -> Plan:
    for role, escort in (("leader", leader), ("guide", guide)):
        if escort is not None:
            names = ((f"/{role}/name", escort.name), (f"/{role}/surname", escort.surname))
            wrong = tuple(unseen_faults(names))
            if wrong:
                raise Invalid(*wrong)
            id = hub.mint.id("per")
            await tx.put_person(Person(id, escort.name, escort.surname, phone=escort.phone))
            plan = msgspec.structs.replace(plan, **{role: id})
    return plan


def _need_right(plan: Plan, at: str) -> None:
    faults = plan_faults(plan)
    if faults:
        raise Invalid(*(Fault(at + fault.pointer, fault.message) for fault in faults))


def _need_travelled(departure: Departure, hub: Hub) -> None:
    today, left, back = (
        departure.today(hub.clock.now()),
        departure.departed_on,
        departure.returned_on,
    )
    if left is not None and left > today:
        raise Invalid(Fault("/departed_on", "is in the future"))
    if back is not None and back > today:
        raise Invalid(Fault("/returned_on", "is in the future"))
    if back is not None and (left is None or back <= left):
        raise Invalid(Fault("/returned_on", "is after departed_on, which is told first"))
