from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import httpx
import msgspec
import pytest

from adapters._kit.answer import Answer
from adapters.hotelbeds.mapping import booking, change, check, faults, offers, order, search, zones
from adapters.hotelbeds.mapping.wire import (
    BookedHotel,
    Booking,
    CheckRateRS,
    Listed,
    Policy,
    Rate,
    Tax,
    Taxes,
)
from core.domain.bookings.hotel import Circle, HotelSearch
from core.domain.bookings.terms import PriceChanged, SoldOut
from core.domain.money import Money
from core.domain.person import Guest, Person, PersonKind
from core.domain.stay import Occupancy, Stay
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable
from ports.hotel_supplier import AmendOrder
from tests.wire.hotelbeds.cases import FAMILY_OFFER, NOW, amendment
from tests.wire.hotelbeds.replay import load

RIYADH = timezone(timedelta(hours=3))


def rate(net: str, *steps: tuple[int, str], **more: object) -> Rate:
    policies = tuple(Policy(Decimal(a), datetime(2027, 1, d, tzinfo=RIYADH)) for d, a in steps)
    return Rate(net=Decimal(net), board_code="RO", cancellation_policies=policies, **more)  # type: ignore[arg-type]


def answer(status: int, body: bytes, *, repeatable: bool = False, **headers: str) -> Answer:
    named = httpx.Headers({k.replace("_", "-"): v for k, v in headers.items()})
    return Answer("hotelbeds", "book", repeatable, status, named, body)


def error(code: str, message: str) -> bytes:
    return msgspec.json.encode({"error": {"code": code, "message": message}})


@pytest.mark.parametrize(
    ("destination", "offset_h", "longitude", "zone"),
    [
        ("MED", 3, 39.6, "Asia/Riyadh"),
        ("XXX", 7, 0.0, "Etc/GMT-7"),
        ("XXX", -5, 0.0, "Etc/GMT+5"),
        ("XXX", 5.5, 0.0, "Asia/Kolkata"),
        ("XXX", 0, 106.8, "Etc/GMT-7"),
        ("XXX", 0, -0.1, "Etc/UTC"),
        ("XXX", 0, None, "Etc/UTC"),
    ],
)
def test_a_zone_from_what_there_is(
    destination: str, offset_h: float, longitude: float | None, zone: str
) -> None:
    at = datetime(2027, 1, 1, tzinfo=timezone(timedelta(hours=offset_h)))
    assert zones.zone(destination, [at], longitude) == zone


def test_fees_of_rooms_add_up_at_every_instant() -> None:
    rates = [rate("100.10", (10, "50.05"), (5, "10.00")), rate("200.20", (7, "200.20"))]
    steps = offers.cancellation(rates, "USD", NOW).steps
    days = [s.starts_at.astimezone(RIYADH).day for s in steps]
    assert list(zip(days, [s.fee.minor for s in steps], strict=True)) == [
        (5, 10_00),
        (7, 210_20),
        (10, 250_25),
    ]


def test_a_rate_without_steps_costs_all_of_it_from_now() -> None:
    policy = offers.cancellation([rate("80.00")], "USD", NOW)
    assert policy.fee_at(NOW, "USD") == Money(80_00, "USD")


def test_an_amount_the_currency_cannot_hold_is_no_amount() -> None:
    with pytest.raises(ValueError, match="JPY"):
        offers.price([rate("100.50")], "JPY")
    assert offers.price([rate("12345.00")], "JPY").net == Money(12345, "JPY")


@pytest.mark.parametrize(
    ("more", "minimum"),
    [
        ({}, None),
        ({"selling_rate": Decimal(120)}, None),
        ({"selling_rate": Decimal(120), "hotel_mandatory": True}, 120_00),
        ({"selling_rate": Decimal(120), "commission": Decimal(20)}, 120_00),
    ],
)
def test_a_selling_price_binds_where_they_say_so(
    more: dict[str, object], minimum: int | None
) -> None:
    price = offers.price([rate("100.00", **more)], "USD")
    assert price.sell == price.net == Money(100_00, "USD")
    assert price.minimum_sell == (None if minimum is None else Money(minimum, "USD"))


def test_alike_taxes_of_several_rooms_are_one() -> None:
    fee = Taxes((Tax(amount=Decimal("21.50"), currency="SAR", type="FEE"),))
    taxes = offers.taxes([rate("1", taxes=fee), rate("2", taxes=fee)], "USD")
    assert [(t.name, t.amount, t.included) for t in taxes] == [("Fee", Money(43_00, "SAR"), False)]


def test_rooms_with_the_same_party_are_asked_together() -> None:
    rooms = (Occupancy(2, (3, 9)), Occupancy(1), Occupancy(2, (9, 3)))
    assert [(g.occupancy, g.places) for g in search.groups(rooms)] == [
        (Occupancy(2, (3, 9)), (0, 2)),
        (Occupancy(1), (1,)),
    ]


def test_the_contracts_market_goes_before_the_guests() -> None:
    asked = HotelSearch(
        Circle(21.4, 39.8, 1.5), Stay(date(2027, 1, 1), date(2027, 1, 2)), (Occupancy(1),), "ID"
    )
    for market, sent in ((None, "ID"), ("MY", "MY")):
        body = msgspec.json.decode(search.availability(asked, (), language="ENG", market=market))
        assert body["sourceMarket"] == sent


def test_one_rate_key_has_one_rate() -> None:
    body = load("checkrates/recheck").response["body"]
    body["hotels"]["rooms"] *= 2
    with pytest.raises(ValueError, match="several"):
        check.checked(msgspec.convert(body, CheckRateRS, strict=False))


