from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from adapters._kit.answer import Answer
from adapters.octo.mapping import (
    amounts,
    booking,
    faults,
    ids,
    offers,
    order,
    party,
    search,
    times,
    vouchers,
    wire,
)
from core.domain.bookings.activity import (
    ActivitySearch,
    Days,
    ProductCodes,
    Unit,
    UnitKind,
    VoucherForm,
)
from core.domain.bookings.booking import SupplierState
from core.domain.bookings.hotel import Circle
from core.domain.money import Money
from core.domain.person import Guest, Person, PersonKind
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable
from tests.wire.octo import cases
from tests.wire.octo.cases import DAYS, KEY, NOW, UUID
from tests.wire.octo.replay import load

Json = dict[str, Any]


def read(document: Any, type_: Any) -> Any:
    return msgspec.json.decode(json.dumps(document), type=type_)


def body(name: str) -> Any:
    return load(name).response["body"]


def a_booking(**other: Any) -> wire.Booking:
    found: wire.Booking = read({**body("detail/confirmed"), **other}, wire.Booking)
    return found


def a_product(**other: Any) -> wire.Product:
    found: wire.Product = read({**body("product/walk"), **other}, wire.Product)
    return found


def a_start(**other: Any) -> wire.Availability:
    (row,) = body("availability/one")
    found: wire.Availability = read({**row, **other}, wire.Availability)
    return found


# ------------------------------------------------------------------ uuids


def test_our_reference_has_the_same_uuids_for_ever() -> None:
    """Changing them would lose every booking that is under way."""
    assert ids.booking(KEY) == UUID == "43efd90f-d0d5-5fd0-b30e-bddfe83d60e4"
    assert ids.ticket(KEY, 0) == "8456414b-eae8-5349-a5cf-e25a0c088de7"
    every = [ids.booking(KEY), *(ids.ticket(KEY, n) for n in range(50)), ids.booking(KEY + "3")]
    assert len(set(every)) == len(every)


def test_a_suppliers_reference_is_no_uuid() -> None:
    assert ids.is_uuid(UUID)
    assert ids.is_uuid(UUID.upper())
    for text in ("", "XOPSUT", UUID.replace("-", ""), f"{{{UUID}}}"):
        assert not ids.is_uuid(text)


# ------------------------------------------------------------------ amounts


@pytest.mark.parametrize(
    ("amount", "currency", "precision", "minor"),
    [
        (9500, "SAR", 2, 9500),
        (150_000, "IDR", 0, 15_000_000),
        (150_000, "IDR", 2, 150_000),
        (1_250, "JPY", 0, 1_250),
        (125_000, "JPY", 2, 1_250),
        (1_500, "KWD", 3, 1_500),
        (15, "KWD", 1, 1_500),
    ],
)
def test_their_precision_becomes_isos(
    amount: int, currency: str, precision: int, minor: int
) -> None:
    assert amounts.money(amount, currency, precision) == Money(minor, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "precision"),
    [(125_050, "JPY", 2), (1, "SAR", 3), (1, "XXY", 2), (1, "SAR", -1), (1, "SAR", 40)],
)
def test_what_the_currency_cannot_say_is_not_rounded(
    amount: int, currency: str, precision: int
) -> None:
    with pytest.raises(ValueError):
        amounts.money(amount, currency, precision)


def test_a_price_is_the_total_or_made_of_its_tickets() -> None:
    units = cases.offer().units
    whole = amounts.price(a_product(), a_start(), units)
    by_ticket = amounts.price(a_product(), a_start(pricing=None), units)
    assert whole.net == by_ticket.net == Money(375_000_00, "IDR")
    assert whole.sell == whole.net
    assert [tax.included for tax in whole.taxes] == [True]


@pytest.mark.parametrize(
    "other",
    [
        {"pricing": None, "unitPricing": []},
        {"pricing": {**body("availability/one")[0]["pricing"], "net": None}},
        {"pricing": {**body("availability/one")[0]["pricing"], "net": -1}},
    ],
)
def test_without_a_net_price_there_is_none(other: Json) -> None:
    with pytest.raises(ValueError):
        amounts.price(a_product(), a_start(**other), cases.offer().units)


