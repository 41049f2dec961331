"""Each case: what is asked of the adapter, and the messages that then go over the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

from core.domain.bookings.flight import Bound, FlightOffer, FlightSearch, PassengerFare, Segment
from core.domain.bookings.pnr import QueueReason
from core.domain.bookings.terms import Price
from core.domain.money import Money, zero
from core.domain.person import PassengerType
from ports.gds import PnrOrder, Queued, Ssr, Traveller

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CONNECTION = "con_test"
KEY = "SAAAA2222BBBB333"
ADULT, CHILD, INFANT = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT
FAMILY = {ADULT: 2, CHILD: 1, INFANT: 1}
THERE, BACK = date(2027, 2, 10), date(2027, 2, 22)
LOCATOR = "XYOIRA"


@dataclasses.dataclass(frozen=True)
class Case:
    """exchanges: fixture folders in the order of the wire, signing in and out apart; the last
    holds what is made of it all, in a file named as the case."""

    exchanges: tuple[str, ...]
    ask: Callable[[Any], Awaitable[Any]]


def search(party: dict[PassengerType, int], origin: str = "CGK", stops: int = 0) -> FlightSearch:
    bounds = (Bound(origin, "JED", THERE), Bound("JED", origin, BACK))
    return FlightSearch(bounds, party, max_stops=stops)


def offer(basis: str = "KRTFSVID") -> FlightOffer:
    """As the shopping of the fixtures offered it: SV 817 and 818, flexible, for the family."""
    out = Segment(
        carrier="SV",
        number="817",
        origin="CGK",
        destination="JED",
        departs_at=datetime(2027, 2, 10, 16, 30),  # noqa: DTZ001
        arrives_at=datetime(2027, 2, 10, 22, 5),  # noqa: DTZ001
        rbd="K",
        fare_basis=basis,
    )
    back = Segment(
        carrier="SV",
        number="818",
        origin="JED",
        destination="CGK",
        departs_at=datetime(2027, 2, 22, 1, 15),  # noqa: DTZ001
        arrives_at=datetime(2027, 2, 22, 14, 35),  # noqa: DTZ001
        rbd="K",
        fare_basis=basis,
    )
    fares = tuple(
        PassengerFare(
            type_,
            count,
            Money(base * 2_00, "IDR"),
            Money(taxes * 2_00, "IDR"),
        )
        for type_, count, base, taxes in (
            (ADULT, 2, 6_400_000, 1_186_400),
            (CHILD, 1, 4_800_000, 1_186_400),
            (INFANT, 1, 640_000, 118_640),
        )
    )
    net = Money(sum((f.base + f.taxes).minor * f.count for f in fares), "IDR")
    return FlightOffer(
        connection=CONNECTION,
        segments=(out, back),
        bounds=(1, 1),
        fares=fares,
        price=Price(net=net, sell=net, commission=zero("IDR")),
        validating_carrier="SV",
        source=(f"CGK|JED|SV|{basis}|0|0", f"JED|CGK|SV|{basis}|1|1"),
    )


def order() -> PnrOrder:
    people = (
        (ADULT, "Siti Nur'aini", "Contoh-Baru", "Mrs", "F", date(1988, 3, 12)),
        (ADULT, "", "Suharto", "Mr", "M", date(1985, 7, 1)),
        (CHILD, "Émile", "Contoh", "Mstr", "M", date(2018, 5, 30)),
        (INFANT, "Aïcha", "Contoh", "", "F", date(2026, 1, 9)),
    )
    travellers = tuple(
        Traveller(
            number=n,
            type=type_,
            name=name,
            surname=surname,
            title=title,
            born_on=born,
            gender=gender,
            with_adult=1 if type_ is INFANT else None,
            passport=f"X000000{n}" if n < 4 else None,
            passport_country="ID" if n < 4 else None,
            passport_ends_on=date(2033, 1, 31) if n < 4 else None,
            nationality="ID",
        )
        for n, (type_, name, surname, title, gender, born) in enumerate(people, 1)
    )
    requests = (Ssr("WCHR", 1), Ssr("CHML", 3, "NO NUTS"))
    return PnrOrder(offer(), travellers, "siti@example.com", "+62-21-5550100", requests)


WAITING = Queued(LOCATOR, "6", QueueReason.SCHEDULE_CHANGED)
CASES = {
    "a family's flights": Case(("shop/family",), lambda g: g.shop(search(FAMILY), deadline_s=5)),
    "flights by a connection": Case(
        ("shop/connections",), lambda g: g.shop(search({ADULT: 1}, stops=1), deadline_s=5)
    ),
    "nothing flies there": Case(
        ("shop/nothing",), lambda g: g.shop(search({ADULT: 1}, origin="SUB"), deadline_s=5)
    ),
    "shopping refused": Case(("shop/refused",), lambda g: g.shop(search({ADULT: 1}), deadline_s=5)),
    "an offer as it stands": Case(("revalidate/same",), lambda g: g.check(offer())),
    "an offer that is gone": Case(("revalidate/gone",), lambda g: g.check(offer())),
    "a PNR": Case(("create/confirmed",), lambda g: g.create_pnr(order(), key=KEY)),
    "a PNR with a warning": Case(("create/warned",), lambda g: g.create_pnr(order(), key=KEY)),
    "a PNR that became dearer": Case(
        ("create/price-comparison",), lambda g: g.create_pnr(order(), key=KEY)
    ),
    "a PNR with a flight that is full": Case(
        ("create/flight-status",), lambda g: g.create_pnr(order(), key=KEY)
    ),
    "a PNR of which only part was made": Case(
        ("create/partial",), lambda g: g.create_pnr(order(), key=KEY)
    ),
    "an error nobody lists": Case(
        ("create/unknown-error",), lambda g: g.create_pnr(order(), key=KEY)
    ),
    "a PNR read": Case(("get/whole",), lambda g: g.retrieve(LOCATOR)),
    "a PNR after a schedule change": Case(("get/changed",), lambda g: g.retrieve(LOCATOR)),
    "a PNR with a status nobody knows": Case(("get/odd-status",), lambda g: g.retrieve(LOCATOR)),
    "a PNR that is none": Case(("get/missing",), lambda g: g.retrieve("ZZZZZZ")),
    "a PNR found": Case(("queue/ours", "get/remarks", "get/whole"), lambda g: g.find(KEY)),
    "a PNR not found": Case(("queue/empty",), lambda g: g.find(KEY)),
    "tickets": Case(
        ("get/whole", "fulfil/issued", "get/ticketed"), lambda g: g.ticket(LOCATOR, key=KEY)
    ),
    "tickets of which nobody is sure": Case(
        ("get/whole", "fulfil/not-retrieved"), lambda g: g.ticket(LOCATOR, key=KEY)
    ),
    "tickets at a price that moved": Case(
        ("get/whole", "fulfil/price-mismatch", "get/whole"), lambda g: g.ticket(LOCATOR, key=KEY)
    ),
    "tickets voided": Case(
        ("get/ticketed", "check/voidable", "void/done", "get/voided"), lambda g: g.void(LOCATOR)
    ),
    "tickets too old to be voided": Case(
        ("get/ticketed", "check/refundable"), lambda g: g.void(LOCATOR)
    ),
    "what a refund gives back": Case(
        ("get/ticketed", "check/refundable"), lambda g: g.refund_quote(LOCATOR)
    ),
    "tickets refunded": Case(
        ("get/ticketed", "check/refundable", "refund/done", "get/refunded"),
        lambda g: g.refund(LOCATOR),
    ),
    "a PNR cancelled": Case(
        ("get/whole", "cancel/done", "get/cancelled"), lambda g: g.cancel(LOCATOR)
    ),
    "rules of a fare": Case(("rules/outbound", "rules/inbound"), lambda g: g.fare_rules(offer())),
    "rules with a warning": Case(
        ("rules/warned", "rules/inbound"), lambda g: g.fare_rules(offer())
    ),
    "rules of a fare they do not know": Case(
        ("rules/known-error",), lambda g: g.fare_rules(offer("XRTFSVID"))
    ),
    "a fault nobody lists": Case(("rules/unknown-fault",) * 3, lambda g: g.fare_rules(offer())),
    "a PNR put on the queue": Case(("queue/empty", "place/done"), lambda g: g.enqueue(LOCATOR)),
    "a PNR taken off a queue": Case(
        ("queue/changes", "reservation/opened", "queue/removed"), lambda g: g.dequeue(WAITING)
    ),
    "a connection test": Case(("get/nobody",), lambda g: g.probe()),
    "a wrong password": Case(("token/refused",), lambda g: g.probe()),
}
