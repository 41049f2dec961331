"""Look at what channels have sold, with the guests and what the channel was told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from core.application.hub import Asking, Hub
from core.domain.person import Person
from core.domain.problem import NotFound
from core.domain.reservation import Acknowledgement, Reservation
from core.domain.tenancy import Permission
from ports.channels import ReservationFilter
from ports.store import Page, View


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
    asking.need(Permission.RESERVATIONS_READ)
    async with hub.store.read(asking.scope) as view:
        return await _whole(view, await view.reservations(page, where))


async def read_reservation(hub: Hub, asking: Asking, id: str) -> KeptReservation:
    asking.need(Permission.RESERVATIONS_READ)
    async with hub.store.read(asking.scope) as view:
        found = await view.reservation(id)
        if found is None:
            raise NotFound("reservation", id)
        return (await _whole(view, [found]))[0]


async def _whole(view: View, found: Sequence[Reservation]) -> list[KeptReservation]:
    ids = {r.holder for r in found} | {g for r in found for room in r.rooms for g in room.guests}
    people = await view.people(ids)
    owed: dict[str, list[Acknowledgement]] = {}
    for debt in await view.acknowledgements([r.id for r in found]):
        owed.setdefault(debt.reservation, []).append(debt)
    return [KeptReservation(r, people, owed.get(r.id, [])) for r in found]
