"""What is OCTO's own, on real sockets against the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adapters.octo import MANIFEST
from adapters.octo.simulator import API_KEY, tours
from core.domain.bookings.activity import (
    ActivityOffer,
    ActivitySearch,
    Days,
    ProductCodes,
    UnitKind,
    VoucherForm,
)
from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.hotel import Circle
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.connections.connection import Verdict
from core.domain.tenancy import Environment
from entrypoints.sandbox import STALLS, Sandbox
from ports.activity_supplier import ActivityOrder
from ports.errors import Misconfigured, NotSupported, OutcomeUnknown, Refused, Unavailable
from tests.contract.activity_rigs import OctoRig, octo
from tests.contract.hotel_rigs import QuickClock
from tests.contract.opening import CONNECTION, opened
from tests.contract.test_activity_supplier import (
    a_search,
    an_offer,
    an_order,
    booked,
    offered,
)
from tests.servers.asgi import serving

pytestmark = pytest.mark.anyio
HOLD_S = 600
ADULT = {UnitKind.ADULT: 1}


@pytest.fixture
async def rig() -> AsyncIterator[OctoRig]:
    async with octo() as opened_rig:
        yield opened_rig


def at(product: str, people: dict[UnitKind, int] = ADULT) -> ActivitySearch:
    first = datetime.now(UTC).date() + timedelta(days=30)
    first += timedelta(days=(5 - first.weekday()) % 7)  # a Saturday: nothing is closed
    return ActivitySearch(ProductCodes({CONNECTION: (product,)}), Days(first, first), people)


async def one(rig: OctoRig, search: ActivitySearch) -> ActivityOffer:
    return (await rig.supplier.search(search, deadline_s=20))[0]


def status(rig: OctoRig, key: str) -> str:
    (held,) = rig.simulator.bookings(key)
    return held.status


def later(rig: OctoRig, seconds: float) -> None:
    """Both clocks, theirs and ours."""
    rig.simulator.ahead_s = seconds
    rig.clock.now = lambda: datetime.now(UTC) + timedelta(seconds=seconds)  # type: ignore[method-assign]


# ------------------------------------------------------------------ what is granted


async def test_without_prices_nothing_is_sold(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    rig.break_("*", "no_pricing", times=None)
    with pytest.raises(NotSupported, match="octo/pricing"):
        await rig.supplier.search(a_search(rig), deadline_s=5)
    with pytest.raises(NotSupported, match="octo/pricing"):
        await rig.supplier.check(offer)
    with pytest.raises(NotSupported, match="octo/pricing"):
        await rig.supplier.book(an_order(offer), key="SNOPRICE")
    assert status(rig, "SNOPRICE") == "EXPIRED"  # the hold was given back


async def test_a_key_that_is_refused_with_a_400_is_misconfigured(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    for call in ("hold", "confirm"):
        rig.break_(call, "revoked", times=1)
        with pytest.raises(Misconfigured):
            await rig.supplier.book(an_order(offer), key="SREVOKED")


# ------------------------------------------------------------------ test and live


async def test_a_live_booking_is_not_made_in_test(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    rig.break_("hold", "other_mode", times=1)
    with pytest.raises(Misconfigured, match="live bookings"):
        await rig.supplier.book(an_order(offer), key="SLIVE")
    assert status(rig, "SLIVE") == "EXPIRED"
    assert rig.simulator.calls["confirm"] == 0


async def test_a_test_booking_is_not_made_in_live() -> None:
    async with octo(Environment.LIVE) as rig:
        offer = await an_offer(rig)
        with pytest.raises(Misconfigured, match="test bookings"):
            await rig.supplier.book(an_order(offer), key="STEST")
        assert rig.simulator.calls["confirm"] == 0


# ------------------------------------------------------------------ holds


async def test_another_price_is_not_confirmed_and_the_hold_is_given_back(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", "dearer", 5)
    answer = await rig.supplier.book(an_order(offer), key="SDEARER")
    assert isinstance(answer, PriceChanged)
    assert answer.net is not None
    assert offer.price.net < answer.net
    assert status(rig, "SDEARER") == "EXPIRED"
    assert rig.simulator.calls["confirm"] == 0
    again = await rig.supplier.check(offer)
    assert isinstance(again, ActivityOffer)
    assert again.left == offer.left


async def test_what_was_certainly_not_confirmed_is_given_back(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    rig.simulator.faults.add("rate_limited", "confirm", value=300)
    with pytest.raises(Unavailable) as e:
        await rig.supplier.book(an_order(offer), key="SNOTSENT")
    assert e.value.retry_after_s == 300
    assert status(rig, "SNOTSENT") == "EXPIRED"


async def test_a_hold_that_cannot_be_given_back_ends_by_itself(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    await rig.only_hold(an_order(offer), "SHELD")
    assert status(rig, "SHELD") == "ON_HOLD"
    later(rig, HOLD_S + 1)
    assert status(rig, "SHELD") == "EXPIRED"
    assert await rig.supplier.find("SHELD") is None
    assert isinstance(await rig.supplier.book(an_order(offer), key="SHELD"), OfferExpired)


@pytest.mark.parametrize("forgets", [False, True])
async def test_absence_is_certain_when_the_hold_has_ended(
    rig: OctoRig, forgets: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A confirmation that comes later than that is refused, whoever sent it."""
    monkeypatch.setattr("adapters.octo.calls.CONFIRM_S", 0.3)
    offer = await an_offer(rig)
    rig.simulator.ledger.forgets = forgets
    rig.break_next("book", "hang")
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.book(an_order(offer), key="SLATE")
    assert await rig.supplier.find("SLATE") is None
    assert MANIFEST.absence_certain_after_s is not None
    later(rig, MANIFEST.absence_certain_after_s)
    assert await rig.supplier.find("SLATE") is None
    assert isinstance(await rig.supplier.book(an_order(offer), key="SLATE"), OfferExpired)
    assert rig.at_vendor("SLATE") == 0


