"""Look at what channels have sold, with the guests and what the channel was told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from core.application.hub import Asking, Hub
from core.domain.channels.overbooking import over_now
from core.domain.channels.reservation import Acknowledgement, Reservation
from core.domain.person import Person
from core.domain.problem import NotFound
from core.domain.tenancy import Permission
from ports.channels import ReservationFilter
from ports.store import Page, View

PAGE = 200


class KeptReservation(msgspec.Struct, frozen=True):
    """people: holder and guests that can still be read. owed: one for each revision that came."""

    reservation: Reservation
    people: Mapping[str, Person]
    owed: Sequence[Acknowledgement]

    @property
    def id(self) -> str:
        return self.reservation.id


async def list_reservations(
    hub: Hub, asking: Asking, page: Page, where: ReservationFilter
) -> Sequence[KeptReservation]:
    """Overbooked is what is so now: rooms that have come back since, or were opened, settle it."""
    asking.need(Permission.RESERVATIONS_READ)
    # What was forced may be settled by now; what never was is not over.
    forced = msgspec.structs.replace(where, overbooked=where.overbooked or None)
    # Of those that were forced most may be settled: they are read many at a time.
    read = Page(page.after, PAGE) if where.overbooked else page
    found: list[Reservation] = []
    marks: dict[str, list[Reservation]] = {}
    async with hub.store.read(asking.scope) as view:
        while True:
            some = await view.reservations(read, forced)
            now = await _as_they_are(view, some, marks)
            found += [r for r in now if where.overbooked in (None, r.is_overbooked)]
            if len(found) >= page.limit or len(some) < read.limit:
                return await _whole(view, found[: page.limit])
            read = Page(some[-1].id, read.limit)


async def read_reservation(hub: Hub, asking: Asking, id: str) -> KeptReservation:
    asking.need(Permission.RESERVATIONS_READ)
    async with hub.store.read(asking.scope) as view:
        found = await view.reservation(id)
        if found is None:
            raise NotFound("reservation", id)
        return (await _whole(view, await _as_they_are(view, [found], {})))[0]


async def _as_they_are(
    view: View, kept: Sequence[Reservation], marks: dict[str, list[Reservation]]
) -> list[Reservation]:
    """Which of a night's reservations are over depends on all that were forced on it. marks: of
    each house, filled by the first look at it: a house may have had many."""
    by_house: dict[str, list[Reservation]] = {}
    for one in kept:
        if one.is_overbooked and one.property is not None:
            by_house.setdefault(one.property, []).append(one)
    now: dict[str, Reservation] = {}
    for house, of in by_house.items():
        nights = [forced.night for one in of for forced in one.forced]
        cells = await view.cells(house, min(nights), max(nights))
        over = {(cell.room_type, cell.night): cell.forced for cell in cells}
        if house not in marks:
            marks[house] = await _forced_at(view, house)
        now.update(over_now(marks[house], over))
    return [now.get(one.id, one) for one in kept]


async def _forced_at(view: View, house: str) -> list[Reservation]:
    found: list[Reservation] = []
    page, where = Page(limit=PAGE), ReservationFilter(property=house, overbooked=True)
    while some := await view.reservations(page, where):
        found += some
        page = Page(some[-1].id, page.limit)
    return found


async def _whole(view: View, found: Sequence[Reservation]) -> list[KeptReservation]:
    ids = {r.holder for r in found} | {g for r in found for room in r.rooms for g in room.guests}
    people = await view.people(ids)
    owed: dict[str, list[Acknowledgement]] = {}
    for debt in await view.acknowledgements([r.id for r in found]):
        owed.setdefault(debt.reservation, []).append(debt)
    return [KeptReservation(r, people, owed.get(r.id, [])) for r in found]
