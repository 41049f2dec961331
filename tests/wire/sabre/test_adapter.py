"""What is Sabre's own, on real sockets against the simulator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from adapters.sabre.client.sessions import CLOSE_AFTER_S, PING_AFTER_S
from core.domain.bookings.pnr import Pnr, QueueReason, SegmentStatus, Task
from core.domain.bookings.terms import OfferExpired, SoldOut
from core.domain.connections.connection import Verdict
from ports.errors import BrokenContract, Misconfigured, OutcomeUnknown, Refused, Unavailable
from tests.contract.gds_rigs import SabreRig, sabre
from tests.contract.test_gds import FAMILY, a_key, a_search, an_offer, an_order, made
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rig() -> AsyncIterator[SabreRig]:
    async with sabre() as opened:
        yield opened


# ---------------------------------------------------------------- tokens and sessions


async def test_one_sign_in_serves_many_calls(rig: SabreRig) -> None:
    await asyncio.gather(*(rig.gds.shop(a_search(), deadline_s=20) for _ in range(8)))
    assert rig.simulator.calls["token"] == 1
    rig.clock.ahead_s += 7 * 86_400  # a week later it is fetched before it is refused
    await rig.gds.shop(a_search(), deadline_s=20)
    assert rig.simulator.calls["token"] == 2
    assert rig.simulator.calls["shop"] == 9


async def test_a_token_they_refuse_is_renewed_once_for_everybody(rig: SabreRig) -> None:
    order = an_order(await an_offer(rig))
    rig.simulator.access.end_all()
    keys = [a_key() for _ in range(3)]
    answers = await asyncio.gather(*(rig.gds.create_pnr(order, key=key) for key in keys))
    assert all(isinstance(answer, Pnr) for answer in answers)
    assert rig.simulator.calls["token"] == 2
    assert [rig.at_vendor(key) for key in keys] == [1, 1, 1]  # a refused call did nothing


async def test_a_token_refused_twice_is_a_matter_for_a_person(rig: SabreRig) -> None:
    order = an_order(await an_offer(rig))
    rig.break_("create_pnr", "unauthorised", times=None)
    with pytest.raises(Misconfigured):
        await rig.gds.create_pnr(order, key="STWICE")
    assert rig.simulator.calls["create"] == 2


async def test_a_wrong_password_is_tried_once() -> None:
    async with sabre(password="wrong0000") as rig:
        with pytest.raises(Misconfigured) as refused:
            await rig.gds.shop(a_search(), deadline_s=20)
        assert refused.value.vendor_code == "USG_AUTHENTICATION_FAILED"
        assert rig.simulator.calls["token"] == 1  # several in a row lock the EPR
        probe = await rig.gds.probe()
        assert probe.verdict is Verdict.REJECTED
        assert "lock" in probe.remedy


async def test_sessions_are_few_shared_one_at_a_time_and_used_again() -> None:
    async with sabre(sessions=2) as rig:
        await asyncio.gather(*(rig.gds.queued() for _ in range(6)))
        assert rig.simulator.access.most_at_once <= 2
        assert rig.simulator.calls["session"] <= 2
        await rig.gds.queued()
        assert rig.simulator.calls["session"] <= 2
    assert not rig.simulator.access.sessions


async def test_what_went_wrong_in_a_session_closes_it(rig: SabreRig) -> None:
    rig.break_next("queued", "malformed")
    with pytest.raises(BrokenContract):
        await rig.gds.queued()
    await _until(lambda: not rig.simulator.access.sessions)
    await rig.gds.queued()
    assert rig.simulator.calls["session"] == 2


async def test_a_session_that_ended_is_replaced_without_a_word(rig: SabreRig) -> None:
    offer = await an_offer(rig)
    await rig.gds.queued()
    rig.simulator.access.end_all()
    await rig.gds.queued()
    rig.simulator.access.end_all()
    assert await rig.gds.fare_rules(offer)


async def test_idle_sessions_are_pinged_and_after_an_hour_closed(rig: SabreRig) -> None:
    await rig.gds.queued()
    for _ in range(3):
        before = rig.simulator.calls["ping"]
        rig.clock.ahead_s += PING_AFTER_S
        rig.simulator.ahead += timedelta(seconds=PING_AFTER_S)
        await _until(lambda before=before: rig.simulator.calls["ping"] > before)
        await asyncio.sleep(0.1)  # its answer is on the way
    await rig.gds.queued()
    assert rig.simulator.calls["session"] == 1  # half an hour later it still lives
    rig.clock.ahead_s += CLOSE_AFTER_S
    await _until(lambda: not rig.simulator.access.sessions)


async def _until(came: object, *, within_s: float = PATIENCE_S) -> None:
    assert callable(came)
    ends = time.monotonic() + within_s
    while not came():
        assert time.monotonic() < ends
        await asyncio.sleep(0.01)


# ---------------------------------------------------------------- PNRs


async def test_two_pnrs_under_one_key_call_a_person(rig: SabreRig) -> None:
    order = an_order(await an_offer(rig))
    first, _ = [await rig.gds.create_pnr(order, key="SDOUBLE") for _ in range(2)]
    with pytest.raises(BrokenContract, match="several PNRs"):
        await rig.gds.find("SDOUBLE")
    assert isinstance(first, Pnr)
    await rig.gds.cancel(first.locator)
    found = await rig.gds.find("SDOUBLE")
    assert found is not None
    assert found.locator != first.locator


async def test_what_is_not_on_the_queue_is_not_found_and_that_proves_nothing(
    rig: SabreRig,
) -> None:
    pnr = await made(rig, "SHIDDEN")
    (ours,) = [q for q in await rig.gds.queued() if q.locator == pnr.locator]
    await rig.gds.dequeue(ours)
    assert rig.at_vendor("SHIDDEN") == 1
    assert await rig.gds.find("SHIDDEN") is None
    await rig.gds.enqueue(pnr.locator)
    assert await rig.gds.find("SHIDDEN") is not None


async def test_a_pnr_that_is_made_is_told_even_when_only_its_locator_came(rig: SabreRig) -> None:
    order = an_order(await an_offer(rig))
    rig.break_next("create_pnr", "bare")
    assert isinstance(await rig.gds.create_pnr(order, key=a_key()), Pnr)
    rig.break_next("create_pnr", "bare")
    rig.break_("retrieve", "system_error", times=None)
    with pytest.raises(OutcomeUnknown, match="made"):
        await rig.gds.create_pnr(order, key=(key := a_key()))
    assert rig.at_vendor(key) == 1


async def test_a_warning_is_no_error(rig: SabreRig) -> None:
    order = an_order(await an_offer(rig))
    rig.break_next("create_pnr", "warned")
    assert isinstance(await rig.gds.create_pnr(order, key=a_key()), Pnr)


async def test_the_last_seats_are_sold_once(rig: SabreRig) -> None:
    offer = await an_offer(rig, {next(iter(FAMILY)): 5})
    answers = [await rig.gds.create_pnr(an_order(offer), key=a_key()) for _ in range(2)]
    assert [type(answer) for answer in answers] == [Pnr, SoldOut]
    assert isinstance(await rig.gds.check(offer), SoldOut)


async def test_a_pnr_past_its_limit_is_cancelled_by_the_carrier(rig: SabreRig) -> None:
    pnr = await made(rig, a_key())
    assert pnr.ticket_by is not None
    rig.simulator.ahead += timedelta(days=4)
    after = await rig.gds.retrieve(pnr.locator)
    assert {s.status for s in after.segments} == {SegmentStatus.HX}
    assert after.tasks == (Task.REBOOK,)
    with pytest.raises(OutcomeUnknown):  # an error type that no list of ours has
        await rig.gds.ticket(pnr.locator, key="S")
    assert not (await rig.gds.retrieve(pnr.locator)).ticketed
    assert any(
        (q.locator, q.reason) == (pnr.locator, QueueReason.CANCELLED_BY_CARRIER)
        for q in await rig.gds.queued()
    )


async def test_tickets_are_never_issued_at_a_price_that_rose(rig: SabreRig) -> None:
    pnr = await made(rig, a_key())
    rig.simulator.ledger.held(pnr.locator).dearer = True
    with pytest.raises(Refused) as refused:
        await rig.gds.ticket(pnr.locator, key="S")
    assert refused.value.vendor_code == "PRICE_MISMATCH"


async def test_a_fare_that_gives_nothing_back_is_not_refunded(rig: SabreRig) -> None:
    answer = await rig.gds.create_pnr(an_order(await an_offer(rig, refundable=False)), key=a_key())
    assert isinstance(answer, Pnr)
    await rig.gds.ticket(answer.locator, key="S")
    with pytest.raises(Refused):
        await rig.gds.refund(answer.locator)
    assert (await rig.gds.retrieve(answer.locator)).ticketed


async def test_an_unknown_status_keeps_its_letters(rig: SabreRig) -> None:
    order = an_order(await an_offer(rig))
    rig.break_next("create_pnr", "odd_status")
    pnr = await rig.gds.create_pnr(order, key=a_key())
    assert isinstance(pnr, Pnr)
    assert {(s.status, s.status_text) for s in pnr.segments} == {(SegmentStatus.OTHER, "QX")}
    assert pnr.tasks == (Task.LOOK,)


async def test_travellers_that_are_not_the_offers_are_refused(rig: SabreRig) -> None:
    order = an_order(await an_offer(rig, FAMILY))
    for travellers in (order.travellers[:-1], order.travellers[::-1], ()):
        with pytest.raises(Refused, match="not those of the offer"):
            await rig.gds.create_pnr(
                msgspec.structs.replace(order, travellers=travellers), key="SPARTY"
            )
    assert rig.at_vendor("SPARTY") == 0


async def test_an_offer_of_yesterday_has_expired(rig: SabreRig) -> None:
    offer = await an_offer(rig)
    rig.clock.ahead_s += 90 * 86_400
    assert isinstance(await rig.gds.check(offer), OfferExpired)


async def test_a_search_ends_at_its_deadline(rig: SabreRig) -> None:
    await rig.gds.shop(a_search(), deadline_s=20)
    rig.break_next("shop", "hang")
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await rig.gds.shop(a_search(), deadline_s=0.3)
    assert time.monotonic() - began < PATIENCE_S / 2


async def test_the_rate_is_ours_before_it_is_theirs() -> None:
    async with sabre(per_second=1) as rig:
        began = rig.clock.monotonic()
        await rig.gds.probe()
        rig.clock.monotonic = lambda: began  # type: ignore[method-assign] # none comes back
        with pytest.raises(Unavailable) as late:
            await rig.gds.shop(a_search(), deadline_s=0.2)
        assert late.value.retry_after_s is not None
        assert rig.simulator.calls["shop"] == 0


async def test_a_removal_whose_answer_is_lost_is_not_repeated(rig: SabreRig) -> None:
    first, second = await made(rig, a_key()), await made(rig, a_key())
    waiting = [q for q in await rig.gds.queued() if q.locator == first.locator]
    listed = rig.simulator.calls["queue"]
    rig.simulator.faults.add("delay", "queue", value=0.0)  # the listing goes through
    rig.simulator.faults.add("lost", "queue")
    with pytest.raises(OutcomeUnknown):
        await rig.gds.dequeue(waiting[0])
    assert rig.simulator.calls["queue"] == listed + 2
    left = {q.locator for q in await rig.gds.queued()}
    assert second.locator in left
    assert first.locator not in left
