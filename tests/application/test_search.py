"""The fan-out: one deadline, every supplier's outcome, and offers that only we can open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from core.application.bookings.fan_out import Outcome, SupplierAnswer
from core.application.bookings.offer_token import OfferOnSale, open_offer, seal_offer
from core.application.bookings.quote_offer import quote_offer
from core.application.bookings.search_hotels import search_hotels
from core.domain.bookings.hotel import Circle, HotelCodes, HotelOffer, HotelSearch
from core.domain.bookings.terms import OfferExpired, SoldOut
from core.domain.markup import Markup
from core.domain.money import Money
from core.domain.problem import Conflict, Failed, Forbidden, Invalid, Problem
from core.domain.stay import Occupancy, Stay
from core.domain.tenancy import Environment, Permission, Scope
from ports import errors
from tests.application.test_booking import OFFER, error
from tests.fakes.hub import World, an_asking
from tests.fakes.vendors import HANGS, ScriptedSupplier
from tests.unit.domain.given import a_price, sar

pytestmark = pytest.mark.anyio
SEARCH = HotelSearch(Circle(21.42, 39.82, 5), OFFER.stay, rooms=(Occupancy(2),), nationality="ID")


async def twenty(world: World) -> list[ScriptedSupplier]:
    suppliers = [world.supplier]
    for _ in range(19):
        suppliers.append(ScriptedSupplier(world.clock))
        await world.connect("hotels", suppliers[-1])
    for supplier in suppliers:
        supplier.offers = [OFFER]
    return suppliers


def searching(world: World, request: HotelSearch = SEARCH, **other: Any) -> Any:
    return search_hotels(world.hub, world.asking, request, **{"deadline_s": 8.0, **other})


async def test_with_one_hanging_and_one_failing_eighteen_answer_at_the_deadline(
    world: World,
) -> None:
    suppliers = await twenty(world)
    suppliers[3].next("search", HANGS)
    suppliers[7].next("search", error(errors.BrokenContract))
    answers: list[SupplierAnswer[HotelOffer]] = []

    async def collect() -> None:
        async for answer in searching(world):
            answers.append(answer)

    task = asyncio.create_task(collect())
    await world.clock.until_asleep(2)  # the deadline, and the supplier that hangs
    while len(answers) < 19:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert not task.done()
    world.clock.move(8)
    await task
    by_outcome = {o: [a for a in answers if a.outcome is o] for o in Outcome}
    assert len(by_outcome[Outcome.ANSWERED]) == 18
    assert all(len(a.offers) == 1 for a in by_outcome[Outcome.ANSWERED])
    (late,), (failed,) = by_outcome[Outcome.LATE], by_outcome[Outcome.FAILED]
    clients = world.vendors.clients
    assert (clients[late.connection], late.elapsed_ms) == (suppliers[3], 8000)
    assert (clients[failed.connection], failed.code) == (suppliers[7], "BrokenContract")


async def test_a_search_that_is_given_up_gives_up_its_calls(world: World) -> None:
    suppliers = await twenty(world)
    gone: list[int] = []

    async def hanging(number: int) -> Any:
        try:
            await world.clock.sleep(10**9)
        finally:
            gone.append(number)

    for number, supplier in enumerate(suppliers[1:]):
        supplier.search = lambda *_, n=number, **__: hanging(n)  # type: ignore[method-assign]
    search: AsyncIterator[SupplierAnswer[HotelOffer]] = searching(world)
    assert (await anext(search)).outcome is Outcome.ANSWERED
    await search.aclose()  # type: ignore[attr-defined]
    assert sorted(gone) == list(range(19))


async def test_a_breaker_that_is_open_is_named(world: World) -> None:
    world.supplier.next("search", error(errors.Skipped))
    (answer,) = [a async for a in searching(world)]
    assert (answer.outcome, answer.code) == (Outcome.SKIPPED, "breaker_open")


@pytest.mark.parametrize("fault", [KeyError("hotels"), ZeroDivisionError()])
async def test_a_fault_of_our_own_costs_one_supplier_and_not_the_search(
    world: World, fault: Exception
) -> None:
    suppliers = (await twenty(world))[:20]
    suppliers[5].next("search", fault)
    answers = [a async for a in searching(world)]
    (failed,) = [a for a in answers if a.outcome is Outcome.FAILED]
    assert (failed.code, len(answers)) == ("internal", 20)
    assert "hotels" not in (failed.message or "")


async def test_offers_are_marked_up_and_carry_no_net_price_in_the_open(world: World) -> None:
    ours = await world.connect("hotels", markup=Markup(Decimal(10), 1000))
    world.supplier.offers = [OFFER]
    answers = [a async for a in searching(world, connections=[ours.id])]
    (on_sale,) = answers[0].offers
    assert on_sale.offer.price.sell == sar(110_000)
    assert on_sale.token.isascii()
    assert OFFER.source[0] not in on_sale.token


@pytest.mark.parametrize("named", ["con_unknown", "the gateway"])
async def test_a_connection_that_is_no_hotel_supplier_here_is_refused(
    world: World, named: str
) -> None:
    id = world.pay.id if named == "the gateway" else named
    with pytest.raises(Invalid) as caught:
        [a async for a in searching(world, connections=[id])]
    assert caught.value.faults[0].pointer == "/connections"
    by_code = msgspec.structs.replace(SEARCH, destination=HotelCodes({id: ("1",)}))
    with pytest.raises(Invalid) as caught:
        [a async for a in searching(world, by_code)]
    assert caught.value.faults[0].pointer == "/destination/codes"


async def test_a_day_that_is_over_everywhere_is_refused(world: World) -> None:
    today = world.clock.now().date()  # at 09:00 UTC it is still yesterday on UTC-12
    for days, good in ((0, True), (-1, True), (-2, False)):
        check_in = today + timedelta(days=days)
        stay = Stay(check_in, check_in + timedelta(days=1))
        request = msgspec.structs.replace(SEARCH, stay=stay)
        if good:
            assert [a async for a in searching(world, request)]
        else:
            with pytest.raises(Invalid):
                [a async for a in searching(world, request)]


async def test_searching_needs_its_permission(world: World) -> None:
    asking = an_asking(world.scope, Permission.BOOKINGS_READ)
    with pytest.raises(Forbidden):
        [a async for a in search_hotels(world.hub, asking, SEARCH, deadline_s=1)]


def on_sale(world: World, **other: Any) -> OfferOnSale[HotelOffer]:
    offer = msgspec.structs.replace(
        OFFER, connection=world.hotel.id, expires_at=world.clock.now() + timedelta(minutes=30)
    )
    return seal_offer(world.hub.vault, world.scope, msgspec.structs.replace(offer, **other))


async def test_a_token_opens_for_its_own_tenant_and_environment_until_it_expires(
    world: World,
) -> None:
    sold = on_sale(world)
    vault, clock = world.hub.vault, world.clock
    assert open_offer(vault, world.scope, sold.token, clock) == sold.offer
    other, _ = await world.another_tenant()
    for scope in (other, Scope(world.scope.tenant, Environment.LIVE)):
        with pytest.raises(Invalid) as caught:
            open_offer(vault, scope, sold.token, clock)
        assert caught.value.faults[0].pointer == "/offer"
    clock.move(30 * 60)
    with pytest.raises(Conflict) as late:
        open_offer(vault, world.scope, sold.token, clock)
    assert late.value.code == "offer_expired"


async def test_a_token_that_was_tampered_with_or_made_up_is_refused(world: World) -> None:
    token = on_sale(world).token
    changed = [
        token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        for place in range(4, len(token) - 1, 17)
    ]
    for bad in [*changed, "", "ofr_", "ofr_é", "ofr_A", token[:-9], token + "AAAA", "x" * 999]:
        with pytest.raises(Invalid):
            open_offer(world.hub.vault, world.scope, bad, world.clock)


async def test_a_quote_tells_that_the_price_has_changed(world: World) -> None:
    dearer = msgspec.structs.replace(OFFER, price=a_price(120_000))
    world.supplier.next("check", dearer)
    quote = await quote_offer(world.hub, world.asking, on_sale(world).token)
    assert (quote.offer.price.sell, quote.previous_sell) == (sar(120_000), sar(100_000))
    assert quote.offer.connection == world.hotel.id
    same = await quote_offer(world.hub, world.asking, on_sale(world).token)
    assert same.previous_sell is None


async def test_a_quote_never_outlives_the_suppliers_own_word(world: World) -> None:
    soon = world.clock.now() + timedelta(minutes=3)
    world.supplier.next("check", msgspec.structs.replace(OFFER, expires_at=soon))
    quote = await quote_offer(world.hub, world.asking, on_sale(world).token)
    assert quote.expires_at == soon


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (SoldOut(), Conflict, "sold_out"),
        (OfferExpired(), Conflict, "offer_expired"),
        (error(errors.Refused), Conflict, "vendor_refused"),
        (error(errors.NotSupported), Conflict, "not_supported"),
        (error(errors.Unavailable), Failed, "vendor_unavailable"),
        (error(errors.Misconfigured), Failed, "vendor_misconfigured"),
        (error(errors.BrokenContract), Failed, "vendor_broken_contract"),
        (error(errors.OutcomeUnknown), Failed, "vendor_outcome_unknown"),
    ],
)
async def test_what_a_check_can_answer(
    world: World, answer: Any, kind: type[Problem], code: str
) -> None:
    world.supplier.next("check", answer)
    with pytest.raises(kind) as caught:
        await quote_offer(world.hub, world.asking, on_sale(world).token)
    assert caught.value.code == code


def test_a_minimum_of_another_currency_never_reaches_a_price() -> None:
    with pytest.raises(ValueError, match="one currency"):
        a_price(1, minimum_sell=Money(1, "USD"))
