"""Bookings as guests make them at Expedia, told one state after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from adapters.expedia.simulator.hotels import Hotel
from adapters.expedia.simulator.stock import Stock, stretch
from adapters.expedia.simulator.xml import Wrong

MOST = 125
MOST_CONFIRMATIONS = 3
PENDING, RETRIEVED, CONFIRMED = "pending", "retrieved", "confirmed"


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a guest books: one room. room, plan: any code; one that the hotel does not have is told
    as it is, and takes nothing off. by_night: major units; () takes the price that is loaded."""

    room: str
    plan: str
    check_in: date
    check_out: date
    adults: int = 2
    ages: tuple[int, ...] = ()
    by_night: tuple[int, ...] = ()
    name: str = "Siti"
    surname: str = "Contoh"
    email: str = "siti@example.com"
    remarks: str = ""

    @property
    def nights(self) -> list[date]:
        return stretch(self.check_in, self.check_out - timedelta(days=1))


class Told(msgspec.Struct):
    """One state of a booking. type: Book, Modify or Cancel."""

    type: str
    wish: Wish
    at: datetime
    state: str = PENDING
    confirmation: str = ""
    confirmed: int = 0


class Booking(msgspec.Struct):
    """states: oldest first; what is told is the first that is not confirmed, else the last."""

    id: str
    hotel: Hotel
    states: list[Told]

    @property
    def current(self) -> Told:
        waiting = (one for one in self.states if one.state != CONFIRMED)
        return next(waiting, self.states[-1])

    @property
    def newest(self) -> Told:
        return self.states[-1]


class Bookings:
    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self.all: dict[str, Booking] = {}

    def book(self, hotel: Hotel, wish: Wish, now: datetime, *, force: bool = False) -> str:
        """The booking's id. force: although nothing is left, as when two buy at once.

        LookupError: nothing is left.
        """
        if not force and not self._stock.can_sell(wish.room, wish.plan, wish.nights):
            raise LookupError("nothing is left")
        id = str(848_480_000_001 + len(self.all))
        self.all[id] = Booking(id, hotel, [Told("Book", wish, _second(now))])
        self._count(hotel, wish, 1)
        return id

    def modify(self, id: str, wish: Wish, now: datetime) -> None:
        """Expedia moves its own count with it."""
        one = self._standing(id)
        self._count(one.hotel, one.newest.wish, -1)
        self._count(one.hotel, wish, 1)
        one.states.append(Told("Modify", wish, self._after(one, now)))

    def cancel(self, id: str, now: datetime) -> None:
        one = self._standing(id)
        self._count(one.hotel, one.newest.wish, -1)
        one.states.append(Told("Cancel", one.newest.wish, self._after(one, now)))

    def waiting(self, hotel: str, states: Sequence[str]) -> list[Booking]:
        """Newest first, at most 125: of many that wait the oldest, of others the newest."""
        found = [
            one
            for one in self.all.values()
            if (not hotel or one.hotel.id == hotel) and one.current.state in states
        ]
        found.sort(key=lambda one: one.current.at)
        share = found[-MOST:] if CONFIRMED in states else found[:MOST]
        return share[::-1]

    def confirm(self, hotel: str, id: str, type_: str, number: str) -> tuple[int, str] | None:
        """The code and words of a warning; None: it is confirmed."""
        one = self.all.get(id)
        if one is None:
            return 10080, "Update refused. Booking ID cannot be found."
        if one.hotel.id != hotel:
            return 10081, "Update refused. Hotel ID and Booking ID mismatch."
        now = one.current
        if now.state == PENDING and now is not one.states[0]:
            before = one.states[one.states.index(now) - 1]
            if type_ == before.type:
                return 10102, (
                    f"Booking confirmation {number} refused for booking {id} because a newer"
                    " version of this booking is awaiting retrieval."
                )
        if type_ != now.type:
            return 10100, (
                "Update refused. The specified booking type does not match the one we have stored"
                f" for this booking ID in our system ({now.type})."
            )
        if now.confirmed >= MOST_CONFIRMATIONS:
            return 10103, f"Booking confirmation [{number}] refused for booking [{id}]."
        now.state, now.confirmation = CONFIRMED, number
        now.confirmed += 1
        return None

    def tell_again(self, id: str) -> None:
        """As if the confirmation of the newest state had never arrived."""
        one = self.all[id].newest
        one.state, one.confirmed = RETRIEVED, 0

    def _standing(self, id: str) -> Booking:
        one = self.all[id]
        if one.newest.type == "Cancel":
            raise LookupError("it is cancelled")
        return one

    def _after(self, one: Booking, now: datetime) -> datetime:
        """Nobody changes a booking twice within a second."""
        return max(_second(now), one.newest.at + timedelta(seconds=1))

    def _count(self, hotel: Hotel, wish: Wish, count: int) -> None:
        if hotel.room(wish.room) is not None:
            self._stock.sell(wish.room, wish.nights, count)


def checked_time(text: str, told: datetime, now: datetime) -> None:
    """A confirmation is made after the booking, and not in the future."""
    at = datetime.fromisoformat(text)
    if not told <= at.astimezone(UTC) <= now + timedelta(minutes=5):
        raise Wrong(3015, "Business validation error: confirmTime.")


def _second(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0)
