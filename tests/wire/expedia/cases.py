"""Each case: what is asked of the adapter, and the messages that then go over the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec

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

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOTEL, INN = "3546001", "3546002"
DELUXE, FAMILY, SUITE = "201001", "201002", "202001"
ROOM_ONLY, FAMILY_RATE, INN_RATE = "301001A", "301002A", "302001A"
FIRST, LAST = date(2027, 2, 1), date(2027, 2, 7)
WEEK = Span(FIRST, LAST)
WEEKEND = Span(FIRST, LAST, (4, 5))
BOOKING = "848480000001"


@dataclasses.dataclass(frozen=True)
class Case:
    """exchanges: fixture folders in the order of the wire; the last holds expected.json."""

    exchanges: tuple[str, ...]
    ask: Callable[[Any], Awaitable[Any]]


def rate(
    room: str, plan: str, currency: str, *told: tuple[int, str], span: Span = WEEK
) -> RateLine:
    by_adults = tuple((n, Money.of(amount, currency)) for n, amount in told)
    return RateLine(room, plan, span, Prices(by_adults))


ROOMS = [AvailabilityLine(DELUXE, WEEK, 7), AvailabilityLine(FAMILY, WEEKEND, 0)]
PRICES = [
    RateLine(
        DELUXE,
        ROOM_ONLY,
        WEEK,
        Prices(
            ((1, Money.of("400", "SAR")), (2, Money.of("420.50", "SAR"))), Money.of("80", "SAR")
        ),
    ),
    RestrictionLine(
        DELUXE,
        ROOM_ONLY,
        WEEK,
        Restrictions(stop_sell=True, closed_to_arrival=True, min_stay_arrival=3, max_stay=14),
    ),
    RestrictionLine(DELUXE, ROOM_ONLY, Span(date(2027, 3, 1), date(2027, 3, 1)), Restrictions()),
    AvailabilityLine(DELUXE, WEEK, 3),
    rate(FAMILY, FAMILY_RATE, "SAR", (2, "600"), (4, "700"), span=WEEKEND),
]
INN_PRICES = [rate(SUITE, INN_RATE, "IDR", (1, "900000"), (2, "1000000"))]


def kept(revision: Revision) -> ChannelReservation:
    return ChannelReservation(
        message="m",
        reference=BOOKING,
        order=1_790_000_000_000_000,
        revision=revision,
        property_code=HOTEL,
        rooms=(),
        holder=Contact("", ""),
    )


async def reservations(channel: Any) -> Any:
    """What was pulled, read; and that no card is in what is kept."""
    pulled = await channel.pull([HOTEL])
    for one in pulled:
        assert b"4111111111111111" not in one.raw
        assert b"seriesCode" not in one.raw
        assert b"status=" not in one.raw
    return [msgspec.to_builtins(channel.parse(one.raw)) for one in pulled]


def confirmed(revision: Revision) -> Callable[[Any], Awaitable[Any]]:
    return lambda c: c.acknowledge(kept(revision), ours="rsv_0001")


CASES = {
    "availability": Case(("ar/rooms",), lambda c: c.push(HOTEL, ROOMS)),
    "rates by occupancy, restrictions": Case(
        ("parr/products", "ar/rates"), lambda c: c.push(HOTEL, PRICES)
    ),
    "rates by day": Case(("parr/by-day", "ar/by-day"), lambda c: c.push(INN, INN_PRICES)),
    "a room that is not the hotel's": Case(("ar/wrong-room",), lambda c: c.push(HOTEL, ROOMS)),
    "below the base allocation": Case(
        ("ar/base-allocation",), lambda c: c.push(INN, [AvailabilityLine(SUITE, WEEK, 1)])
    ),
    "more warnings than are told": Case(
        ("ar/many-warnings",),
        lambda c: c.push(
            INN,
            [
                AvailabilityLine(SUITE, WEEK, 1),
                AvailabilityLine(SUITE, Span(date(2027, 3, 1), date(2027, 3, 31)), 1),
                AvailabilityLine("202003", WEEK, 1),
            ],
        ),
    ),
    "a rate that is not believed": Case(
        ("parr/for-rates", "ar/threshold"), lambda c: c.push(HOTEL, PRICES[:2])
    ),
    "a warning that changes nothing": Case(("ar/inactive",), lambda c: c.push(HOTEL, ROOMS)),
    "a wrong password": Case(("ar/wrong-password",), lambda c: c.push(HOTEL, ROOMS)),
    "closed for now": Case(("ar/closed",), lambda c: c.push(HOTEL, ROOMS)),
    "another's hotel": Case(("ar/another-hotel",), lambda c: c.push(HOTEL, ROOMS)),
    "catalogue": Case(("parr/for-catalogue",), lambda c: c.catalogue(HOTEL)),
    "shown": Case(
        ("parr/for-shown", "parr/loaded"), lambda c: c.shown(HOTEL, FIRST, date(2027, 2, 2))
    ),
    "reservations": Case(("br/three",), reservations),
    "no reservations": Case(("br/none",), reservations),
    "reservations, refused": Case(("br/error",), reservations),
    "confirmed": Case(("bc/book",), confirmed(Revision.NEW)),
    "confirmed, a newer one waits": Case(("bc/newer",), confirmed(Revision.NEW)),
    "confirmed, already changed": Case(("bc/changed",), confirmed(Revision.NEW)),
    "confirmed, not what is stored": Case(("bc/wrong-type",), confirmed(Revision.CANCELLED)),
    "confirmed, unknown": Case(("bc/unknown",), confirmed(Revision.MODIFIED)),
    "probe": Case(("parr/nobodys",), lambda c: c.probe()),
    "probe, wrong password": Case(("parr/wrong-password",), lambda c: c.probe()),
}
