"""Each case: what is asked of the adapter, and the messages that then go over the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

from core.domain.bookings.activity import (
    ActivityOffer,
    ActivitySearch,
    Days,
    Option,
    Product,
    ProductCodes,
    Unit,
    UnitKind,
)
from core.domain.bookings.terms import CancellationPolicy, Price
from core.domain.money import Money, zero
from core.domain.person import Guest, Person, PersonKind
from ports.activity_supplier import ActivityOrder

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CONNECTION = "con_test"
DAYS = Days(date(2027, 1, 20), date(2027, 1, 21))
FAMILY = {UnitKind.ADULT: 2, UnitKind.CHILD: 1}
KEY = "SAAAA2222BBBB333"
UUID = "43efd90f-d0d5-5fd0-b30e-bddfe83d60e4"
REFERENCE = "RHL70001"
WALK, FARM, ROSES = "jakarta-walk", "madinah-farm", "taif-roses"


@dataclasses.dataclass(frozen=True)
class Case:
    """exchanges: fixture folders in the order of the wire. expected: the one that holds
    expected.json, the last where it is not named."""

    exchanges: tuple[str, ...]
    ask: Callable[[Any], Awaitable[Any]]
    expected: str = ""


def search(product: str, people: dict[UnitKind, int]) -> ActivitySearch:
    return ActivitySearch(ProductCodes({CONNECTION: (product,)}), DAYS, people)


def offer() -> ActivityOffer:
    net = Money(375_000_00, "IDR")
    return ActivityOffer(
        connection=CONNECTION,
        product=Product(WALK, "Kota Tua on Foot", "Asia/Jakarta", "Jakarta"),
        option=Option("ID", "Guided in Indonesian"),
        starts_at=datetime(2027, 1, 20, 9, 0),  # noqa: DTZ001
        ends_at=datetime(2027, 1, 20, 11, 30),  # noqa: DTZ001
        units=(
            Unit("adult", UnitKind.ADULT, "Dewasa", 2),
            Unit("child", UnitKind.CHILD, "Anak", 1),
        ),
        price=Price(net=net, sell=net, commission=zero("IDR")),
        cancellation=CancellationPolicy(),
        source=("2027-01-20T09:00:00+07:00", "firstName", "lastName"),
    )


def roses() -> ActivityOffer:
    net = Money(520_00, "SAR")
    return ActivityOffer(
        connection=CONNECTION,
        product=Product(ROSES, "Roses of Taif with the Grower", "Asia/Riyadh", "Taif"),
        option=Option("DAY", "Guided in English"),
        starts_at=datetime(2027, 1, 20, 7, 0),  # noqa: DTZ001
        ends_at=datetime(2027, 1, 20, 12, 0),  # noqa: DTZ001
        units=(Unit("adult", UnitKind.ADULT, "Adult", 2),),
        price=Price(net=net, sell=net, commission=zero("SAR")),
        cancellation=CancellationPolicy(),
        source=("2027-01-20T07:00:00+03:00", "firstName", "lastName"),
        on_request=True,
    )


def order(offer: ActivityOffer) -> ActivityOrder:
    guests = (
        Guest("a", 0, PersonKind.CHILD, 7),
        Guest("b", 0, PersonKind.ADULT),
    )
    people = {"a": Person("a", "Tamu", "Kecil"), "b": Person("b", "Suharto", "")}
    holder = Person("h", "Siti", "Contoh", "siti@example.com", note="A ramp for a pram, please.")
    return ActivityOrder(offer, holder, guests, people)


CASES = {
    "a search for a family": Case(
        ("products/two", "availability/starts"),
        lambda o: o.search(search(WALK, FAMILY), deadline_s=5),
    ),
    "a search for an open day": Case(
        ("products/two", "availability/open-day"),
        lambda o: o.search(search(FARM, {UnitKind.SENIOR: 1, UnitKind.STUDENT: 1}), deadline_s=5),
    ),
    "prices by the ticket only": Case(
        ("products/two", "availability/unit-prices"),
        lambda o: o.search(search(WALK, FAMILY), deadline_s=5),
    ),
    "a supplier that grants no prices": Case(
        ("products/without-prices",),
        lambda o: o.search(search(WALK, FAMILY), deadline_s=5),
    ),
    "a start checked again": Case(("product/walk", "availability/one"), lambda o: o.check(offer())),
    "a start sold out": Case(("product/walk", "availability/sold-out"), lambda o: o.check(offer())),
    "a start forgotten": Case(("product/walk", "availability/unknown"), lambda o: o.check(offer())),
    "a product taken away": Case(("product/unknown",), lambda o: o.check(offer())),
    "a booking": Case(
        ("hold/held", "confirm/confirmed"), lambda o: o.book(order(offer()), key=KEY)
    ),
    "a booking on request": Case(
        ("hold/on-request", "confirm/pending"), lambda o: o.book(order(roses()), key=KEY)
    ),
    "a booking that became dearer": Case(
        ("hold/dearer", "cancel/released"),
        lambda o: o.book(order(offer()), key=KEY),
        "hold/dearer",
    ),
    "a booking that would be real": Case(
        ("hold/in-earnest", "cancel/released"),
        lambda o: o.book(order(offer()), key=KEY),
        "hold/in-earnest",
    ),
    "a hold of what is gone": Case(
        ("hold/no-such-start",), lambda o: o.book(order(offer()), key=KEY)
    ),
    "a hold that cannot be kept": Case(
        ("hold/unprocessable", "product/walk", "availability/sold-out"),
        lambda o: o.book(order(offer()), key=KEY),
        "hold/unprocessable",
    ),
    "a repeat whose uuid is in use": Case(
        ("hold/uuid-in-use", "detail/confirmed"),
        lambda o: o.book(order(offer()), key=KEY),
        "hold/uuid-in-use",
    ),
    "a confirmation refused": Case(
        ("hold/held", "confirm/unprocessable", "detail/held", "cancel/released"),
        lambda o: o.book(order(offer()), key=KEY),
        "confirm/unprocessable",
    ),
    "a hold that ran out before it was confirmed": Case(
        ("hold/held", "confirm/too-late", "detail/expired"),
        lambda o: o.book(order(offer()), key=KEY),
        "confirm/too-late",
    ),
    "a booking found": Case(("detail/confirmed",), lambda o: o.find(KEY)),
    "a booking used": Case(("detail/redeemed",), lambda o: o.find(KEY)),
    "a request declined": Case(("detail/rejected",), lambda o: o.find(KEY)),
    "only a hold": Case(("detail/held",), lambda o: o.find(KEY)),
    "a hold that ran out": Case(("detail/expired",), lambda o: o.find(KEY)),
    "nothing under our uuid": Case(("detail/unknown",), lambda o: o.find(KEY)),
    "a hold kept longer": Case(("extend/longer",), lambda o: o.extend(KEY, minutes=20)),
    "a cancellation": Case(("list/one", "cancel/cancelled"), lambda o: o.cancel(REFERENCE)),
    "a second cancellation": Case(
        ("list/one", "cancel/again", "detail/cancelled"), lambda o: o.cancel(REFERENCE)
    ),
    "codes for every guest": Case(
        ("list/one", "detail/confirmed"), lambda o: o.vouchers(REFERENCE), "list/one"
    ),
    "a voucher for all": Case(("detail/with-voucher",), lambda o: o.vouchers(UUID)),
    "tickets that are not issued yet": Case(
        ("detail/without-tickets",), lambda o: o.vouchers(UUID)
    ),
    "a connection test": Case(("supplier/ok", "capabilities/listed"), lambda o: o.probe()),
    "a connection test with a wrong key": Case(("supplier/wrong-key",), lambda o: o.probe()),
    "a connection test without prices": Case(("supplier/without-prices",), lambda o: o.probe()),
}
