"""Each case: what is asked of the adapter, and the messages that then go over the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

from core.domain.channels.channel_reservation import ChannelReservation, Contact, Revision
from core.domain.money import Money
from core.domain.stock.ari import (
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
HOTEL = "MAKKAH1"
WEEK = Span(date(2027, 2, 8), date(2027, 2, 14))
ONE_NIGHT = Span(date(2027, 2, 10), date(2027, 2, 10))
FREE = [AvailabilityLine("DLX", WEEK, 12), AvailabilityLine("QUAD", ONE_NIGHT, 0)]
BOUND = [
    RestrictionLine("DLX", "BAR", WEEK, Restrictions(min_stay_arrival=3, max_stay=21)),
    RestrictionLine("QUAD", "BAR", ONE_NIGHT, Restrictions(True, True, True)),
]
PRICED = [
    RateLine(
        "DLX",
        "BAR",
        WEEK,
        Prices(
            ((1, Money.of(2_450_000, "IDR")), (2, Money.of("2600000.50", "IDR"))),
            extra_adult=Money.of(650_000, "IDR"),
            extra_child=Money.of(325_000, "IDR"),
        ),
    ),
    RateLine("QUAD", "BAR", ONE_NIGHT, Prices(((4, Money.of(3_900_000, "IDR")),))),
]
KEPT = ChannelReservation(
    message="7c1f0a523f0e4f3a9d2b0d6b7f1f5a01",
    reference="BDC-4021188",
    order=1,
    revision=Revision.MODIFIED,
    property_code=HOTEL,
    rooms=(),
    holder=Contact("Siti", "Contoh"),
    booked_at=datetime(2026, 11, 18, 8, 51, 45, tzinfo=UTC),
)


@dataclasses.dataclass(frozen=True)
class Case:
    """exchanges: fixture folders in the order of the wire; the last holds what is made of it
    all, in a file named as the case. config: beside what every case has."""

    exchanges: tuple[str, ...]
    ask: Callable[[Any], Awaitable[Any]]
    config: dict[str, Any] = dataclasses.field(default_factory=dict)


async def pull_and_parse(channel: Any) -> list[ChannelReservation]:
    return [channel.parse(found.raw) for found in await channel.pull([HOTEL])]


PER_DAY = {"pricing": "per_day", "taxes": "excluded"}
CASES = {
    "availability": Case(("avail/taken",), lambda c: c.push(HOTEL, FREE)),
    "availability with a warning": Case(("avail/warned",), lambda c: c.push(HOTEL, FREE)),
    "restrictions": Case(("restrictions/taken",), lambda c: c.push(HOTEL, BOUND)),
    "rates": Case(("rates/taken",), lambda c: c.push(HOTEL, PRICED)),
    "one rate a day without taxes": Case(
        ("rates/per-day",), lambda c: c.push(HOTEL, PRICED[1:]), PER_DAY
    ),
    "a room they do not know": Case(("avail/room",), lambda c: c.push(HOTEL, FREE)),
    "a plan they do not know": Case(("rates/plan",), lambda c: c.push(HOTEL, PRICED)),
    "an error that names no line": Case(("avail/nameless",), lambda c: c.push(HOTEL, FREE)),
    "an error nobody lists": Case(("avail/unknown",), lambda c: c.push(HOTEL, FREE)),
    "a hotel they do not know": Case(("avail/hotel",), lambda c: c.push(HOTEL, FREE)),
    "a wrong password": Case(("avail/credential",), lambda c: c.push(HOTEL, FREE)),
    "a fault about the password": Case(("avail/fault",), lambda c: c.push(HOTEL, FREE)),
    "they could not for now": Case(("avail/busy",), lambda c: c.push(HOTEL, FREE)),
    "reservations": Case(("read/several",), pull_and_parse),
    "a reservation of few words": Case(("read/minimum",), pull_and_parse),
    "nothing waits": Case(("read/none",), pull_and_parse),
    "a reservation kept": Case(("report/done",), lambda c: c.acknowledge(KEPT, ours="res_01")),
    "a reservation they never told": Case(
        ("report/refused",), lambda c: c.acknowledge(KEPT, ours="res_01")
    ),
    "rooms and rates": Case(("rooms/two",), lambda c: c.catalogue(HOTEL)),
    "rooms of a hotel they do not know": Case(("rooms/none",), lambda c: c.catalogue(HOTEL)),
    "a connection test": Case(("read/nobody",), lambda c: c.probe()),
}