@pytest.mark.parametrize(
    ("name", "surname", "sent"),
    [
        ("Siti", "Contoh", {"name": "Siti", "surname": "Contoh"}),
        ("Suharto", "", {"name": "Suharto", "surname": "Suharto"}),
        ("", "Suharto", {"name": "Suharto", "surname": "Suharto"}),
        ("x" * 60, "y", {"name": "x" * 50, "surname": "y"}),
    ],
)
def test_names_fit(name: str, surname: str, sent: dict[str, str]) -> None:
    assert order.names(Person("per_1", name, surname)) == sent


def test_children_are_named_by_their_age_and_nobody_is_left_out() -> None:
    people = {id: Person(id, id, "Contoh") for id in ("ten", "four", "adult")}
    guests = [
        Guest("ten", 0, PersonKind.CHILD, 10),
        Guest("adult", 0, PersonKind.ADULT),
        Guest("four", 0, PersonKind.CHILD, 4),
    ]
    paxes = order.paxes(Occupancy(2, (10, 4)), guests, people)
    assert [(p["type"], p.get("age"), p.get("name")) for p in paxes] == [
        ("AD", None, "adult"),
        ("AD", None, None),
        ("CH", 4, "four"),
        ("CH", 10, "ten"),
    ]


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (500, error("PRODUCT_ERROR-1", "Insufficient allotment"), Refused, "sold_out"),
        (500, error("PRODUCT_ERROR-1", "There's a stop sales for the date/s"), Refused, "sold_out"),
        (500, error("PRODUCT_ERROR-1", "Price has changed: …"), Refused, "price_changed"),
        (500, error("PRODUCT_ERROR-1", "Price has increased"), Refused, "price_changed"),
        (410, error("INVALID_DATA-1", "… Insufficient allotment"), Refused, "sold_out"),
        (400, error("INVALID_DATA-1", "The rateKey has expired"), Refused, "expired"),
        (500, error("PRODUCT_ERROR-1", "Contract is closed"), Refused, "PRODUCT_ERROR-1"),
        (
            500,
            error("PRODUCT_ERROR-1", "Booking confirmation error 1-2"),
            OutcomeUnknown,
            "PRODUCT",
        ),
        (500, error("SYSTEM_ERROR-1", "Insufficient allotment"), None, "SYSTEM_ERROR-1"),
        (500, error("CONFIGURATION_ERROR-1", "apikey"), Misconfigured, "CONFIGURATION_ERROR-1"),
        (403, b"<h1>Developer Over Qps</h1>", Unavailable, None),
        (403, b'{"error":"Quota exceeded"}', Unavailable, None),
        (403, b"<h1>Not Authorized</h1>", Misconfigured, None),
    ],
)
def test_what_their_errors_mean(
    status: int, body: bytes, kind: type | None, code: str | None
) -> None:
    fault = faults.read_fault(answer(status, body))
    assert fault is not None
    assert fault.kind is kind
    assert (fault.code or "").startswith(code or "")


def test_only_known_words_are_business() -> None:
    assert faults.business("sold_out:PRODUCT_ERROR-1") == SoldOut()
    assert faults.business("price_changed:PRODUCT_ERROR-1") == PriceChanged()
    assert faults.business("PRODUCT_ERROR-1") is None
    assert faults.business(None) is None


@pytest.mark.parametrize("status", ["", "PENDING", "confirmed", "ON_REQUEST"])
def test_a_status_we_do_not_know_is_no_answer(status: str) -> None:
    assert booking.told(Booking(reference="1-2", status=status)) is None


def test_a_fee_that_is_not_told_is_not_nothing() -> None:
    told = Booking(reference="1-2", status="CANCELLED", currency="USD", hotel=BookedHotel())
    with pytest.raises(ValueError, match="amount"):
        booking.fee(told)
    free = BookedHotel(cancellation_amount=Decimal(0))
    assert booking.fee(msgspec.structs.replace(told, hotel=free)) == Money(0, "USD")


def test_what_only_resembles_our_reference_is_not_ours() -> None:
    rows = [Listed("1-1", "CONFIRMED", "S12"), Listed("1-2", "CONFIRMED", "S1")]
    assert booking.under("S1", rows) == [rows[1]]
    assert booking.chosen([]) is None


def test_a_change_sends_back_all_that_came() -> None:
    detail = load("detail/confirmed").response["body"]
    sent = msgspec.json.decode(
        change.change(msgspec.json.encode(detail), amendment(), language="ENG")
    )["booking"]
    before = detail["booking"]
    assert {k: v for k, v in sent.items() if k not in ("holder", "hotel")} == {
        k: v for k, v in before.items() if k not in ("holder", "hotel")
    }
    assert sent["hotel"]["checkOut"] == "2027-01-24"
    assert [room["id"] for room in sent["hotel"]["rooms"]] == [1, 2]


@pytest.mark.parametrize(
    "rooms", [(Occupancy(2),), (Occupancy(3), Occupancy(2, (8,)), Occupancy(2))]
)
def test_a_change_of_the_party_is_not_allowed(rooms: tuple[Occupancy, ...]) -> None:
    body = msgspec.json.encode(load("detail/confirmed").response["body"])
    wish = amendment()
    other = msgspec.structs.replace(
        FAMILY_OFFER,
        rooms=tuple(
            msgspec.structs.replace(FAMILY_OFFER.rooms[0], occupancy=room) for room in rooms
        ),
    )
    wanted = AmendOrder(wish.stay, other, wish.holder, wish.guests, wish.people)
    with pytest.raises(change.NotAllowed):
        change.change(body, wanted, language="ENG")


def test_the_search_window_of_a_list_reaches_into_tomorrow() -> None:
    query = booking.list_query("S1", datetime(2026, 12, 31, 23, 30, tzinfo=UTC), 1)
    assert (query["end"], query["from"], query["to"]) == ("2027-01-01", "51", "100")