def test_a_whole_partys_price_is_not_made_of_tickets() -> None:
    product = a_product(pricingPer="BOOKING")
    with pytest.raises(ValueError):
        amounts.price(product, a_start(pricing=None), cases.offer().units)


# ------------------------------------------------------------------ hours


def test_the_hour_at_the_place_is_what_its_clock_shows() -> None:
    for text in ("2027-01-20T09:00:00+07:00", "2027-01-20T09:00:00Z", "2027-01-20T09:00:00"):
        start = a_start(localDateTimeStart=text).local_date_time_start
        assert times.local(start) == datetime(2027, 1, 20, 9)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("zone", "offset", "expected"),
    [
        ("Asia/Jakarta", "+07:00", "Asia/Jakarta"),
        ("Asia/Jakarta", "+00:00", "Asia/Jakarta"),
        (None, "+07:00", "Etc/GMT-7"),
        ("Mars/Base", "-03:00", "Etc/GMT+3"),
        (None, "Z", "Etc/UTC"),
    ],
)
def test_a_zone_is_named_or_read_from_the_offset(
    zone: str | None, offset: str, expected: str
) -> None:
    row = a_start(localDateTimeStart=f"2027-01-20T09:00:00{offset}")
    assert times.zone(msgspec.structs.replace(a_product(), time_zone=zone), row) == expected


@pytest.mark.parametrize("start", ["2027-01-20T09:00:00", "2027-01-20T09:00:00+05:30"])
def test_no_zone_is_not_guessed(start: str) -> None:
    product = msgspec.structs.replace(a_product(), time_zone=None)
    with pytest.raises(ValueError):
        times.zone(product, a_start(localDateTimeStart=start))


@pytest.mark.parametrize(
    ("amount", "unit", "all_day", "free_until"),
    [
        (24, "hour", False, datetime(2027, 1, 19, 2, tzinfo=UTC)),
        (2, "day", False, datetime(2027, 1, 18, 2, tzinfo=UTC)),
        (30, "minute", False, datetime(2027, 1, 20, 1, 30, tzinfo=UTC)),
        (1, "hour", True, datetime(2027, 1, 20, 12, tzinfo=UTC)),
    ],
)
def test_a_cut_off_is_counted_from_the_start_or_the_closing(
    amount: int, unit: str, all_day: bool, free_until: datetime
) -> None:
    option = msgspec.structs.replace(
        a_product().options[0],
        cancellation_cutoff_amount=amount,
        cancellation_cutoff_unit=unit,
    )
    net = Money(100, "IDR")
    policy = times.cancellation(option, a_start(allDay=all_day), "Asia/Jakarta", net)
    assert policy.free_until == free_until
    assert policy.fee_at(free_until, "IDR") == net


def test_a_cut_off_in_words_only_is_none() -> None:
    option = msgspec.structs.replace(a_product().options[0], cancellation_cutoff_unit=None)
    net = Money(100, "IDR")
    assert times.cancellation(option, a_start(), "Asia/Jakarta", net).fee_at(NOW, "IDR") == net


# ------------------------------------------------------------------ people and tickets


def an_option(*units: Json, **other: Any) -> wire.Option:
    found: wire.Option = read({"id": "O", "units": units, **other}, wire.Option)
    return found


ADULT, CHILD = {"id": "a", "type": "ADULT"}, {"id": "c", "type": "CHILD"}


def test_everybody_needs_a_ticket() -> None:
    option = an_option(ADULT, CHILD)
    people = {UnitKind.ADULT: 2, UnitKind.CHILD: 1}
    found = party.tickets(option, people)
    assert found == (Unit("a", UnitKind.ADULT, "", 2), Unit("c", UnitKind.CHILD, "", 1))
    assert party.tickets(option, {**people, UnitKind.INFANT: 1}) is None


