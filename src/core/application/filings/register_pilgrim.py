"""Pilgrims of a departure: registered, changed, withdrawn, and read with what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from core.application.filings.filing_parts import (
    departure_of,
    open_departure,
    pilgrim_of,
    put_filings,
)
from core.application.hub import Asking, Hub, write_audit, write_intent
from core.domain.filings.departure import Departure, Incident, Pilgrim, PilgrimState
from core.domain.filings.dossier import Dossier, faults
from core.domain.person import Person
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.tenancy import Permission
from ports.store import Page, Tx


class NewPilgrim(msgspec.Struct, frozen=True):
    reference: str
    registered_on: date
    dossier: Dossier
    booking: str | None = None

    def __repr__(self) -> str:  # personal data stays out of logs and tracebacks
        return f"NewPilgrim({self.reference!r})"


async def register_pilgrim(
    hub: Hub, asking: Asking, departure_id: str, new: NewPilgrim, made: str | None = None
) -> tuple[Pilgrim, Dossier]:
    """made: what the same request made before it died; that one is given, and no other is made.

    Invalid: what cannot be right in the dossier; gaps are no fault. Conflict: the departure has
    another pilgrim of that reference, or was cancelled.
    """
    asking.need(Permission.PILGRIMS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        if made is not None:
            return await known(tx, await pilgrim_of(tx, made))
        departure = await open_departure(tx, departure_id)
        need_right(new.dossier, new.registered_on, departure.today(hub.clock.now()))
        if new.booking is not None and await tx.booking(new.booking) is None:
            raise NotFound("booking", new.booking)
        for other in await tx.group(departure.id):
            if other.reference == new.reference:
                raise Conflict(
                    "reference_used",
                    f"the departure has a pilgrim {new.reference} already",
                    resource=other.id,
                )
        pilgrim = await put_pilgrim(hub, tx, departure, new)
        await put_filings(hub, tx, departure)
        await write_intent(hub, tx, asking, "pilgrim.registered", pilgrim.id, after=pilgrim)
    return pilgrim, new.dossier


async def put_pilgrim(hub: Hub, tx: Tx, departure: Departure, new: NewPilgrim) -> Pilgrim:
    """A new person with a dossier of their own."""
    now = hub.clock.now()
    person = person_of(hub.mint.id("per"), new.dossier)
    pilgrim = Pilgrim(
        id=hub.mint.id("plg"),
        departure=departure.id,
        person=person.id,
        reference=new.reference,
        registered_on=new.registered_on,
        created_at=now,
        updated_at=now,
        booking=new.booking,
    )
    await tx.put_person(person)
    await tx.put_pilgrim(pilgrim)
    await tx.put_dossier(person.id, new.dossier)
    return pilgrim


async def change_pilgrim(
    hub: Hub,
    asking: Asking,
    id: str,
    change: Mapping[str, object],
    *,
    incident: Incident | None = None,
    registered_on: date | None = None,
) -> tuple[Pilgrim, Dossier]:
    """change: fields of the dossier; None forgets one, what is not named stays.

    Conflict: the personal data was erased.
    """
    asking.need(Permission.PILGRIMS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        departure = await open_departure(tx, (await pilgrim_of(tx, id)).departure)
        before = await pilgrim_of(tx, id)
        _, dossier = await known(tx, before)
        after = msgspec.structs.replace(
            before,
            incident=incident or before.incident,
            registered_on=registered_on or before.registered_on,
            updated_at=hub.clock.now(),
        )
        dossier = msgspec.structs.replace(dossier, **change)
        need_right(dossier, after.registered_on, departure.today(hub.clock.now()))
        await put_change(tx, after, dossier)
        await put_filings(hub, tx, departure)
        await write_audit(
            hub, tx, asking, "pilgrim.changed", id, before=before, after=Touched(sorted(change))
        )
    return after, dossier


class Touched(msgspec.Struct, frozen=True):
    """What the audit trail may say of a dossier: which fields, never what stands in them."""

    fields: list[str]


async def put_change(tx: Tx, pilgrim: Pilgrim, dossier: Dossier) -> None:
    await tx.put_pilgrim(pilgrim)
    await tx.put_person(person_of(pilgrim.person, dossier))
    await tx.put_dossier(pilgrim.person, dossier)


async def withdraw_pilgrim(hub: Hub, asking: Asking, id: str) -> tuple[Pilgrim, Dossier | None]:
    """They do not travel; the dossier stays until it is erased. A repeat does nothing."""
    asking.need(Permission.PILGRIMS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        departure = await open_departure(tx, (await pilgrim_of(tx, id)).departure)
        before = await pilgrim_of(tx, id)
        dossier = (await tx.dossiers([before.person])).get(before.person)
        if before.state is PilgrimState.WITHDRAWN:
            return before, dossier
        after = msgspec.structs.replace(
            before, state=PilgrimState.WITHDRAWN, updated_at=hub.clock.now()
        )
        await tx.put_pilgrim(after)
        await put_filings(hub, tx, departure)
        await write_audit(hub, tx, asking, "pilgrim.withdrawn", id, before=before, after=after)
    return after, dossier


async def read_pilgrim(hub: Hub, asking: Asking, id: str) -> tuple[Pilgrim, Dossier | None]:
    """None: the personal data was erased."""
    asking.need(Permission.PILGRIMS_READ)
    async with hub.store.read(asking.scope) as view:
        pilgrim = await pilgrim_of(view, id)
        return pilgrim, (await view.dossiers([pilgrim.person])).get(pilgrim.person)


async def list_pilgrims(
    hub: Hub, asking: Asking, page: Page, *, departure: str
) -> Sequence[tuple[Pilgrim, Dossier | None]]:
    asking.need(Permission.PILGRIMS_READ)
    async with hub.store.read(asking.scope) as view:
        await departure_of(view, departure)
        found = await view.pilgrims(page, departure=departure)
        dossiers = await view.dossiers([pilgrim.person for pilgrim in found])
    return [(pilgrim, dossiers.get(pilgrim.person)) for pilgrim in found]


async def known(tx: Tx, pilgrim: Pilgrim) -> tuple[Pilgrim, Dossier]:
    found = (await tx.dossiers([pilgrim.person])).get(pilgrim.person)
    if found is None:
        raise Conflict("erased", f"the personal data of {pilgrim.id} was erased")
    return pilgrim, found


def person_of(id: str, dossier: Dossier) -> Person:
    return Person(id, dossier.full_name or "", "", email=dossier.email, phone=dossier.phone)


def need_right(dossier: Dossier, registered_on: date, today: date) -> None:
    found = [Fault(f"/dossier{f.pointer}", f.message) for f in faults(dossier, today)]
    if registered_on > today:
        found.append(Fault("/registered_on", "is in the future"))
    if found:
        raise Invalid(*found)
