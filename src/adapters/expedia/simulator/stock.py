"""What is loaded for every room and rate plan, day by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

Day = tuple[str, date]


class Bounds(NamedTuple):
    closed: bool = False
    min_los: int = 1
    max_los: int = 28
    closed_to_arrival: bool = False
    closed_to_departure: bool = False


class Stock:
    """free: (room, day) → rooms still to sell; sold: by Expedia itself; closed: rooms shut;
    rates: (plan, day) → occupancy → price; bounds: (plan, day)."""

    def __init__(self) -> None:
        self.free: dict[Day, int] = {}
        self.sold: dict[Day, int] = {}
        self.closed: set[Day] = set()
        self.rates: dict[Day, dict[int, Decimal]] = {}
        self.bounds: dict[Day, Bounds] = {}

    def rooms(self, room: str, day: date) -> int:
        return self.free.get((room, day), 0)

    def can_sell(self, room: str, plan: str, days: Iterable[date]) -> bool:
        return all(
            self.rooms(room, day) > 0
            and (room, day) not in self.closed
            and not self.bounds.get((plan, day), Bounds()).closed
            for day in days
        )

    def sell(self, room: str, days: Iterable[date], count: int = 1) -> None:
        """Expedia counts its own bookings: nobody else has to. count: -1 gives one back."""
        for day in days:
            self.free[room, day] = max(0, self.rooms(room, day) - count)
            self.sold[room, day] = max(0, self.sold.get((room, day), 0) + count)

    def price(self, plan: str, day: date, adults: int) -> Decimal | None:
        """A gap is filled by the next higher occupancy."""
        told = sorted(self.rates.get((plan, day), {}).items())
        enough = [price for places, price in told if places >= adults]
        return enough[0] if enough else (told[-1][1] if told else None)


def stretch(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
