"""What is held of every room and rate plan, day by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from adapters.channex.simulator.hotels import Plan, Property

Day = tuple[str, date]
OPEN: dict[str, Any] = {
    "min_stay_arrival": 1,
    "min_stay_through": 1,
    "max_stay": 0,
    "closed_to_arrival": False,
    "closed_to_departure": False,
    "stop_sell": False,
}


class Stock:
    """free: (room type, day) → rooms; rates: (rate plan, day) → adults → price; restrictions."""

    def __init__(self) -> None:
        self.free: dict[Day, int] = {}
        self.rates: dict[Day, dict[int, Decimal]] = {}
        self.restrictions: dict[Day, dict[str, Any]] = {}

    def rooms(self, room: str, day: date) -> int:
        return self.free.get((room, day), 0)

    def restricted(self, plan: str, day: date) -> dict[str, Any]:
        return {**OPEN, **self.restrictions.get((plan, day), {})}

    def price(self, plan: str, day: date, adults: int) -> Decimal | None:
        told = self.rates.get((plan, day), {})
        at_least = [price for places, price in sorted(told.items()) if places >= adults]
        return at_least[0] if at_least else None

    def count_off(self, room: str, nights: Iterable[date]) -> None:
        for night in nights:
            self.free[room, night] = max(0, self.rooms(room, night) - 1)

    def give_back(self, room: str, nights: Iterable[date]) -> None:
        for night in nights:
            self.free[room, night] = self.rooms(room, night) + 1

    def told_availability(self, hotel: Property, days: list[date]) -> dict[str, Any]:
        return {
            room.id: {str(day): self.rooms(room.id, day) for day in days} for room in hotel.rooms
        }

    def told_restrictions(
        self, hotel: Property, days: list[date], wanted: list[str]
    ) -> dict[str, Any]:
        """Each occupancy of a plan under an id of its own."""
        return {
            plan.option(adults): {str(day): self._day(plan, adults, day, wanted) for day in days}
            for _, plan in hotel.plans
            for adults in plan.occupancies
        }

    def _day(self, plan: Plan, adults: int, day: date, wanted: list[str]) -> dict[str, Any]:
        price = self.rates.get((plan.id, day), {}).get(adults, Decimal(0))
        held = {**self.restricted(plan.id, day), "rate": f"{price:.2f}"}
        return {name: value for name, value in held.items() if name in wanted}


def stretch(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
