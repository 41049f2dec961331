"""SiteMinder's simulator on the other side, and a hand on it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

from adapters.siteminder import simulator as siteminder
from adapters.siteminder.client import SiteMinder
from adapters.siteminder.simulator.stock import Hotel
from core.domain.money import Money
from core.domain.stock.ari import Prices, Restrictions
from tests.contract.channel_rig import BOUNDS, LINES, Wish
from tests.contract.hotel_rigs import QuickClock
from tests.contract.opening import opened
from tests.servers.asgi import serving


def _basic(password: str) -> str:
    """The credential as HTTP Basic writes it."""
    return base64.b64encode(f"serai:{password}".encode()).decode()


class SiteMinderRig:
    """The adapter on real sockets, against its simulator."""

    property_code = siteminder.HOTEL
    sells: tuple[tuple[str, str], ...] = (("DLX", "BAR"), ("QUAD", "BAR"), ("DLX", "NRF"))
    currency = "IDR"
    kinds: frozenset[type] = LINES
    bounds = BOUNDS - {"min_stay_through"}
    weekdays = False
    partial = False
    together = True
    extras = True
    adults: tuple[int, ...] = (1, 2, 3, 4, 5)
    secrets: tuple[str, ...] = (siteminder.PASSWORD, _basic(siteminder.PASSWORD))

    def __init__(self, adapter: SiteMinder, simulator: siteminder.Simulator) -> None:
        self.channel = self.source = adapter
        self.simulator = simulator

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        theirs = {
            "push": ("avail", "rates"),
            "pull": ("read",),
            "acknowledge": ("report",),
            "catalogue": ("rooms",),
        }
        for one in theirs.get(operation, (operation,)):
            self.simulator.faults.add(how, one, times=times, value=value)

    def heal(self) -> None:
        self.simulator.faults.clear()

    @property
    def _hotel(self) -> Hotel:
        return self.simulator.stock.hotels[self.property_code]

    def free(self, room: str, day: date) -> int | None:
        return self._hotel.limits.get((room, day))

    def prices(self, room: str, plan: str, day: date) -> Prices | None:
        told = self._hotel.prices.get((room, plan, day))
        if told is None:
            return None
        by_adults = sorted((n, Money.of(a, told.currency)) for n, a in told.by_adults.items())
        extra = {code: Money.of(a, told.currency) for code, a in told.extra.items()}
        return Prices(tuple(by_adults), extra.get("10"), extra.get("8"))

    def restrictions(self, room: str, plan: str, day: date) -> Restrictions | None:
        told = self._hotel.restricted.get((room, plan, day))
        if told is None:
            return None
        return Restrictions(
            told.stop_sell,
            told.closed_to_arrival,
            told.closed_to_departure,
            None if told.min_stay in (None, 1) else told.min_stay,
            None,
            None if told.max_stay in (None, 365) else told.max_stay,
        )

    def reserve(self, wish: Wish) -> str:
        return self.simulator.reserve(self._booking(wish))

    def modify(self, reference: str, wish: Wish) -> None:
        self.simulator.bookings.modify(reference, self._booking(wish))

    def cancel(self, reference: str) -> None:
        self.simulator.bookings.cancel(reference)

    def tell_again(self, reference: str) -> None:
        self.simulator.bookings.tell_again(reference)

    def ours(self, reference: str) -> str | None:
        return self.simulator.bookings.newest(reference).confirmed

    def _booking(self, wish: Wish) -> siteminder.Booking:
        rooms = tuple(
            siteminder.Room(
                room.room,
                room.plan,
                room.stay.check_in,
                room.stay.check_out,
                room.adults,
                room.children,
                tuple(str(amount) for amount in room.by_night),
            )
            for room in wish.rooms
        )
        return siteminder.Booking(
            hotel=self.property_code,
            rooms=rooms,
            name=wish.name,
            surname=wish.surname,
            email=wish.email,
            remarks=wish.remarks,
        )


@asynccontextmanager
async def siteminder_rig(**config: Any) -> AsyncIterator[SiteMinderRig]:
    by_occupancy = config.get("pricing", "by_occupancy") == "by_occupancy"
    simulator = siteminder.Simulator(by_occupancy=by_occupancy)
    async with serving(simulator) as address:
        theirs = {
            **siteminder.CONFIG,
            "base_url": f"{address}/siteminder",
            "per_second": 1000,
            **config,
        }
        async with opened("siteminder", theirs, QuickClock()) as adapter:
            yield SiteMinderRig(adapter, simulator)
        assert not simulator.overlaps, "two requests of a hotel at once"
