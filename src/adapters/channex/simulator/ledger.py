"""Bookings as guests make them at the channels, and what is told of them until it is acknowledged."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from adapters.channex.simulator import booked
from adapters.channex.simulator.hotels import Property
from adapters.channex.simulator.reject import Rejection
from adapters.channex.simulator.stock import Stock
from adapters.channex.simulator.wish import Booking, Wish, WishedRoom


class Ledger:
    """counts_off: whether a new booking takes its rooms off at once, as the property is set.
    A modification and a cancellation leave the numbers to us, which is how they advise it.
    acks: how often each revision was acknowledged."""

    def __init__(self, stock: Stock, *, counts_off: bool = True) -> None:
        self._stock = stock
        self.counts_off = counts_off
        self.bookings: dict[str, Booking] = {}
        self.revisions: list[dict[str, Any]] = []
        self.acknowledged: set[str] = set()
        self.acks: Counter[str] = Counter()

    def book(self, hotel: Property, wish: Wish, now: datetime, *, force: bool = False) -> str:
        """The booking's id. force: although nothing is left, as a channel that lags does it."""
        if not force and not all(self._is_free(room) for room in wish.rooms):
            raise Rejection(409, "sold_out", "Nothing is left")
        one = Booking(str(uuid.uuid4()), 9_996_013_800 + len(self.bookings), hotel, wish)
        self.bookings[one.id] = one
        if self.counts_off:
            for room in wish.rooms:
                if hotel.room(room.room) is not None:
                    self._stock.count_off(room.room, room.nights)
        self._tell(one, now)
        return one.id

    def modify(self, id: str, wish: Wish, now: datetime) -> None:
        one = self._booking(id)
        one.wish, one.status = wish, "modified"
        self._tell(one, now)

    def cancel(self, id: str, now: datetime) -> None:
        one = self._booking(id)
        one.status = "cancelled"
        self._tell(one, now)

    def waiting(self, properties: Iterable[str]) -> list[dict[str, Any]]:
        wanted = set(properties)
        return [
            one
            for one in self.revisions
            if one["id"] not in self.acknowledged
            and (not wanted or one["attributes"]["property_id"] in wanted)
        ]

    def acknowledge(self, revision: str) -> bool:
        """False: there is none of that id. Again is well."""
        if all(one["id"] != revision for one in self.revisions):
            return False
        self.acknowledged.add(revision)
        self.acks[revision] += 1
        return True

    def newest(self, booking: str) -> str:
        """The id of the newest revision of a booking."""
        told = (one for one in self.revisions if one["attributes"]["booking_id"] == booking)
        return str([one["id"] for one in told][-1])

    def tell_again(self, revision: str) -> None:
        """As if the acknowledgement had never arrived."""
        self.acknowledged.discard(revision)

    def _booking(self, id: str) -> Booking:
        one = self.bookings.get(id)
        if one is None or one.status == "cancelled":
            raise Rejection(404, "resource_not_found", "No such booking")
        return one

    def _is_free(self, room: WishedRoom) -> bool:
        held = self._stock
        return all(
            held.rooms(room.room, night) > 0 and not held.restricted(room.plan, night)["stop_sell"]
            for night in room.nights
        )

    def _tell(self, one: Booking, now: datetime) -> None:
        # Two revisions never carry the same instant.
        at = now.replace(tzinfo=None)
        if self.revisions:
            last = datetime.fromisoformat(self.revisions[-1]["attributes"]["inserted_at"])
            at = max(at, last + timedelta(microseconds=1))
        id = str(uuid.uuid4())
        told = booked.told(one, self._stock)
        attributes = {"id": id, **told, "inserted_at": at.isoformat()}
        self.revisions.append({"type": "booking_revision", "id": id, "attributes": attributes})
