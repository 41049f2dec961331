"""A booking as it stands, and the people it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.application.hub import Asking, Hub, write_audit
from core.domain.bookings.booking import Booking
from core.domain.person import Person
from core.domain.problem import NotFound
from core.domain.tenancy import Permission
from ports.store import BookingFilter, Page


async def read_booking(hub: Hub, asking: Asking, id: str) -> tuple[Booking, Mapping[str, Person]]:
    """An erased person is absent from the mapping."""
    asking.need(Permission.BOOKINGS_READ)
    async with hub.store.read(asking.scope) as view:
        booking = await view.booking(id)
        if booking is None:
            raise NotFound("booking", id)
        people = await view.people({booking.holder, *(g.person for g in booking.guests)})
    return booking, people


async def list_bookings(
    hub: Hub, asking: Asking, page: Page, where: BookingFilter
) -> Sequence[Booking]:
    asking.need(Permission.BOOKINGS_READ)
    async with hub.store.read(asking.scope) as view:
        return await view.bookings(page, where)


async def erase_person(hub: Hub, asking: Asking, id: str) -> None:
    """Destroy a person's key and data. Bookings, events and the audit trail stay whole."""
    asking.need(Permission.PEOPLE_ERASE)
    async with hub.store.begin(asking.scope) as tx:
        if not await tx.person_exists(id):
            raise NotFound("person", id)
        if await tx.erase_person(id):
            await write_audit(hub, tx, asking, "person.erased", id)
