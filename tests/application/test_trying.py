"""Trying a receiver: a test goes the way of every webhook, and a scenario to who asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec
import pytest

from core.application.hub import Asking
from core.application.webhooks.add_endpoint import (
    EndpointChange,
    NewEndpoint,
    add_endpoint,
    change_endpoint,
)
from core.application.webhooks.add_partner import add_partner
from core.application.webhooks.await_attempts import Seen
from core.application.webhooks.send_test import send_test
from core.application.webhooks.trigger_events import Told, Wish, trigger_events
from core.domain.event import body as event_body
from core.domain.events.catalogue import CATALOGUE
from core.domain.problem import Conflict, Forbidden, Invalid, NotFound
from core.domain.tenancy import PARTNER_PERMISSIONS, Environment, Permission, Scope
from core.domain.webhooks.delivery import DeliveryState, Fault
from core.domain.webhooks.partner import Endpoint, EndpointState, Partner, Sees
from entrypoints.listen.temporary import temporary_endpoint
from ports.store import Page
from tests.fakes.hub import World, an_asking

pytestmark = pytest.mark.anyio
T = TypeVar("T")


async def a_partner(world: World, name: str = "one", sees: Sees = Sees.OWN) -> Partner:
    return await add_partner(world.hub, world.asking, name, sees)


async def an_endpoint(
    world: World,
    partner: Partner,
    *types: str,
    asking: Asking | None = None,
    path: str = "hook",
) -> Endpoint:
    new = NewEndpoint(f"https://{partner.name}.test/{path}", types or ("*",), partner.id)
    return await add_endpoint(world.hub, asking or world.asking, new)


def as_partner(world: World, partner: Partner) -> Asking:
    return an_asking(world.scope, *PARTNER_PERMISSIONS, partner=partner.id)


async def while_dispatching(world: World, asked: Coroutine[Any, Any, T]) -> T:
    """*asked*, while a dispatcher elsewhere sends whatever falls due."""
    task = asyncio.create_task(asked)
    while not task.done():
        await world.dispatch()
        await world.clock.advance(0.05)
    return await task


async def trigger(world: World, wish: Wish, asking: Asking | None = None) -> list[Told]:
    async def every() -> list[Told]:
        return [told async for told in trigger_events(world.hub, asking or world.asking, wish)]

    return await while_dispatching(world, every())


async def a_test(world: World, id: str, *type: str, asking: Asking | None = None) -> Seen:
    return await while_dispatching(
        world, send_test(world.hub, asking or world.asking, id, *type, wait_s=5)
    )


async def test_a_test_is_signed_sent_recorded_and_shown_at_once(world: World) -> None:
    endpoint = await an_endpoint(world, await a_partner(world), "payment.*")
    seen = await a_test(world, endpoint.id)
    (posted,) = world.sender.posted
    (event,) = await world.events()
    assert posted.raw == event_body(event), "what the feed and the doctor know is what was sent"
    body = msgspec.json.decode(posted.raw)
    assert (body["type"], body["subject"], body["test"]) == ("endpoint.ping", endpoint.id, True)
    assert posted.headers["webhook-id"] == seen.delivery.event
    assert posted.headers["webhook-signature"].startswith("v1,")
    assert seen.delivery.state is DeliveryState.SUCCEEDED
    assert [a.sent.status for a in seen.attempts] == [204]
    async with world.store.read(world.scope) as view:
        trail = await view.audit_entries(Page(), subject=endpoint.id)
    assert trail[0].action == "endpoint.tested"


async def test_a_test_that_fails_is_over_at_once(world: World) -> None:
    endpoint = await an_endpoint(world, await a_partner(world))
    world.sender.answers[endpoint.url] = 500
    seen = await a_test(world, endpoint.id)
    assert seen.delivery.state is DeliveryState.EXHAUSTED
    assert [(a.sent.status, a.sent.fault) for a in seen.attempts] == [(500, Fault.PARTNER_DOWN)]
    world.clock.move(7 * 86400)
    await world.dispatch()
    assert len(world.sender.posted) == 1


async def test_a_test_reaches_its_endpoint_alone_whatever_others_asked_for(world: World) -> None:
    partner = await a_partner(world, sees=Sees.ALL)
    endpoint = await an_endpoint(world, partner, "refund.failed")
    await an_endpoint(world, partner, "*", path="other")
    await a_test(world, endpoint.id, "booking.confirmed")
    assert {p.url for p in world.sender.posted} == {endpoint.url}


@pytest.mark.parametrize("type", CATALOGUE)
async def test_every_type_can_be_tried_in_the_test_environment(world: World, type: str) -> None:
    endpoint = await an_endpoint(world, await a_partner(world))
    seen = await a_test(world, endpoint.id, type)
    assert seen.delivery.event_type == type
    assert msgspec.json.decode(world.sender.posted[0].raw)["test"] is True


async def test_in_the_live_environment_there_is_the_ping_and_nothing_else(world: World) -> None:
    live = an_asking(Scope(world.scope.tenant, Environment.LIVE))
    partner = await add_partner(world.hub, live, "one", Sees.OWN)
    endpoint = await an_endpoint(world, partner, asking=live)
    seen = await a_test(world, endpoint.id, asking=live)
    assert seen.delivery.state is DeliveryState.SUCCEEDED
    with pytest.raises(Conflict) as refused:
        await send_test(world.hub, live, endpoint.id, "booking.confirmed")
    assert refused.value.code == "test_only"
    with pytest.raises(Conflict):
        await trigger(world, Wish(type="booking.confirmed"), live)
    assert len(world.sender.posted) == 1


async def test_a_disabled_endpoint_is_not_even_tested(world: World) -> None:
    endpoint = await an_endpoint(world, await a_partner(world))
    off = EndpointChange(state=EndpointState.DISABLED)
    await change_endpoint(world.hub, world.asking, endpoint.id, off)
    with pytest.raises(Conflict) as refused:
        await send_test(world.hub, world.asking, endpoint.id)
    assert refused.value.code == "endpoint_disabled"
    with pytest.raises(Conflict):
        await trigger(world, Wish(type="booking.confirmed", endpoint=endpoint.id))
    await world.dispatch()
    assert world.sender.posted == []


async def test_what_nobody_sends_is_told_as_it_stands(world: World) -> None:
    endpoint = await an_endpoint(world, await a_partner(world))
    asked = asyncio.create_task(send_test(world.hub, world.asking, endpoint.id, wait_s=10))
    for _ in range(9):
        await world.clock.until_asleep(1)
        await world.clock.advance(1)
    assert not asked.done()
    await world.clock.until_asleep(1)
    await world.clock.advance(1.5)
    seen = await asked
    assert (seen.delivery.state, list(seen.attempts)) == (DeliveryState.DUE, [])


async def test_a_scenario_is_told_in_order_to_who_asked_for_it(world: World) -> None:
    partner = await a_partner(world)
    every = await an_endpoint(world, partner)
    money = await an_endpoint(world, partner, "payment.*", "refund.*", path="money")
    told = await trigger(world, Wish(scenario="refund_failed"))
    types = [t.event.type for t in told]
    heard = [msgspec.json.decode(p.raw)["type"] for p in world.sender.posted if p.url == every.url]
    assert heard == types
    assert types[-1] == "refund.failed"
    at_money = [
        msgspec.json.decode(p.raw)["type"] for p in world.sender.posted if p.url == money.url
    ]
    assert at_money == [t for t in types if t.startswith(("payment.", "refund."))]
    by_subject: dict[str, list[int]] = {}
    for one in told:
        by_subject.setdefault(one.event.subject, []).append(one.event.sequence)
    assert all(s == list(range(1, len(s) + 1)) for s in by_subject.values())
    assert all(seen.known for one in told for seen in one.deliveries)


async def test_a_triggered_event_is_tried_again_as_a_real_one(world: World) -> None:
    endpoint = await an_endpoint(world, await a_partner(world))
    world.sender.answers[endpoint.url] = 500
    (told,) = await trigger(world, Wish(type="booking.confirmed"))
    (seen,) = told.deliveries
    assert seen.delivery.state is DeliveryState.DUE
    del world.sender.answers[endpoint.url]
    world.clock.move(10)
    await world.dispatch()
    assert len(world.sender.posted) == 2


async def test_a_partner_triggers_for_its_own_endpoints_only(world: World) -> None:
    mine, theirs = await a_partner(world, "mine"), await a_partner(world, "all", Sees.ALL)
    own, other = await an_endpoint(world, mine), await an_endpoint(world, theirs)
    asking = as_partner(world, mine)
    (told,) = await trigger(world, Wish(type="booking.confirmed"), asking)
    assert [p.url for p in world.sender.posted] == [own.url]
    assert [seen.delivery.endpoint for seen in told.deliveries] == [own.id]
    with pytest.raises(NotFound):
        await trigger(world, Wish(type="booking.confirmed", endpoint=other.id), asking)
    with pytest.raises(NotFound):
        await send_test(world.hub, asking, other.id)
    with pytest.raises(Forbidden):
        await trigger(world, Wish(type="booking.confirmed", partner=theirs.id), asking)


async def test_the_agency_names_whose_booking_it_is(world: World) -> None:
    one, two = await a_partner(world), await a_partner(world, "two")
    first, second = await an_endpoint(world, one), await an_endpoint(world, two)
    (nobody,) = await trigger(world, Wish(type="booking.confirmed"))
    assert list(nobody.deliveries) == []
    await trigger(world, Wish(type="booking.confirmed", partner=two.id))
    assert [p.url for p in world.sender.posted] == [second.url]
    await trigger(world, Wish(type="booking.confirmed", endpoint=first.id))
    assert [p.url for p in world.sender.posted] == [second.url, first.url]


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        (Wish(), ""),
        (Wish(scenario="sold_out", type="booking.refused"), ""),
        (Wish(scenario="moon_full"), "/scenario"),
        (Wish(type="moon.full"), "/type"),
    ],
)
async def test_what_cannot_be_triggered_is_named(world: World, wish: Wish, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        await trigger(world, wish)
    assert [f.pointer for f in refused.value.faults] == [pointer]
    assert await world.events() == []


async def test_it_takes_the_permission_to_send(world: World) -> None:
    endpoint = await an_endpoint(world, await a_partner(world))
    asking = an_asking(world.scope, *(set(Permission) - {Permission.ADMIN, _SEND}))
    with pytest.raises(Forbidden):
        await send_test(world.hub, asking, endpoint.id)
    with pytest.raises(Forbidden):
        await trigger(world, Wish(type="booking.confirmed"), asking)


_SEND = Permission.DELIVERIES_WRITE


async def test_a_listener_that_was_killed_leaves_nothing_behind_at_its_address(
    world: World,
) -> None:
    url, other = "https://listen.test/1", "https://listen.test/2"
    killed = temporary_endpoint(world.hub, world.asking, url, ("*",), partner=None)
    left = await killed.__aenter__()  # and never left
    async with temporary_endpoint(world.hub, world.asking, other, ("*",), partner=None) as beside:
        async with temporary_endpoint(world.hub, world.asking, url, ("*",), partner=None) as made:
            await trigger(world, Wish(type="booking.confirmed"))
            assert sorted(p.url for p in world.sender.posted) == [url, other]
        async with world.store.read(world.scope) as view:
            now = {e.id: e.state for e in await view.endpoints(Page(), partner=None)}
            assert len(await view.partners(Page())) == 1
        off, on = EndpointState.DISABLED, EndpointState.ACTIVE
        assert now == {left.id: off, made.id: off, beside.id: on}
