"""Channex's side, and a hand on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from adapters.channex import simulator as channex_simulator
from core.domain.money import Money
from core.domain.stock.ari import Prices, Restrictions
from tests.contract.channel_rig import BOUNDS, LINES, SteppingClock, Wish, fault
from tests.contract.opening import opened
from tests.servers.asgi import serving

AT_CHANNEX = {
    "push": ("availability", "restrictions"),
    "catalogue": ("property",),
    "pull": ("feed",),
    "acknowledge": ("ack",),
}


class ChannexRig:
    """The adapter on real sockets, against its simulator."""

    hotel = channex_simulator.HOTELS[0]
    property_code = hotel.id
    sells = tuple((room.id, room.plans[0].id) for room in hotel.rooms[:2])
    currency = hotel.currency
    kinds: frozenset[type] = LINES
    bounds = BOUNDS
    weekdays = True
    partial = True
    together = True
    extras = False
    adults: tuple[int, ...] = (2,)
    secrets: tuple[str, ...] = (channex_simulator.API_KEY,)

    def __init__(
        self, channel: Any, simulator: channex_simulator.Simulator, clock: SteppingClock
    ) -> None:
        self.channel = self.source = channel
        self.simulator, self.clock = simulator, clock

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        for theirs in AT_CHANNEX.get(operation, (operation,)):
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
        held = self.simulator.stock.restrictions.get((plan, day))
        if held is None:
            return None
        return Restrictions(
            **{name: value for name, value in held.items() if value > 1 or value is True}
        )

    def reserve(self, wish: Wish) -> str:
        return self.simulator.book(self.property_code, _at_channex(wish), force=True)

    def modify(self, reference: str, wish: Wish) -> None:
        self.simulator.modify(reference, _at_channex(wish))

    def cancel(self, reference: str) -> None:
        self.simulator.cancel(reference)

    def tell_again(self, reference: str) -> None:
        ledger = self.simulator.ledger
        ledger.tell_again(ledger.newest(reference))

    def ours(self, reference: str) -> str | None:
        """They keep no number of ours; that it was acknowledged is all there is to know."""
        newest = self.simulator.ledger.newest(reference)
        return newest if newest in self.simulator.ledger.acknowledged else None


def _at_channex(wish: Wish) -> channex_simulator.Wish:
    return channex_simulator.Wish(
        tuple(
            channex_simulator.WishedRoom(
                room=room.room,
                plan=room.plan,
                check_in=room.stay.check_in,
                check_out=room.stay.check_out,
                adults=room.adults,
                ages=(8,) * room.children,
                by_night=room.by_night,
            )
            for room in wish.rooms
        ),
        name=wish.name,
        surname=wish.surname,
        email=wish.email,
        notes=wish.remarks,
    )


@asynccontextmanager
async def channex() -> AsyncIterator[ChannexRig]:
    clock = SteppingClock()
    simulator = channex_simulator.Simulator(now=clock.now)
    async with serving(simulator.asgi) as address:
        base_url = f"{address}/channex{channex_simulator.PREFIX}"
        config = {"api_key": channex_simulator.API_KEY, "base_url": base_url}
        async with opened("channex", config, clock) as channel:
            yield ChannexRig(channel, simulator, clock)
