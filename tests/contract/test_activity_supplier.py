"""What every activity supplier keeps, whoever is behind it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
import traceback
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adapters import registry
from core.domain.bookings.activity import (
    ActivityOffer,
    ActivitySearch,
    Days,
    ProductCodes,
    UnitKind,
    VoucherForm,
)
from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.connections.connection import Verdict
from core.domain.person import Guest, Person, PersonKind
from ports.activity_supplier import ActivityOrder, ActivitySupplier
from ports.errors import (
    BrokenContract,
    Misconfigured,
    NotSupported,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)
from ports.manifest import Role
from tests.contract.activity_rigs import LIVE, SUPPLIERS, OctoRig, Rig, octo
from tests.contract.hotel_rigs import told
from tests.contract.opening import CONNECTION
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio
NUMBERS = itertools.count(int(time.time()) % 1_000_000)
TWO = {UnitKind.ADULT: 2}
FAMILY = {UnitKind.ADULT: 2, UnitKind.CHILD: 1}
BODIES = ("truncated", "empty", "wrong_type", "malformed", "huge")
NOTE = "a note only the guide should read"


@pytest.fixture(params=[*SUPPLIERS, *(pytest.param(n, marks=pytest.mark.live) for n in LIVE)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with {**SUPPLIERS, **LIVE}[request.param]() as opened:
        yield opened


@pytest.fixture
async def wire() -> AsyncIterator[OctoRig]:
    async with octo() as opened:
        yield opened


def a_key() -> str:
    return f"S{next(NUMBERS):07d}"


def a_search(rig: Rig, people: dict[UnitKind, int] = TWO) -> ActivitySearch:
    first = datetime.now(UTC).date() + timedelta(days=30)
    return ActivitySearch(rig.where, Days(first, first + timedelta(days=1)), people)


async def offered(rig: Rig, people: dict[UnitKind, int] = TWO) -> Sequence[ActivityOffer]:
    found = await rig.supplier.search(a_search(rig, people), deadline_s=20)
    assert found
    return found


async def an_offer(rig: Rig, people: dict[UnitKind, int] = TWO) -> ActivityOffer:
    """Checked, and free to cancel now."""
    for offer in await offered(rig, people):
        if offer.cancellation.fee_at(datetime.now(UTC), offer.price.net.currency).minor == 0:
            checked = await rig.supplier.check(offer)
            assert isinstance(checked, ActivityOffer)
            return checked
    raise AssertionError("nothing of the kind is for sale")


def an_order(offer: ActivityOffer) -> ActivityOrder:
    guests, people = [], {}
    for place, unit in enumerate(offer.units):
        for number in range(unit.count):
            id = f"per_{place}_{number}"
            young = unit.kind is UnitKind.CHILD
            kind = PersonKind.CHILD if young else PersonKind.ADULT
            guests.append(Guest(id, 0, kind, 7 if young else None))
            people[id] = Person(id, f"Tamu{'ABCDEF'[number]}", "Contoh")
    holder = Person(
        "per_holder", "Siti", "Contoh", "siti@example.com", "+62 811 0000 0000", note=NOTE
    )
    return ActivityOrder(offer, holder, tuple(guests), people)


async def booked(rig: Rig, offer: ActivityOffer, key: str) -> SupplierBooking:
    answer = await rig.supplier.book(an_order(offer), key=key)
    assert isinstance(answer, SupplierBooking)
    return answer


# ---------------------------------------------------------------- searching and checking


async def test_offers_say_all_that_selling_needs(rig: Rig) -> None:
    search = a_search(rig, FAMILY)
    for offer in await offered(rig, FAMILY):
        assert offer.connection == CONNECTION
        assert search.days.first <= offer.starts_at.date() <= search.days.last
        assert offer.starts_at.tzinfo is None
        assert offer.starts_at < offer.ends_at
        assert {unit.kind: unit.count for unit in offer.units} == FAMILY
        assert offer.price.sell == offer.price.net
        assert offer.price.net.minor > 0
        assert all(s.starts_at.utcoffset() == timedelta() for s in offer.cancellation.steps)
        assert offer.product.timezone
        assert offer.source


async def test_a_search_by_codes_asks_only_for_ours(rig: Rig) -> None:
    wanted = (await offered(rig))[0].product.code
    ours = ProductCodes({CONNECTION: (wanted,), "con_other": ("7",)})
    search = msgspec.structs.replace(a_search(rig), where=ours)
    found = await rig.supplier.search(search, deadline_s=20)
    assert {offer.product.code for offer in found} == {wanted}
    other = msgspec.structs.replace(search, where=ProductCodes({"con_other": ("7",)}))
    assert not await rig.supplier.search(other, deadline_s=20)


async def test_a_search_by_words_finds_what_has_them_all(rig: Rig) -> None:
    name = (await offered(rig))[0].product.name
    words = msgspec.structs.replace(a_search(rig), text=name.upper())
    assert {o.product.name for o in await rig.supplier.search(words, deadline_s=20)} == {name}
    none = msgspec.structs.replace(words, text=f"{name} submarine")
    assert not await rig.supplier.search(none, deadline_s=20)


async def test_a_check_ends_the_need_for_one(rig: Rig) -> None:
    offer = (await offered(rig))[0]
    checked = await rig.supplier.check(offer)
    assert isinstance(checked, ActivityOffer)
    assert not checked.recheck
    assert checked.price == offer.price
    assert checked.starts_at == offer.starts_at


async def test_a_dearer_check_tells_the_new_price(rig: Rig) -> None:
    offer = (await offered(rig))[0]
    rig.break_next("check", "dearer", 10)
    checked = await rig.supplier.check(offer)
    assert isinstance(checked, ActivityOffer)
    assert checked.price.net.minor == pytest.approx(offer.price.net.minor * 1.1, abs=1)
    assert checked.price.sell == checked.price.net


@pytest.mark.parametrize(("how", "kind"), [("sold_out", SoldOut), ("expired", OfferExpired)])
async def test_what_is_gone_at_the_check_is_said_so(rig: Rig, how: str, kind: type) -> None:
    offer = (await offered(rig))[0]
    rig.break_next("check", how)
    assert isinstance(await rig.supplier.check(offer), kind)


# ---------------------------------------------------------------- booking


async def test_a_booking_is_confirmed_at_its_price_and_found_again(rig: Rig) -> None:
    offer = await an_offer(rig, FAMILY)
    answer = await booked(rig, offer, key := a_key())
    assert answer.state is SupplierState.CONFIRMED
    assert answer.vendor_reference == key
    assert answer.net == offer.price.net
    assert answer.cancellation in (None, offer.cancellation)
    assert answer.holder == ("Siti", "Contoh")
    assert await rig.supplier.find(key) == answer
    await rig.supplier.cancel(answer.supplier_reference)


async def test_a_key_that_was_never_sent_is_not_found(rig: Rig) -> None:
    assert await rig.supplier.find(a_key()) is None


async def test_a_lost_answer_is_unknown_and_is_found_again(rig: Rig) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.book(an_order(offer), key=(key := a_key()))
    found = await rig.supplier.find(key)
    assert found is not None
    assert found.state is SupplierState.CONFIRMED
    assert rig.at_vendor(key) == 1


async def test_a_repeat_under_the_same_key_gives_the_first_result(rig: Rig) -> None:
    offer = await an_offer(rig)
    first, second = [await booked(rig, offer, "STWICE") for _ in range(2)]
    assert first == second
    assert rig.at_vendor("STWICE") == 1


async def test_a_repeat_after_a_lost_answer_is_the_same_booking(rig: Rig) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.book(an_order(offer), key=(key := a_key()))
    answer = await booked(rig, offer, key)
    assert answer == await rig.supplier.find(key)
    assert rig.at_vendor(key) == 1


@pytest.mark.parametrize(
    ("how", "kind"), [("sold_out", SoldOut), ("dearer", PriceChanged), ("expired", OfferExpired)]
)
async def test_what_cannot_be_had_is_a_value_and_books_nothing(
    rig: Rig, how: str, kind: type
) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", how, 5)
    if how == "sold_out":
        rig.break_next("check", how)  # a supplier that only says "cannot" is asked why
    key = a_key()
    assert isinstance(await rig.supplier.book(an_order(offer), key=key), kind)
    assert rig.at_vendor(key) == 0
    assert await rig.supplier.find(key) is None


async def test_many_bookings_at_once_do_not_mix(rig: Rig) -> None:
    offer = await an_offer(rig)
    keys = [a_key() for _ in range(4)]
    answers = await asyncio.gather(*(booked(rig, offer, key) for key in keys))
    assert [answer.vendor_reference for answer in answers] == keys
    assert len({answer.supplier_reference for answer in answers}) == len(keys)
    for answer in answers:
        await rig.supplier.cancel(answer.supplier_reference)


async def test_on_request_is_neither_confirmed_nor_absent(rig: Rig) -> None:
    search = msgspec.structs.replace(a_search(rig), where=rig.on_request())
    offer = (await rig.supplier.search(search, deadline_s=20))[0]
    assert offer.on_request
    for accept, state in ((True, SupplierState.CONFIRMED), (False, SupplierState.REFUSED)):
        answer = await booked(rig, offer, key := a_key())
        assert answer.state is SupplierState.ON_REQUEST
        assert await rig.supplier.find(key) == answer
        rig.answer_request(key, accept=accept)
        later = await rig.supplier.find(key)
        assert later is not None
        assert later.state is state


async def test_a_request_that_is_withdrawn_is_cancelled_for_nothing(rig: Rig) -> None:
    search = msgspec.structs.replace(a_search(rig), where=rig.on_request())
    offer = (await rig.supplier.search(search, deadline_s=20))[0]
    answer = await booked(rig, offer, key := a_key())
    cancelled = await rig.supplier.cancel(answer.supplier_reference)
    assert cancelled.state is SupplierState.CANCELLED
    assert cancelled.fee is not None
    assert cancelled.fee.minor == 0
    assert await rig.supplier.find(key) == cancelled


# ---------------------------------------------------------------- holds


async def test_a_hold_is_no_booking_and_can_be_kept_longer(rig: Rig) -> None:
    offer = await an_offer(rig)
    await rig.only_hold(an_order(offer), key := a_key())
    assert await rig.supplier.find(key) is None
    assert rig.at_vendor(key) == 0
    until = await rig.supplier.extend(key, minutes=25)
    assert until.utcoffset() == timedelta()
    assert timedelta(minutes=24) < until - datetime.now(UTC) < timedelta(minutes=26)


async def test_what_is_not_held_is_not_extended(rig: Rig) -> None:
    with pytest.raises(Refused):
        await rig.supplier.extend(a_key(), minutes=10)
    answer = await booked(rig, await an_offer(rig), key := a_key())
    with pytest.raises(Refused):
        await rig.supplier.extend(key, minutes=10)
    await rig.supplier.cancel(answer.supplier_reference)


# ---------------------------------------------------------------- cancelling


async def test_cancelling_in_time_costs_nothing(rig: Rig) -> None:
    answer = await booked(rig, await an_offer(rig), key := a_key())
    with pytest.raises(NotSupported):
        await rig.supplier.cancellation_fee(answer.supplier_reference)
    cancelled = await rig.supplier.cancel(answer.supplier_reference)
    assert cancelled.state is SupplierState.CANCELLED
    assert cancelled.fee is not None
    assert cancelled.fee.minor == 0
    assert cancelled.vendor_reference == key
    assert cancelled.supplier_reference == answer.supplier_reference
    assert await rig.supplier.find(key) == cancelled


async def test_cancelling_twice_is_cancelled(rig: Rig) -> None:
    answer = await booked(rig, await an_offer(rig), a_key())
    once = await rig.supplier.cancel(answer.supplier_reference)
    twice = await rig.supplier.cancel(answer.supplier_reference)
    assert once == twice
    assert twice.state is SupplierState.CANCELLED


async def test_a_lost_cancellation_is_unknown_and_find_tells(rig: Rig) -> None:
    answer = await booked(rig, await an_offer(rig), key := a_key())
    rig.break_next("cancel", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.cancel(answer.supplier_reference)
    found = await rig.supplier.find(key)
    assert found is not None
    assert found.state is SupplierState.CANCELLED


async def test_what_nobody_booked_is_not_cancelled(rig: Rig) -> None:
    with pytest.raises(Refused):
        await rig.supplier.cancel("NOSUCH1")


# ---------------------------------------------------------------- vouchers


async def test_every_guest_has_something_to_show(rig: Rig) -> None:
    offer = await an_offer(rig, FAMILY)
    answer = await booked(rig, offer, a_key())
    shown = await rig.supplier.vouchers(answer.supplier_reference)
    assert {voucher.form for voucher in shown} == {VoucherForm.QR_CODE}
    assert len({voucher.value for voucher in shown}) == len(shown) == 3
    assert {v.unit for v in shown} == {unit.code for unit in offer.units}
    assert await rig.supplier.vouchers(answer.supplier_reference) == shown
    await rig.supplier.cancel(answer.supplier_reference)


async def test_what_is_not_confirmed_has_no_voucher(rig: Rig) -> None:
    answer = await booked(rig, await an_offer(rig), a_key())
    await rig.supplier.cancel(answer.supplier_reference)
    with pytest.raises(Refused):
        await rig.supplier.vouchers(answer.supplier_reference)


# ---------------------------------------------------------------- refusals that are not answers


async def ask(rig: Rig, operation: str, offer: ActivityOffer, reference: str) -> object:
    supplier: ActivitySupplier = rig.supplier
    match operation:
        case "search":
            return await supplier.search(a_search(rig), deadline_s=3)
        case "check":
            return await supplier.check(offer)
        case "book":
            return await supplier.book(an_order(offer), key="SREFUSED")
        case "find":
            return await supplier.find("SREFUSED")
        case "extend":
            return await supplier.extend("SREFUSED", minutes=10)
        case "cancel":
            return await supplier.cancel(reference)
    return await supplier.vouchers(reference)


OPERATIONS = ("search", "check", "book", "find", "extend", "cancel", "vouchers")


@pytest.mark.parametrize("how", ["unauthorised", "forbidden"])
async def test_a_wrong_credential_is_never_a_no(rig: Rig, how: str) -> None:
    offer = await an_offer(rig)
    answer = await booked(rig, offer, key := a_key())
    for operation in OPERATIONS:
        rig.break_next(operation, how)
        with pytest.raises(Misconfigured):
            await ask(rig, operation, offer, answer.supplier_reference)
    assert rig.at_vendor("SREFUSED") == 0
    assert await rig.supplier.find(key) == answer


async def test_too_many_requests_says_when_to_come_back(rig: Rig) -> None:
    offer = await an_offer(rig)
    for operation in ("search", "book"):
        rig.break_next(operation, "rate_limited", 300)
        with pytest.raises(Unavailable) as late:
            await ask(rig, operation, offer, "")
        assert late.value.retry_after_s == 300
    assert rig.at_vendor("SREFUSED") == 0


async def test_the_connection_test_verifies(rig: Rig) -> None:
    assert (await rig.supplier.probe()).verdict is Verdict.VERIFIED


# ---------------------------------------------------------------- what only a wire can do


@pytest.mark.parametrize("how", BODIES)
@pytest.mark.parametrize("operation", ["search", "check", "find", "vouchers"])
async def test_an_unreadable_answer_to_a_question_is_a_broken_contract(
    wire: OctoRig, operation: str, how: str
) -> None:
    offer = await an_offer(wire)
    await wire.supplier.book(an_order(offer), key="SREFUSED")
    reference = wire.simulator.bookings("SREFUSED")[0].reference
    wire.break_(operation, how, times=None)
    with pytest.raises(BrokenContract):
        await ask(wire, operation, offer, reference)


@pytest.mark.parametrize("how", [*BODIES, "lost", "error_after"])
@pytest.mark.parametrize("operation", ["book", "cancel"])
async def test_an_unreadable_answer_to_an_order_is_unknown_not_a_no(
    wire: OctoRig, operation: str, how: str
) -> None:
    offer = await an_offer(wire)
    answer = await booked(wire, offer, key := a_key())
    wire.break_next(operation, how)
    with pytest.raises(OutcomeUnknown):
        await ask(wire, operation, offer, answer.supplier_reference)
    found = await wire.supplier.find("SREFUSED" if operation == "book" else key)
    assert found is not None
    assert found != answer


@pytest.mark.parametrize("how", ["system_error", "unavailable", "drop", "failure"])
async def test_a_failing_vendor_is_unavailable_for_questions_only(wire: OctoRig, how: str) -> None:
    offer = await an_offer(wire)
    wire.break_next("search", how)
    assert await wire.supplier.search(a_search(wire), deadline_s=20)
    wire.break_next("book", how)
    with pytest.raises(OutcomeUnknown):
        await wire.supplier.book(an_order(offer), key="SREFUSED")
    assert wire.at_vendor("SREFUSED") == 0
    wire.break_("search", how, times=None)
    with pytest.raises(Unavailable):
        await wire.supplier.search(a_search(wire), deadline_s=5)


async def test_a_search_ends_at_its_deadline(wire: OctoRig) -> None:
    wire.break_next("search", "hang")
    wire.break_("search", "hang", times=None)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await wire.supplier.search(a_search(wire), deadline_s=0.3)
    assert time.monotonic() - began < PATIENCE_S / 2


async def test_a_slow_answer_within_the_deadline_is_an_answer(wire: OctoRig) -> None:
    wire.break_next("search", "delay", 0.2)
    assert await wire.supplier.search(a_search(wire), deadline_s=20)


async def test_no_secret_shows_in_any_error_or_log(
    wire: OctoRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    offer = await an_offer(wire)
    answer = await booked(wire, offer, a_key())
    shown = []
    hows = [*BODIES, "lost", "unauthorised", "forbidden", "revoked", "rate_limited"]
    for operation, how in itertools.product(OPERATIONS, [*hows, "system_error"]):
        wire.simulator.reset()
        answer = await booked(wire, offer, "SBEFORE")
        wire.clock.ahead_s += 60  # the breaker has rested
        wire.break_(operation, how, 300, times=None)
        try:
            await ask(wire, operation, offer, answer.supplier_reference)
        except VendorError as e:
            shown += [told(e), "".join(traceback.format_exception(e))]
    assert "breaker" not in "".join(shown)
    everything = "\n".join([*shown, caplog.text, *(repr(vars(r)) for r in caplog.records)])
    for secret in (*wire.secrets, NOTE, "Contoh", "siti@example.com", "0000 0000"):
        assert secret not in everything
    assert len(shown) == 2 * len(OPERATIONS) * (len(hows) + 1)


def test_every_activity_supplier_has_a_rig() -> None:
    suppliers = {n for n in registry.names() if Role.ACTIVITY_SUPPLIER in registry.load(n).roles}
    assert suppliers <= set(SUPPLIERS)
    assert {f"{name}-live" for name in suppliers} <= set(LIVE)