def test_who_has_no_ticket_of_their_own_goes_as_an_adult_or_as_anybody() -> None:
    senior = party.tickets(an_option(ADULT), {UnitKind.SENIOR: 2, UnitKind.ADULT: 1})
    assert senior is not None
    assert party.counts(senior) == {"a": 3}
    anybody = an_option({"id": "t", "type": "TRAVELLER"})
    found = party.tickets(anybody, {UnitKind.CHILD: 2, UnitKind.ADULT: 1})
    assert found is not None
    assert party.counts(found) == {"t": 3}
    assert party.tickets(an_option(ADULT), {UnitKind.CHILD: 1}) is None


@pytest.mark.parametrize(
    ("option", "good"),
    [
        (an_option(ADULT, restrictions={"minUnits": 2, "maxUnits": None}), True),
        (an_option(ADULT, restrictions={"minUnits": 3, "maxUnits": None}), False),
        (an_option(ADULT, restrictions={"minUnits": None, "maxUnits": 1}), False),
        (an_option({**ADULT, "restrictions": {"minQuantity": 3}}), False),
        (an_option({**ADULT, "restrictions": {"maxQuantity": 1}}), False),
        (an_option({**ADULT, "restrictions": {"accompaniedBy": ["x"]}}), False),
    ],
)
def test_a_party_keeps_the_options_bounds(option: wire.Option, good: bool) -> None:
    assert (party.tickets(option, {UnitKind.ADULT: 2}) is not None) is good


def test_a_ticket_that_is_gone_is_not_sold() -> None:
    assert not party.allowed(an_option(ADULT), {"gone": 1})


# ------------------------------------------------------------------ searching


def asked(**other: Any) -> list[str]:
    values = {"where": None, "days": DAYS, "people": {UnitKind.ADULT: 1}, **other}
    products = read(body("products/two"), tuple[wire.Product, ...])
    found = search.asked(products, ActivitySearch(**values), "con_test")
    return [one.product.id for one in found]


def test_only_what_may_fit_is_asked() -> None:
    assert asked() == ["madinah-farm", "jakarta-walk"]
    assert asked(where=Circle(24.47, 39.61, 10)) == ["madinah-farm"]
    assert asked(where=ProductCodes({"con_other": ("madinah-farm",)})) == []
    assert asked(text="DATE madinah") == ["madinah-farm"]
    assert asked(people={UnitKind.INFANT: 1}) == []


def test_without_content_nothing_is_on_the_map() -> None:
    product = msgspec.structs.replace(a_product(), locations=())
    request = ActivitySearch(Circle(0, 0, 200), DAYS, {UnitKind.ADULT: 1})
    assert search.asked([product], request, "con_test") == ()
    assert offers.named(msgspec.structs.replace(product, title=None)) == "jakarta-walk"


@pytest.mark.parametrize(
    ("other", "closed"),
    [
        ({}, False),
        ({"available": False}, True),
        ({"status": "CLOSED"}, True),
        ({"status": "SOLD_OUT"}, True),
        ({"status": "LIMITED"}, False),
        ({"status": "FREESALE", "vacancies": None}, False),
        ({"maxUnits": 2}, True),
        ({"maxUnits": 3}, False),
    ],
)
def test_what_cannot_be_had_is_closed(other: Json, closed: bool) -> None:
    assert offers.is_closed(a_start(**other), cases.offer().units) is closed


# ------------------------------------------------------------------ orders


def test_a_hold_names_nobody() -> None:
    text = order.hold(cases.order(cases.offer()), KEY).decode()
    assert not any(word in text for word in ("Siti", "Contoh", "Suharto", "siti@", "pram"))


def test_two_kinds_on_one_ticket_are_counted_together() -> None:
    offer = msgspec.structs.replace(
        cases.offer(),
        units=(Unit("a", UnitKind.ADULT, "", 1), Unit("a", UnitKind.SENIOR, "", 2)),
    )
    sent = json.loads(search.start(offer))
    assert sent["units"] == [{"id": "a", "quantity": 3}]
    held = json.loads(order.hold(cases.order(offer), KEY))
    assert [item["unitId"] for item in held["unitItems"]] == ["a", "a", "a"]
    assert len({item["uuid"] for item in held["unitItems"]}) == 3


