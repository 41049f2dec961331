"""What is SiteMinder's own, on real sockets against the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adapters.siteminder.simulator import HOTEL, OTHER_HOTEL
from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.stay import Stay
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)
from ports.errors import BrokenContract, Misconfigured, Refused, Unavailable
from tests.contract.channel_rig import Wish, WishedRoom
from tests.contract.siteminder_rig import SiteMinderRig, siteminder_rig

pytestmark = pytest.mark.anyio
DAY = datetime.now(UTC).date() + timedelta(days=30)
WEEK = Span(DAY, DAY + timedelta(days=6))
FREE = AvailabilityLine("DLX", WEEK, 4)


@pytest.fixture
async def rig() -> AsyncIterator[SiteMinderRig]:
    async with siteminder_rig() as opened:
        yield opened


def a_rate(*adults: int) -> RateLine:
    prices = tuple((n, Money.of(1_000_000 + n, "IDR")) for n in adults)
    return RateLine("DLX", "BAR", WEEK, Prices(prices))


def a_wish(nights: int = 2) -> Wish:
    stay = Stay(DAY, DAY + timedelta(days=nights))
    room = WishedRoom("DLX", "BAR", stay, by_night=(1_000_000,) * nights)
    return Wish((room,))


# ---------------------------------------------------------------- telling


async def test_requests_of_a_hotel_go_one_after_the_other(rig: SiteMinderRig) -> None:
    rig.simulator.faults.add("delay", "avail", times=None, value=0.01)
    pushes = [rig.channel.push(HOTEL, [FREE]) for _ in range(8)]
    pulls = [rig.source.pull([HOTEL, OTHER_HOTEL]) for _ in range(4)]
    answers, _ = await asyncio.gather(asyncio.gather(*pushes), asyncio.gather(*pulls))
    assert all(answer.taken for answer in answers)
    assert rig.simulator.overlaps == 0
    assert rig.simulator.calls["avail"] == 8


async def test_a_line_without_words_is_left_out_and_the_others_are_told(
    rig: SiteMinderRig,
) -> None:
    through = RestrictionLine("DLX", "BAR", WEEK, Restrictions(min_stay_through=3))
    known = RestrictionLine("DLX", "NRF", WEEK, Restrictions(stop_sell=True))
    answer = await rig.channel.push(HOTEL, [through, known])
    assert answer.taken
    assert [(one.line, one.code) for one in answer.refused] == [(0, "no_min_stay_through")]
    assert rig.restrictions("DLX", "BAR", DAY) is None
    assert rig.restrictions("DLX", "NRF", DAY) == known.restrictions
    assert [r.line for r in (await rig.channel.push(HOTEL, [a_rate(6)])).refused] == [0]
    assert rig.simulator.calls["rates"] == 0  # nothing was left to tell


async def test_refusals_of_ours_and_of_theirs_are_told_by_their_places(rig: SiteMinderRig) -> None:
    odd = msgspec.structs.replace(a_rate(2), plan="ODD")
    answer = await rig.channel.push(HOTEL, [a_rate(6), a_rate(1), odd])
    assert not answer.taken
    assert [(one.line, one.code) for one in answer.refused] == [(0, "too_many_adults"), (2, "249")]
    assert rig.prices("DLX", "BAR", DAY) is None


async def test_lines_of_two_kinds_are_never_one_message(rig: SiteMinderRig) -> None:
    mixed: list[AriLine] = [FREE, a_rate(2), FREE]
    assert [len(message) for message in rig.channel.messages(mixed)] == [1, 1, 1]
    with pytest.raises(Refused, match="one kind"):
        await rig.channel.push(HOTEL, mixed)
    assert not rig.simulator.calls


async def test_a_warning_is_told_and_the_message_taken(rig: SiteMinderRig) -> None:
    rig.break_("push", "warned", times=1)
    answer = await rig.channel.push(HOTEL, [FREE])
    assert answer.taken
    assert answer.warnings == ("367: Simulated",)


async def test_an_error_that_names_no_line_leaves_all_of_them_open(rig: SiteMinderRig) -> None:
    rig.break_("push", "nameless", times=1)
    answer = await rig.channel.push(HOTEL, [FREE])
    assert (answer.taken, answer.refused) == (False, ())


async def test_the_answer_to_another_message_is_none(rig: SiteMinderRig) -> None:
    rig.break_("push", "others", times=1)
    with pytest.raises(BrokenContract, match="another message"):
        await rig.channel.push(HOTEL, [FREE])


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("busy", Unavailable),
        ("unknown_error", BrokenContract),
        ("fault", Unavailable),
        ("away", Unavailable),
        ("system_error", Unavailable),
        ("drop", Unavailable),
    ],
)
async def test_what_is_no_clear_answer_is_told_again_later(
    rig: SiteMinderRig, how: str, error: type[Exception]
) -> None:
    rig.break_("push", how, times=None)
    with pytest.raises(error):
        await rig.channel.push(HOTEL, [FREE])
    rig.heal()
    assert (await rig.channel.push(HOTEL, [FREE])).taken


async def test_set_up_for_one_price_a_day_a_line_has_one() -> None:
    async with siteminder_rig(pricing="per_day", taxes="excluded") as rig:
        answer = await rig.channel.push(HOTEL, [a_rate(1, 2), a_rate(2)])
        assert [(one.line, one.code) for one in answer.refused] == [(0, "one_price")]
        (told,) = {id(p): p for p in rig._hotel.prices.values()}.values()
        assert told.by_adults == {0: "1000002.00"}
        assert not told.taxes
        catalogue = await rig.channel.catalogue(HOTEL)
        assert {plan.adults for room in catalogue.rooms for plan in room.plans} == {(2,)}


# ---------------------------------------------------------------- its own bookings


async def test_it_takes_a_booking_off_but_neither_change_nor_cancellation(
    rig: SiteMinderRig,
) -> None:
    await rig.channel.push(HOTEL, [FREE])
    reference = rig.reserve(a_wish(nights=2))
    assert [rig.free("DLX", DAY + timedelta(days=n)) for n in range(3)] == [3, 3, 4]
    rig.modify(reference, a_wish(nights=3))
    rig.cancel(reference)
    assert rig.free("DLX", DAY) == 3
    await rig.channel.push(HOTEL, [FREE])  # so it is told anew
    assert rig.free("DLX", DAY) == 4


async def test_reservations_come_in_their_order_however_they_are_told(rig: SiteMinderRig) -> None:
    reference = rig.reserve(a_wish())
    rig.modify(reference, a_wish(nights=3))
    rig.cancel(reference)
    for how in ("shuffled", "twice"):
        rig.break_("pull", how, times=1)
        found = [rig.source.parse(one.raw) for one in await rig.source.pull([HOTEL])]
        assert [one.revision.value for one in found] == ["new", "modified", "cancelled"]


async def test_a_hotel_that_fails_does_not_hold_up_the_others(
    rig: SiteMinderRig, caplog: pytest.LogCaptureFixture
) -> None:
    reference = rig.reserve(a_wish())
    found = await rig.source.pull(["GONE", HOTEL])
    assert [rig.source.parse(one.raw).reference for one in found] == [reference]
    assert "siteminder.hotel-not-pulled" in caplog.text
    with pytest.raises(Refused):  # nothing else came: now it is told
        await rig.source.pull(["GONE", OTHER_HOTEL])


async def test_a_refused_credential_is_told_even_beside_reservations(rig: SiteMinderRig) -> None:
    rig.reserve(a_wish())
    rig.break_("pull", "unauthorised", times=None)
    with pytest.raises(Misconfigured):
        await rig.source.pull([HOTEL, OTHER_HOTEL])


# ---------------------------------------------------------------- the connection test


async def test_the_connection_test_tells_four_things_apart(rig: SiteMinderRig) -> None:
    assert (await rig.channel.probe()).verdict is Verdict.VERIFIED
    rig.break_("pull", "unauthorised", times=1)
    rejected = await rig.channel.probe()
    assert rejected.verdict is Verdict.REJECTED
    assert rejected.evidence["error"].endswith("[497]: errors")
    rig.break_("pull", "malformed", times=1)
    assert (await rig.channel.probe()).verdict is Verdict.CANNOT_TEST
    rig.break_("pull", "away", times=None)
    assert (await rig.channel.probe()).verdict is Verdict.UNREACHABLE


async def test_a_wrong_password_is_told_on_both_sides() -> None:
    async with siteminder_rig(password="wrong-Password9") as rig:
        assert (await rig.channel.probe()).verdict is Verdict.REJECTED
        with pytest.raises(Misconfigured):
            await rig.channel.catalogue(HOTEL)
