"""What guests book, and what became of it."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from adapters.channex.simulator.hotels import Property
from adapters.channex.simulator.stock import stretch


class WishedRoom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """room, plan: any code; one that the property does not have is told as it is, and takes
    nothing off. by_night: major units; () takes the price that is held. unmapped: told without
    codes, as where a channel's room leads nowhere."""

    room: str
    plan: str
    check_in: date
    check_out: date
    adults: int = 2
    ages: tuple[int, ...] = ()
    by_night: tuple[int, ...] = ()
    unmapped: bool = False

    @property
    def nights(self) -> list[date]:
        return stretch(self.check_in, self.check_out - timedelta(days=1))


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a guest books. paid: at the channel."""

    rooms: tuple[WishedRoom, ...]
    name: str = "Siti"
    surname: str = "Contoh"
    email: str = "siti@example.com"
    notes: str = ""
    paid: bool = False


class Booking:
    def __init__(self, id: str, number: int, hotel: Property, wish: Wish) -> None:
        self.id, self.number, self.hotel, self.wish = id, number, hotel, wish
        self.status = "new"