def test_more_guests_than_tickets_are_left_out() -> None:
    offer = cases.offer()
    guests = tuple(Guest(str(n), 0, PersonKind.ADULT) for n in range(5))
    people = {str(n): Person(str(n), f"Tamu{n}", "Contoh") for n in range(5)}
    many = msgspec.structs.replace(cases.order(offer), guests=guests, people=people)
    sent = json.loads(order.confirm(many, KEY))
    named = [item.get("contact", {}).get("firstName") for item in sent["unitItems"]]
    assert named == ["Tamu0", "Tamu1", None]


# ------------------------------------------------------------------ bookings


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("CONFIRMED", SupplierState.CONFIRMED),
        ("REDEEMED", SupplierState.CONFIRMED),
        ("PENDING", SupplierState.ON_REQUEST),
        ("REJECTED", SupplierState.REFUSED),
        ("CANCELLED", SupplierState.CANCELLED),
        ("ON_HOLD", None),
        ("EXPIRED", None),
        ("UNHEARD_OF", None),
    ],
)
def test_only_a_status_we_know_is_an_answer(status: str, state: SupplierState | None) -> None:
    told = booking.told(a_booking(status=status))
    assert (told.state if told else None) is state


@pytest.mark.parametrize(
    ("refund", "minor"), [("FULL", 0), ("NONE", 375_000_00), ("PARTIAL", None), (None, None)]
)
def test_the_fee_is_what_is_not_given_back(refund: str | None, minor: int | None) -> None:
    gone = {"refund": refund, "reason": None, "utcCancelledAt": "2026-11-21T00:00:00Z"}
    told = booking.told(a_booking(status="CANCELLED", cancellation=gone))
    assert told is not None
    assert (told.fee.minor if told.fee else None) == minor


@pytest.mark.parametrize(
    ("other", "gone"),
    [
        ({"status": "EXPIRED"}, True),
        ({"status": "ON_HOLD", "utcExpiresAt": "2026-11-20T09:00:01Z"}, False),
        ({"status": "ON_HOLD", "utcExpiresAt": "2026-11-20T09:00:00Z"}, True),
        ({"status": "ON_HOLD", "utcExpiresAt": None}, False),
        ({"status": "CONFIRMED"}, False),
        ({"status": "CANCELLED", "utcConfirmedAt": None}, False),
        (
            {
                "status": "CANCELLED",
                "utcConfirmedAt": None,
                "cancellation": {"refund": "FULL", "reason": order.RELEASED},
            },
            True,
        ),
        (
            {
                "status": "CANCELLED",
                "cancellation": {"refund": "FULL", "reason": order.RELEASED},
            },
            False,
        ),
    ],
)
def test_a_hold_that_ended_was_never_a_booking(other: Json, gone: bool) -> None:
    assert booking.is_gone(a_booking(**other), NOW) is gone


def test_a_hold_outlives_ours_only_while_it_lives() -> None:
    held = a_booking(
        status="ON_HOLD", utcCreatedAt="2026-11-20T09:00:00Z", utcExpiresAt="2026-11-20T09:40:00Z"
    )
    for minutes, longer in ((10, False), (11, True), (40, False)):
        assert booking.outlives(held, NOW + timedelta(minutes=minutes)) is longer


def test_a_reference_of_theirs_is_not_taken_for_ours() -> None:
    for theirs, ours in ((KEY, KEY), ("OTHER", ""), (None, "")):
        told = booking.told(a_booking(resellerReference=theirs))
        assert told is not None
        assert told.vendor_reference == ours
    told = booking.told(a_booking(resellerReference=None, supplierReference=None), KEY)
    assert told is not None
    assert (told.vendor_reference, told.supplier_reference) == (KEY, UUID)