async def test_a_hold_that_outlives_ours_is_not_absent(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    await rig.only_hold(an_order(offer), "SLONG")
    await rig.supplier.extend("SLONG", minutes=25)
    later(rig, HOLD_S + 120)
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.find("SLONG")
    later(rig, 25 * 60 + 1)
    assert await rig.supplier.find("SLONG") is None


async def test_a_refused_confirmation_gives_the_hold_back(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    rig.break_("confirm", "refused", times=1)
    with pytest.raises(Refused):
        await rig.supplier.book(an_order(offer), key="SREFUSED")
    assert status(rig, "SREFUSED") == "EXPIRED"


async def test_a_refused_hold_is_sold_out_only_when_it_is(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    rig.break_("hold", "refused", times=1)
    with pytest.raises(Refused):
        await rig.supplier.book(an_order(offer), key="SREASON")
    rig.break_("hold", "refused", times=1)
    rig.break_next("check", "dearer", 5)
    answer = await rig.supplier.book(an_order(offer), key="SREASON")
    assert isinstance(answer, PriceChanged)


async def test_a_lost_hold_is_repeated_and_is_one(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    rig.break_("hold", "lost", times=1)
    answer = await booked(rig, offer, "SLOST")
    assert answer.state is SupplierState.CONFIRMED
    assert rig.simulator.calls["hold"] == 2
    assert len(rig.simulator.bookings("SLOST")) == 1


async def test_a_hold_in_a_state_we_do_not_know_is_unknown(rig: OctoRig) -> None:
    offer = await an_offer(rig)
    rig.break_("hold", "odd_status", times=1)
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.book(an_order(offer), key="SODD")
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.find("SODD")
    assert rig.simulator.calls["confirm"] == 0


async def test_a_repeat_that_cannot_be_looked_up_is_unknown(rig: OctoRig) -> None:
    """Another order under the same key: its uuid is in use, and nobody tells by what."""
    offer = await an_offer(rig)
    await booked(rig, offer, "SCLASH")
    other = await an_offer(rig, {UnitKind.ADULT: 3})
    rig.break_("detail", "unavailable", times=None)
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.book(an_order(other), key="SCLASH")
    rig.simulator.faults.clear()
    rig.clock.ahead_s += 60  # the breaker has rested
    answer = await booked(rig, other, "SCLASH")
    assert answer.net == offer.price.net


# ------------------------------------------------------------------ selling


async def test_places_on_the_map_are_found_by_a_circle(rig: OctoRig) -> None:
    around = msgspec.structs.replace(at(""), where=Circle(21.4225, 39.8262, 10))
    found = await rig.supplier.search(around, deadline_s=20)
    assert {offer.product.place for offer in found} == {"Makkah"}
    everywhere = msgspec.structs.replace(around, where=None)
    found = await rig.supplier.search(everywhere, deadline_s=20)
    assert {offer.product.place for offer in found} == {t.town for t in tours.TOURS}
    assert [o.starts_at for o in found] == sorted(o.starts_at for o in found)


async def test_the_last_places_are_sold_once(rig: OctoRig) -> None:
    search = at("makkah-museum", {UnitKind.ADULT: 2})
    offer = await one(rig, search)
    assert offer.left == 3
    await booked(rig, offer, "SLAST")
    assert not await rig.supplier.search(search, deadline_s=20)
    assert isinstance(await rig.supplier.check(offer), SoldOut)
    assert isinstance(await rig.supplier.book(an_order(offer), key="SLAST2"), SoldOut)
    assert (await one(rig, at("makkah-museum"))).left == 1


async def test_whole_parties_pay_once(rig: OctoRig) -> None:
    alone = await one(rig, at("jeddah-boat"))
    many = await one(rig, at("jeddah-boat", {UnitKind.ADULT: 6, UnitKind.CHILD: 3}))
    assert alone.price.net == many.price.net
    assert not await rig.supplier.search(at("jeddah-boat", {UnitKind.ADULT: 11}), deadline_s=20)
    answer = await booked(rig, many, "SPARTY")
    assert answer.net == many.price.net


async def test_children_do_not_go_alone(rig: OctoRig) -> None:
    for people in ({UnitKind.INFANT: 1}, {UnitKind.INFANT: 1, UnitKind.CHILD: 1}):
        assert not await rig.supplier.search(at("makkah-city", people), deadline_s=20)
    together = {UnitKind.INFANT: 1, UnitKind.ADULT: 1}
    assert await rig.supplier.search(at("makkah-city", together), deadline_s=20)
    assert not await rig.supplier.search(at("makkah-city", {UnitKind.FAMILY: 1}), deadline_s=20)


async def test_what_the_supplier_wants_to_know_is_said_before_it_is_asked(rig: OctoRig) -> None:
    offer = await one(rig, at("jeddah-boat"))
    order = an_order(offer)
    silent = msgspec.structs.replace(order.holder, phone=None)
    with pytest.raises(Refused, match="phone"):
        await rig.supplier.book(msgspec.structs.replace(order, holder=silent), key="SPHONE")
    assert rig.simulator.calls["hold"] == 0


async def test_what_an_order_cannot_say_is_not_supported(
    rig: OctoRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = await an_offer(rig)
    walk = tours.BY_ID["jakarta-walk"]._replace(asked=("firstName", "country"))
    monkeypatch.setitem(tours.BY_ID, "jakarta-walk", walk)
    with pytest.raises(NotSupported, match="country"):
        await rig.supplier.check(offer)


async def test_after_the_cut_off_it_stays_booked(rig: OctoRig) -> None:
    offer = await one(rig, at("makkah-museum"))
    now = datetime.now(UTC)
    assert offer.cancellation.fee_at(now, "SAR") == offer.price.net
    answer = await booked(rig, offer, "SFIXED")
    with pytest.raises(Refused):
        await rig.supplier.cancel(answer.supplier_reference)
    assert await rig.supplier.find("SFIXED") == answer


async def test_a_start_is_not_sold_after_its_cut_off(rig: OctoRig) -> None:
    offer = await one(rig, at("jakarta-walk"))
    assert offer.expires_at is not None
    late = offer.expires_at - datetime.now(UTC) + timedelta(seconds=1)
    rig.clock.now = lambda: datetime.now(UTC) + late  # type: ignore[method-assign]
    assert not await rig.supplier.search(at("jakarta-walk"), deadline_s=20)
    assert isinstance(await rig.supplier.check(offer), OfferExpired)


async def test_rupiah_are_counted_as_iso_counts_them(rig: OctoRig) -> None:
    offer = await one(rig, at("jakarta-walk"))
    assert (offer.price.net.minor, offer.price.net.currency) == (150_000_00, "IDR")


async def test_a_currency_is_asked_for_where_it_is_sold_in_it() -> None:
    async with octo(currency="IDR") as rig:
        for product, currency in (("jakarta-walk", "IDR"), ("makkah-city", "SAR")):
            assert (await one(rig, at(product))).price.net.currency == currency


# ------------------------------------------------------------------ vouchers


@pytest.mark.parametrize(
    ("product", "forms"),
    [
        ("madinah-farm", [VoucherForm.PDF, VoucherForm.QR_CODE]),
        ("makkah-museum", [VoucherForm.BARCODE]),
        ("makkah-city", [VoucherForm.QR_CODE]),
    ],
)
async def test_vouchers_come_as_the_door_wants_them(
    rig: OctoRig, product: str, forms: list[VoucherForm]
) -> None:
    answer = await booked(rig, await one(rig, at(product)), "SDOOR")
    shown = await rig.supplier.vouchers(answer.supplier_reference)
    assert [voucher.form for voucher in shown] == forms


async def test_a_manifest_needs_only_the_name(rig: OctoRig) -> None:
    answer = await booked(rig, await one(rig, at("taif-roses")), "SROSES")
    with pytest.raises(Refused):
        await rig.supplier.vouchers(answer.supplier_reference)
    rig.answer_request("SROSES", accept=True)
    assert not await rig.supplier.vouchers(answer.supplier_reference)


# ------------------------------------------------------------------ asking no more than needed


async def test_the_catalogue_is_read_once_a_while(rig: OctoRig) -> None:
    for _ in range(3):
        await offered(rig)
    assert rig.simulator.calls["products"] == 1
    rig.clock.ahead_s += 601
    await offered(rig)
    assert rig.simulator.calls["products"] == 2


async def test_one_option_that_fails_does_not_cost_the_others(rig: OctoRig) -> None:
    whole = await rig.supplier.search(at("makkah-city"), deadline_s=20)
    assert {offer.option.code for offer in whole} == {"EN", "ID"}
    rig.break_("availability", "empty", times=1)
    part = await rig.supplier.search(at("makkah-city"), deadline_s=20)
    assert 0 < len(part) < len(whole)


async def test_a_key_refused_for_one_option_is_refused(rig: OctoRig) -> None:
    await offered(rig)
    rig.break_("availability", "forbidden", times=1)
    with pytest.raises(Misconfigured):
        await rig.supplier.search(at("makkah-city"), deadline_s=20)


async def test_what_has_not_come_by_the_deadline_is_left_out(rig: OctoRig) -> None:
    await offered(rig)
    rig.break_("availability", "hang", times=1)
    part = await rig.supplier.search(at("makkah-city"), deadline_s=0.6)
    assert len({offer.option.code for offer in part}) == 1


async def test_bookings_are_found_by_the_suppliers_reference_alone(rig: OctoRig) -> None:
    orders: list[tuple[str, ActivityOrder]] = []
    offer = await an_offer(rig)
    for key in ("SFIRST", "SSECOND"):
        orders.append((key, an_order(offer)))
    first, second = [await rig.supplier.book(order, key=key) for key, order in orders]
    assert isinstance(first, SupplierBooking)
    assert isinstance(second, SupplierBooking)
    assert (await rig.supplier.cancel(second.supplier_reference)).vendor_reference == "SSECOND"
    assert await rig.supplier.find("SFIRST") == first


# ------------------------------------------------------------------ the connection test


async def test_the_sandbox_has_a_stall_for_it() -> None:
    stall = next(s for s in STALLS if s.adapter == "octo")
    async with serving(Sandbox()) as address:
        config = {"base_url": address + stall.path, **stall.config}
        async with opened("octo", config, QuickClock()) as supplier:
            assert (await supplier.probe()).verdict is Verdict.VERIFIED


async def test_a_wrong_key_is_rejected() -> None:
    async with octo(api_key="another-key-0000") as rig:
        probe = await rig.supplier.probe()
    assert probe.verdict is Verdict.REJECTED
    assert probe.evidence["status"] == "403"
    assert "another-key-0000" not in repr(probe)


async def test_a_key_refused_with_a_400_is_rejected(rig: OctoRig) -> None:
    rig.break_("supplier", "revoked", times=1)
    assert (await rig.supplier.probe()).verdict is Verdict.REJECTED


@pytest.mark.parametrize("how", ["hang", "drop", "system_error", "unavailable"])
async def test_silence_is_unreachable_never_rejected(
    rig: OctoRig, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.octo.probing.DEADLINE_S", 0.5)
    rig.break_("supplier", how, times=None)
    assert (await rig.supplier.probe()).verdict is Verdict.UNREACHABLE


@pytest.mark.parametrize("how", ["empty", "truncated", "wrong_type", "malformed", "huge"])
async def test_what_says_nothing_about_the_key_cannot_test(rig: OctoRig, how: str) -> None:
    rig.break_("supplier", how, times=None)
    assert (await rig.supplier.probe()).verdict is Verdict.CANNOT_TEST


async def test_capabilities_that_are_not_told_spoil_no_verdict(rig: OctoRig) -> None:
    rig.break_("capabilities", "malformed", times=None)
    probe = await rig.supplier.probe()
    assert (probe.verdict, probe.evidence["required"]) == (Verdict.VERIFIED, "not told")


async def test_nobody_there_is_unreachable() -> None:
    config = {"api_key": API_KEY, "base_url": "http://127.0.0.1:9/octo"}
    async with opened("octo", config, QuickClock()) as supplier:
        assert (await supplier.probe()).verdict is Verdict.UNREACHABLE
