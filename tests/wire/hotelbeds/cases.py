"""Each case: what is asked of the adapter, and the messages that then go over the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.domain.bookings.hotel import (
    Board,
    Circle,
    Collect,
    Hotel,
    HotelCodes,
    HotelOffer,
    HotelSearch,
    RatePlan,
    Room,
)
from core.domain.bookings.terms import CancellationPolicy, Price, Tax
from core.domain.money import Money, zero
from core.domain.person import Guest, Person, PersonKind
from core.domain.stay import Occupancy, Stay
from ports.hotel_supplier import AmendOrder, BookingOrder

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CONNECTION = "con_test"
STAY = Stay(date(2027, 1, 21), date(2027, 1, 25))
FAMILY = (Occupancy(2), Occupancy(2, (8,)), Occupancy(2))
KEY = "SAAAA2222BBBB333"
REFERENCE = "102-5000001"


@dataclasses.dataclass(frozen=True)
class Case:
    """exchanges: fixture folders in the order of the wire; the last holds expected.json."""

    exchanges: tuple[str, ...]
    ask: Callable[[Any], Awaitable[Any]]


def search(destination: Circle | HotelCodes, *rooms: Occupancy) -> HotelSearch:
    return HotelSearch(destination, STAY, rooms, "ID")


def codes(*hotels: int) -> HotelCodes:
    return HotelCodes({CONNECTION: tuple(str(h) for h in hotels)})


def offer(*source: str, rooms: tuple[Occupancy, ...] = (Occupancy(2),)) -> HotelOffer:
    net = Money(2039_31, "USD")
    return HotelOffer(
        connection=CONNECTION,
        hotel=Hotel("9001", "Dar Al Qafila Makkah", "Asia/Riyadh"),
        stay=STAY,
        rooms=tuple(Room("DBL.ST", "DOUBLE STANDARD", room) for room in rooms),
        rate_plan=RatePlan("NOR", "Standard"),
        board=Board.ROOM_ONLY,
        board_name="ROOM ONLY",
        price=Price(
            net=net,
            sell=net,
            commission=zero("USD"),
            taxes=(
                Tax("Fee", Money(86_00, "SAR"), included=False),
                Tax("Tax", Money(91_00, "USD"), included=True),
            ),
        ),
        cancellation=CancellationPolicy(),
        collect=Collect.PREPAID,
        nationality="ID",
        source=source,
        expires_at=NOW + timedelta(minutes=30),
    )


# Rate keys are opaque: these are whatever the availability answers of the fixtures held.
DOUBLES, FAMILY_ROOM, RECHECK = "rate-key-of-two-doubles", "rate-key-with-child", "rate-key-recheck"
FAMILY_OFFER = offer(DOUBLES, FAMILY_ROOM, DOUBLES, rooms=FAMILY)


def order() -> BookingOrder:
    guests, people = party("Contoh")
    note = "Two rooms on one floor, please."
    return BookingOrder(FAMILY_OFFER, Person("h", "Siti", "Contoh", note=note), guests, people)


def amendment() -> AmendOrder:
    guests, people = party("Baru")
    stay = Stay(STAY.check_in, STAY.check_out - timedelta(days=1))
    return AmendOrder(stay, FAMILY_OFFER, Person("h", "Suharto", ""), guests, people)


def party(surname: str) -> tuple[tuple[Guest, ...], dict[str, Person]]:
    guests, people = [], {}
    for place, occupancy in enumerate(FAMILY):
        for number, age in enumerate([None] * occupancy.adults + [*occupancy.children]):
            id = f"{place}{number}"
            kind = PersonKind.ADULT if age is None else PersonKind.CHILD
            guests.append(Guest(id, place, kind, age))
            people[id] = Person(id, f"Tamu{'ABC'[place]}{'DEF'[number]}", surname)
    return tuple(guests), people


ISTANBUL = Circle(41.0136, 28.977, 2)
BANGKOK = Circle(13.7372, 100.5603, 1.5)
CASES = {
    "a search around a point": Case(
        ("availability/circle",),
        lambda h: h.search(search(BANGKOK, Occupancy(2)), deadline_s=5),
    ),
    "a search for several parties": Case(
        ("availability/parties",),
        lambda h: h.search(search(codes(9001), *FAMILY), deadline_s=5),
    ),
    "rates paid at the hotel": Case(
        ("availability/paid-at-hotel",),
        lambda h: h.search(search(codes(9013, 9004), Occupancy(2)), deadline_s=5),
    ),
    "nothing for sale": Case(
        ("availability/nothing",),
        lambda h: h.search(search(ISTANBUL, Occupancy(6)), deadline_s=5),
    ),
    "a rate checked again": Case(("checkrates/recheck",), lambda h: h.check(offer(RECHECK))),
    "a rate sold out": Case(("checkrates/sold-out",), lambda h: h.check(offer(RECHECK))),
    "a rate forgotten": Case(("checkrates/expired",), lambda h: h.check(offer(RECHECK))),
    "a booking": Case(("bookings/confirmed",), lambda h: h.book(order(), key=KEY)),
    "a booking that became dearer": Case(
        ("bookings/price-changed",), lambda h: h.book(order(), key=KEY)
    ),
    "a failure told again": Case(("bookings/failed-before",), lambda h: h.book(order(), key=KEY)),
    "a booking found": Case(("list/one", "detail/confirmed"), lambda h: h.find(KEY)),
    "a booking not found": Case(("list/none",), lambda h: h.find(KEY)),
    "a booking changed": Case(
        ("detail/confirmed", "change/names-and-dates"), lambda h: h.amend(REFERENCE, amendment())
    ),
    "what cancelling would cost": Case(
        ("cancellation/simulated",), lambda h: h.cancellation_fee(REFERENCE)
    ),
    "a cancellation": Case(("cancellation/cancelled",), lambda h: h.cancel(REFERENCE)),
    "a second cancellation": Case(
        ("cancellation/again", "detail/cancelled"), lambda h: h.cancel(REFERENCE)
    ),
    "a connection test": Case(("status/ok",), lambda h: h.probe()),
    "a connection test over quota": Case(("status/over-quota",), lambda h: h.probe()),
}
