"""What is Hotelbeds' own, on real sockets against the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from adapters.hotelbeds import MANIFEST
from adapters.hotelbeds.mapping import booking
from adapters.hotelbeds.simulator import API_KEY, SECRET
from core.domain.bookings.booking import SupplierState
from core.domain.bookings.hotel import HotelCodes, HotelOffer, HotelSearch
from core.domain.bookings.terms import PriceChanged
from core.domain.connections.connection import Verdict
from core.domain.stay import Occupancy
from ports.errors import BrokenContract, Misconfigured, OutcomeUnknown, Refused, Unavailable
from tests.contract.hotel_rigs import HotelbedsRig, QuickClock, hotelbeds
from tests.contract.opening import CONNECTION, opened
from tests.contract.test_hotel_supplier import a_search, an_offer, an_order, booked

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig() -> AsyncIterator[HotelbedsRig]:
    async with hotelbeds() as opened_rig:
        yield opened_rig


def at(rig: HotelbedsRig, *codes: int) -> HotelSearch:
    destination = HotelCodes({CONNECTION: tuple(map(str, codes))})
    return msgspec.structs.replace(a_search(rig), destination=destination)


async def test_403_over_quota_is_a_matter_of_time(rig: HotelbedsRig) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", "over_quota")
    with pytest.raises(Unavailable) as e:
        await rig.supplier.book(an_order(offer), key="SQUOTA")
    assert e.value.vendor_code == "ERR_403_DEVELOPER_OVER_RATE"
    rig.break_next("book", "forbidden")
    with pytest.raises(Misconfigured):
        await rig.supplier.book(an_order(offer), key="SQUOTA")
    assert rig.at_vendor("SQUOTA") == 0


async def test_an_error_that_names_a_booking_is_no_clear_no(rig: HotelbedsRig) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", "confirmation_error")
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.book(an_order(offer), key="SERROR")


async def test_another_booking_in_place_of_ours_is_not_ours(rig: HotelbedsRig) -> None:
    told = await booked(rig, await an_offer(rig), "SOURS")
    (held,) = rig.simulator.bookings("SOURS")
    shown = dict(held)
    held["clientReference"] = "SOTHER"  # the list is right, and the detail another's

    class Listing(dict[str, Any]):
        def values(self) -> Any:
            return [shown]

    rig.simulator._ledger.bookings = Listing(rig.simulator._ledger.bookings)
    assert told.vendor_reference == "SOURS"
    with pytest.raises(BrokenContract):
        await rig.supplier.find("SOURS")


async def test_a_failure_they_remember_is_the_same_no_again(rig: HotelbedsRig) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", "dearer", 3)
    answers = [await rig.supplier.book(an_order(offer), key="SAGAIN") for _ in range(2)]
    assert answers == [PriceChanged(), PriceChanged()]


async def test_a_booking_the_list_does_not_show_yet_is_none_until_it_does(
    rig: HotelbedsRig,
) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", "invisible")
    await booked(rig, offer, "SHIDDEN")
    assert rig.at_vendor("SHIDDEN") == 1
    assert await rig.supplier.find("SHIDDEN") is None
    assert MANIFEST.absence_certain_after_s is not None
    assert MANIFEST.absence_certain_after_s > MANIFEST.deadline_s


async def test_two_live_bookings_under_one_reference_call_a_person(rig: HotelbedsRig) -> None:
    offer = await an_offer(rig)
    first, second = [await booked(rig, offer, "SDOUBLE") for _ in range(2)]
    with pytest.raises(BrokenContract):
        await rig.supplier.find("SDOUBLE")
    await rig.supplier.cancel(first.supplier_reference)
    found = await rig.supplier.find("SDOUBLE")
    assert found == second
    assert found.state is SupplierState.CONFIRMED


async def test_a_long_list_is_read_to_its_end(
    rig: HotelbedsRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booking, "PAGE", 2)
    for wanted in await _refundable(rig):
        answer = await booked(rig, wanted, "SPAGED")
        await rig.supplier.cancel(answer.supplier_reference)
    last = await booked(rig, await an_offer(rig), "SPAGED")
    rig.simulator.calls.clear()
    assert await rig.supplier.find("SPAGED") == last
    assert rig.simulator.calls["list"] == 3


async def _refundable(rig: HotelbedsRig) -> list[HotelOffer]:
    return [await an_offer(rig) for _ in range(4)]


async def test_a_rate_to_be_checked_is_not_booked_unchecked(rig: HotelbedsRig) -> None:
    offer = (await rig.supplier.search(at(rig, 9002), deadline_s=5))[0]
    assert offer.recheck
    with pytest.raises(Refused):
        await rig.supplier.book(an_order(offer), key="SRECHECK")
    checked = await rig.supplier.check(offer)
    assert isinstance(checked, HotelOffer)
    assert checked.source != offer.source
    assert checked.rate_comments
    await booked(rig, checked, "SRECHECK")


async def test_the_last_room_is_sold_once(rig: HotelbedsRig) -> None:
    search = at(rig, 9003)
    offers = await rig.supplier.search(search, deadline_s=5)
    last = next(o for o in offers if o.rooms[0].code == "DBL.LR")
    await booked(rig, last, "SLAST")
    again = await rig.supplier.search(search, deadline_s=5)
    assert "DBL.LR" not in {o.rooms[0].code for o in again}
    assert type(await rig.supplier.check(last)).__name__ == "SoldOut"


async def test_a_hotel_code_that_is_no_number_is_said_so(rig: HotelbedsRig) -> None:
    search = msgspec.structs.replace(
        a_search(rig), destination=HotelCodes({CONNECTION: ("PMI-1",)})
    )
    with pytest.raises(Refused, match="no number"):
        await rig.supplier.search(search, deadline_s=5)


async def test_children_cost_by_their_age(rig: HotelbedsRig) -> None:
    prices = []
    for age in (1, 8, 15):
        search = msgspec.structs.replace(at(rig, 9011), rooms=(Occupancy(2, (age,)),))
        prices.append((await rig.supplier.search(search, deadline_s=5))[0].price.net.minor)
    assert prices == sorted(set(prices))


async def test_the_days_budget_is_ours_before_it_is_theirs() -> None:
    async with hotelbeds(per_day=2) as rig:
        for _ in range(2):
            await rig.supplier.find("SNONE")
        with pytest.raises(Unavailable) as e:
            await rig.supplier.find("SNONE")
        assert e.value.retry_after_s is not None
        assert e.value.retry_after_s > 3600
        assert rig.simulator.calls["list"] == 2


# ------------------------------------------------------------------ the connection test


async def test_a_wrong_secret_is_rejected_and_the_clock_is_named() -> None:
    async with hotelbeds(secret="wrongsecret") as rig:
        probe = await rig.supplier.probe()
    assert probe.verdict is Verdict.REJECTED
    assert probe.evidence["status"] == "401"
    assert "clock" in probe.remedy
    assert "wrongsecret" not in repr(probe)


async def test_a_clock_that_is_off_is_measured() -> None:
    async with hotelbeds() as rig:
        rig.clock.now = lambda: datetime.now(UTC) + timedelta(seconds=300)  # type: ignore[method-assign]
        probe = await rig.supplier.probe()
    assert probe.verdict is Verdict.REJECTED
    assert abs(int(probe.evidence["clock_ahead_s"]) - 300) <= 2
    assert "300 s ahead" in probe.remedy or "299 s ahead" in probe.remedy or "301" in probe.remedy


@pytest.mark.parametrize("how", ["hang", "drop", "system_error", "unavailable"])
async def test_silence_is_unreachable_never_rejected(
    rig: HotelbedsRig, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.hotelbeds.probing.DEADLINE_S", 0.5)
    rig.break_("status", how, times=None)
    assert (await rig.supplier.probe()).verdict is Verdict.UNREACHABLE


@pytest.mark.parametrize(
    "how", ["empty", "truncated", "wrong_type", "malformed", "huge", "over_quota"]
)
async def test_what_says_nothing_about_the_key_cannot_test(rig: HotelbedsRig, how: str) -> None:
    rig.break_("status", how, times=None)
    assert (await rig.supplier.probe()).verdict is Verdict.CANNOT_TEST


async def test_nobody_there_is_unreachable() -> None:
    config = {
        "api_key": API_KEY,
        "secret": SECRET,
        "base_url": "http://127.0.0.1:9/hotel-api/1.0",
    }
    async with opened("hotelbeds", config, QuickClock()) as supplier:
        assert (await supplier.probe()).verdict is Verdict.UNREACHABLE
