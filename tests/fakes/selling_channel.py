"""A channel that sells: guests book at it, and it may count their rooms off by itself."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec

from core.domain.channels.channel_reservation import (
    ChannelReservation,
    Contact,
    ReservedRoom,
    Revision,
)
from core.domain.stay import Occupancy, Stay
from ports.clock import Clock
from tests.fakes.memory_channel import PROPERTY, MemoryChannel


class SellingChannel(MemoryChannel):
    """counts: it takes a guest's room off what it was told, and puts it back on a cancellation;
    once: only of a new booking, and it puts nothing back.

    tellings, acks: each time a message was told, and each time that was acknowledged.
    """

    def __init__(self, clock: Clock, *, counts: bool = False, once: bool = False) -> None:
        super().__init__()
        self._clock, self._counts, self._once = clock, counts or once, once
        self._guests = itertools.count(1)
        self.revisions: dict[str, ChannelReservation] = {}
        self.acks: list[str] = []
        self.tellings: list[str] = []

    def book(
        self, room: str, first: date, nights: int = 1, *, plan: str = "BAR", force: bool = False
    ) -> str | None:
        """A guest books; the reference. None: it has no room left. force: it sells all the same."""
        stay = Stay(first, first + timedelta(days=nights))
        days = [first + timedelta(days=n) for n in range(nights)]
        if not force and min(self.free.get((room, day), 0) for day in days) < 1:
            return None
        self._take(room, days, 1)
        reference = f"BDC-{next(self._guests)}"
        self.say(reference, Revision.NEW, (ReservedRoom(room, plan, stay, Occupancy(2)),))
        return reference

    def change(self, reference: str, first: date, nights: int) -> None:
        before = self.revisions[reference].rooms[0]
        self._give_back(reference)
        days = [first + timedelta(days=n) for n in range(nights)]
        if not self._once:
            self._take(before.room, days, 1)
        stay = Stay(first, first + timedelta(days=nights))
        after = msgspec.structs.replace(before, stay=stay)
        self.say(reference, Revision.MODIFIED, (after,))

    def cancel(self, reference: str, rooms: tuple[ReservedRoom, ...] = ()) -> None:
        """rooms: what the cancellation names."""
        self._give_back(reference)
        self.say(reference, Revision.CANCELLED, rooms)

    async def acknowledge(self, reservation: ChannelReservation, *, ours: str) -> None:
        waited = len(self.waiting)
        try:
            await super().acknowledge(reservation, ours=ours)
        finally:
            if len(self.waiting) < waited:
                self.acks.append(reservation.message)

    def tell(self, reservation: ChannelReservation, card: str = "") -> None:
        super().tell(reservation, card)
        self.tellings.append(self.waiting[-1])

    def tell_again(self, reference: str) -> None:
        super().tell_again(reference)
        self.tellings.append(self.waiting[-1])

    def _give_back(self, reference: str) -> None:
        if self._once:
            return
        for room in self.revisions[reference].rooms:
            days = [room.stay.check_in + timedelta(days=n) for n in range(room.stay.nights)]
            self._take(room.room, days, -1)

    def _take(self, room: str, days: Sequence[date], rooms: int) -> None:
        if self._counts:
            for day in days:
                left = self.free.get((room, day), 0) - rooms
                self.free[room, day] = max(0, left)

    def say(self, reference: str, revision: Revision, rooms: tuple[ReservedRoom, ...]) -> None:
        before = self.revisions.get(reference)
        said = ChannelReservation(
            message="told when it is numbered",
            reference=reference,
            order=before.order + 1 if before else 1,
            revision=revision,
            property_code=PROPERTY,
            rooms=rooms,
            holder=Contact("Siti", "Contoh", "siti@example.test"),
            booked_at=self._clock.now(),
        )
        self.revisions[reference] = said
        self.tell(said)
