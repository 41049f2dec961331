"""Expedia's side, and a hand on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from adapters.expedia import simulator as expedia_simulator
from core.domain.money import Money
from core.domain.stock.ari import Prices, Restrictions
from tests.contract.channel_rig import BOUNDS, LINES, SteppingClock, Wish, fault
from tests.contract.opening import opened
from tests.servers.asgi import serving

AT_EXPEDIA = {
    "push": ("ar",),
    "catalogue": ("parr",),
    "pull": ("br",),
    "acknowledge": ("bc",),
}


class ExpediaRig:
    """The adapter on real sockets, against its simulator."""

    hotel = expedia_simulator.HOTELS[0]
    property_code = hotel.id
    sells = tuple((room.id, room.plans[0].id) for room in hotel.rooms)
    currency = hotel.currency
    kinds: frozenset[type] = LINES
    bounds = BOUNDS - {"min_stay_through"}
    weekdays = True
    partial = False
    together = False
    extras = False
    adults: tuple[int, ...] = (1, 2, 3)
    secrets: tuple[str, ...] = (expedia_simulator.CONFIG["password"],)

    def __init__(
        self, channel: Any, simulator: expedia_simulator.Simulator, clock: SteppingClock
    ) -> None:
        self.channel = self.source = channel
        self.simulator, self.clock = simulator, clock

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        for theirs in AT_EXPEDIA.get(operation, (operation,)):
            self.simulator.faults.plant(fault(theirs, how, value, times))

    def heal(self) -> None:
        self.simulator.faults.clear()

    def free(self, room: str, day: date) -> int | None:
        return self.simulator.stock.free.get((room, day))

    def prices(self, room: str, plan: str, day: date) -> Prices | None:
        held = self.simulator.stock.rates.get((plan, day))
        if not held:
            return None
        told = tuple((n, Money.of(price, self.currency)) for n, price in sorted(held.items()))
        return Prices(told)

    def restrictions(self, room: str, plan: str, day: date) -> Restrictions | None:
        held = self.simulator.stock.bounds.get((plan, day))
        if held is None:
            return None
        return Restrictions(
            held.closed,
            held.closed_to_arrival,
            held.closed_to_departure,
            held.min_los if held.min_los > 1 else None,
            None,
            held.max_los if held.max_los < 28 else None,
        )

    def reserve(self, wish: Wish) -> str:
        return self.simulator.book(self.property_code, _at_expedia(wish), force=True)

    def modify(self, reference: str, wish: Wish) -> None:
        self.simulator.modify(reference, _at_expedia(wish))

    def cancel(self, reference: str) -> None:
        self.simulator.cancel(reference)

    def tell_again(self, reference: str) -> None:
        self.simulator.bookings.tell_again(reference)

    def ours(self, reference: str) -> str | None:
        return self.simulator.bookings.all[reference].newest.confirmation or None


def _at_expedia(wish: Wish) -> expedia_simulator.Wish:
    """A booking there is one room."""
    (room,) = wish.rooms
    return expedia_simulator.Wish(
        room=room.room,
        plan=room.plan,
        check_in=room.stay.check_in,
        check_out=room.stay.check_out,
        adults=room.adults,
        ages=(8,) * room.children,
        by_night=room.by_night,
        name=wish.name,
        surname=wish.surname,
        email=wish.email,
        remarks=wish.remarks,
    )


@asynccontextmanager
async def expedia(**config: Any) -> AsyncIterator[ExpediaRig]:
    clock = SteppingClock()
    simulator = expedia_simulator.Simulator(now=clock.now)
    async with serving(simulator.asgi) as address:
        base_url = f"{address}/expedia{expedia_simulator.PREFIX}"
        theirs = {**expedia_simulator.CONFIG, "base_url": base_url, **config}
        async with opened("expedia", theirs, clock) as channel:
            yield ExpediaRig(channel, simulator, clock)
        assert not simulator.overlaps, "two messages of a hotel at once"