def test_two_bookings_under_one_reference_are_not_chosen_from() -> None:
    mine, other = a_booking(), a_booking(uuid=ids.booking("SOTHER"))
    assert booking.the_one("RHL70001", [mine, a_booking(supplierReference="RHL7")]) == mine
    assert booking.the_one("RHL9", [mine]) is None
    with pytest.raises(ValueError):
        booking.the_one("RHL70001", [mine, other])
    with pytest.raises(ValueError):
        booking.the_one("RHL70001", [a_booking(uuid="../products")])


def test_a_booking_is_one_however_oddly_the_rest_is_told() -> None:
    odd = {"product": 7, "option": {}, "availability": [], "voucher": "x", "unitItems": {}}
    told = booking.told(a_booking(**odd))
    assert told is not None
    assert (told.state, told.cancellation) == (SupplierState.CONFIRMED, None)
    with pytest.raises(ValueError):
        vouchers.tickets(a_booking(**odd))


# ------------------------------------------------------------------ vouchers


@pytest.mark.parametrize(
    ("method", "owed"), [("DIGITAL", True), ("PRINT", True), ("MANIFEST", False), (None, False)]
)
def test_tickets_are_owed_where_the_door_wants_them(method: str | None, owed: bool) -> None:
    ticket: Json = {"redemptionMethod": method, "deliveryOptions": []}
    none = a_booking(product=None, voucher=ticket, unitItems=[])
    assert vouchers.tickets(none) == vouchers.Tickets((), owed)


def test_a_form_we_do_not_know_is_handed_on_as_text() -> None:
    ticket = {
        "redemptionMethod": "DIGITAL",
        "deliveryOptions": [
            {"deliveryFormat": "NFC", "deliveryValue": "TAP"},
            {"deliveryFormat": "AZTECCODE", "deliveryValue": "AZ"},
            {"deliveryFormat": "PKPASS_URL", "deliveryValue": "https://tickets.example/1.pkpass"},
            {"deliveryFormat": "QRCODE", "deliveryValue": ""},
        ],
    }
    found = vouchers.tickets(a_booking(voucher=ticket, unitItems=[])).found
    forms = [VoucherForm.TEXT, VoucherForm.AZTEC_CODE, VoucherForm.WALLET_PASS]
    assert [voucher.form for voucher in found] == forms
    assert {voucher.reference for voucher in found} == {"RHL70001"}


# ------------------------------------------------------------------ errors


def answer(status: int, code: str, *, repeatable: bool = True) -> Answer:
    document = json.dumps({"error": code, "errorMessage": "words"}).encode()
    return Answer("octo", "book", repeatable, status, httpx.Headers(), document)


@pytest.mark.parametrize(
    ("status", "code", "repeatable", "kind"),
    [
        (400, "INVALID_PRODUCT_ID", True, Refused),
        (404, "INVALID_BOOKING_UUID", True, Refused),
        (409, "UNPROCESSABLE_ENTITY", False, Refused),
        (400, "BAD_REQUEST", True, Refused),
        (400, "UNAUTHORIZED", False, Misconfigured),
        (400, "FORBIDDEN", False, Misconfigured),
        (400, "INTERNAL_SERVER_ERROR", True, Unavailable),
        (400, "INTERNAL_SERVER_ERROR", False, OutcomeUnknown),
        (500, "BAD_REQUEST", False, None),
        (403, "INVALID_PRODUCT_ID", True, None),
        (400, "SOMETHING_NEW", True, None),
    ],
)
def test_the_code_tells_before_the_status(
    status: int, code: str, repeatable: bool, kind: type | None
) -> None:
    fault = faults.read_fault(answer(status, code, repeatable=repeatable))
    assert fault is not None
    assert (fault.code, fault.kind) == (code, kind)


def test_days_are_asked_from_first_to_last() -> None:
    one = search.Asked(a_product(), a_product().options[0], cases.offer().units)
    sent = json.loads(search.starts(one, Days(DAYS.first, DAYS.first), "USD"))
    assert (sent["localDateStart"], sent["localDateEnd"]) == ("2027-01-20", "2027-01-20")
    assert "currency" not in sent  # it is not sold in that one
