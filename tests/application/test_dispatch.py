"""Deliveries: signed, tried, settled; one bad endpoint never holds up the others."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from core.application.hub import Asking
from core.application.webhooks.add_endpoint import (
    NewEndpoint,
    add_endpoint,
    list_endpoints,
    read_endpoint,
    rotate_endpoint_secret,
)
from core.application.webhooks.add_partner import add_partner
from core.application.webhooks.read_events import (
    list_deliveries,
    list_events,
    read_delivery,
    read_event,
    resend_delivery,
)
from core.application.webhooks.sign_message import signed_headers
from core.domain.problem import Forbidden, NotFound
from core.domain.tenancy import PARTNER_PERMISSIONS
from core.domain.webhooks.delivery import Delivery, DeliveryState, Fault
from core.domain.webhooks.partner import Endpoint, EndpointState, Partner, Sees
from core.domain.webhooks.retry import RetrySchedule
from ports.store import DeliveryFilter, Page
from tests.application.test_booking import OFFER
from tests.fakes.hub import World, an_asking

pytestmark = pytest.mark.anyio
D = DeliveryState


async def an_endpoint(
    world: World, name: str = "one", sees: Sees = Sees.ALL, partner: Partner | None = None
) -> Endpoint:
    partner = partner or await add_partner(world.hub, world.asking, name, sees)
    new = NewEndpoint(f"https://{name}.test/hook", ("*",), partner.id)
    return await add_endpoint(world.hub, world.asking, new)


async def deliveries(world: World, **where: Any) -> list[Delivery]:
    return list(await list_deliveries(world.hub, world.asking, Page(), DeliveryFilter(**where)))


def as_partner(world: World, partner: str) -> Asking:
    return an_asking(world.scope, *PARTNER_PERMISSIONS, partner=partner)


async def test_a_delivery_is_signed_sent_and_settled(world: World) -> None:
    endpoint = await an_endpoint(world)
    await world.book(OFFER)
    assert await world.dispatch() == 1
    (posted,) = world.sender.posted
    stamp = int(world.clock.now().timestamp())
    event = (await world.events())[0]
    keys = endpoint.signing(world.clock.now())
    assert posted.headers == signed_headers(world.hub.signer, keys, event.id, stamp, posted.raw)
    (delivery,) = await deliveries(world)
    assert (delivery.state, delivery.attempts) == (D.SUCCEEDED, 1)
    assert await world.dispatch() == 0


async def test_a_failure_is_tried_again_by_the_schedule_until_it_is_over(world: World) -> None:
    hub = dataclasses.replace(world.hub, schedule=RetrySchedule(delays_s=(5, 30), jitter=0.0))
    endpoint = await an_endpoint(world)
    world.sender.answers[endpoint.url] = 500
    await world.book(OFFER)
    for wait in (5, 30, None):
        assert await world.dispatch(hub) == 1
        (delivery,) = await deliveries(world)
        if wait is None:
            break
        assert delivery.state is D.DUE
        world.clock.move(wait - 1)
        assert await world.dispatch(hub) == 0
        world.clock.move(1)
    assert (delivery.state, delivery.attempts) == (D.EXHAUSTED, 3)
    _, tried = await read_delivery(hub, world.asking, delivery.id)
    assert [(a.number, a.sent.status) for a in tried] == [(1, 500), (2, 500), (3, 500)]
    assert len({p.headers["webhook-id"] for p in world.sender.posted}) == 1
    assert len({p.headers["webhook-timestamp"] for p in world.sender.posted}) == 3


async def test_410_disables_the_endpoint_and_its_partner_is_told(world: World) -> None:
    partner = await add_partner(world.hub, world.asking, "one", Sees.OWN)
    gone = await an_endpoint(world, "gone", partner=partner)
    await an_endpoint(world, "other", partner=partner)
    world.sender.answers[gone.url] = 410
    await world.book(OFFER, partner=partner.id)
    await world.book(OFFER, partner=partner.id)
    await world.dispatch()
    after = await read_endpoint(world.hub, world.asking, gone.id)
    assert after.state is EndpointState.DISABLED
    assert await world.told(gone.id) == ["endpoint.disabled"]
    async with world.store.read(world.scope) as view:
        trail = await view.audit_entries(Page(), subject=gone.id)
    assert [e.action for e in trail] == ["endpoint.disabled", "endpoint.added"]
    told = [
        e.type
        for e in await list_events(world.hub, as_partner(world, partner.id), after=0, limit=50)
    ]
    assert told == ["booking.confirmed", "booking.confirmed", "endpoint.disabled"]


@pytest.mark.parametrize("fault", [RuntimeError("a bug"), ValueError("another")])
async def test_a_fault_of_our_own_is_an_attempt_that_failed_and_holds_up_nobody(
    world: World, fault: Exception
) -> None:
    bad = await an_endpoint(world, "bad")
    await an_endpoint(world, "good")
    world.sender.answers[bad.url] = fault
    await world.book(OFFER)
    assert await world.dispatch() == 2
    states = {d.endpoint == bad.id: d.state for d in await deliveries(world)}
    assert states == {True: D.DUE, False: D.SUCCEEDED}
    (failed,) = await deliveries(world, endpoint=bad.id)
    _, (attempt,) = await read_delivery(world.hub, world.asking, failed.id)
    assert (attempt.sent.fault, attempt.sent.status) == (Fault.OURS, None)
    assert "bug" not in attempt.sent.error


async def test_a_second_rotation_keeps_the_promise_of_the_first(world: World) -> None:
    endpoint = await an_endpoint(world)
    first = endpoint.secrets[0].value
    once = await rotate_endpoint_secret(world.hub, world.asking, endpoint.id)
    world.clock.move(3600)
    twice = await rotate_endpoint_secret(world.hub, world.asking, endpoint.id)
    assert twice.signing(world.clock.now())[1:] == (once.secrets[0].value, first)
    world.clock.move(23 * 3600)
    assert len(twice.signing(world.clock.now())) == 2
    thrice = await rotate_endpoint_secret(world.hub, world.asking, endpoint.id)
    assert first not in [s.value for s in thrice.secrets]


@pytest.mark.parametrize(("sees", "count"), [(Sees.OWN, 1), (Sees.ALL, 3)])
async def test_a_partner_sees_its_own_or_all_and_nothing_of_another(
    world: World, sees: Sees, count: int
) -> None:
    mine = await an_endpoint(world, "mine", sees)
    theirs = await an_endpoint(world, "theirs", Sees.OWN)
    for partner in (mine.partner, theirs.partner, None):
        await world.book(OFFER, partner=partner)
    asking = as_partner(world, mine.partner)
    seen = await list_events(world.hub, asking, after=0, limit=50)
    assert len(seen) == count
    own = await list_deliveries(world.hub, asking, Page(), DeliveryFilter())
    assert [d.partner for d in own] == [mine.partner] * count
    assert [e.id for e in await list_endpoints(world.hub, asking, Page())] == [mine.id]
    asked = DeliveryFilter(partner=theirs.partner)
    assert list(await list_deliveries(world.hub, asking, Page(), asked)) == []
    (foreign,) = await deliveries(world, partner=theirs.partner)
    for attempt in (
        read_delivery(world.hub, asking, foreign.id),
        resend_delivery(world.hub, asking, foreign.id),
        read_endpoint(world.hub, asking, theirs.id),
        rotate_endpoint_secret(world.hub, asking, theirs.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    event = foreign.event
    if sees is Sees.OWN:
        with pytest.raises(NotFound):
            await read_event(world.hub, asking, event)
    else:
        assert (await read_event(world.hub, asking, event)).id == event
    wish = NewEndpoint("https://x.test", ("*",), theirs.partner)
    with pytest.raises(Forbidden):
        await add_endpoint(world.hub, asking, wish)


async def test_another_tenant_reads_nothing(world: World) -> None:
    endpoint = await an_endpoint(world)
    await world.book(OFFER)
    _, stranger = await world.another_tenant()
    (delivery,) = await deliveries(world)
    for attempt in (
        read_delivery(world.hub, stranger, delivery.id),
        read_event(world.hub, stranger, delivery.event),
        read_endpoint(world.hub, stranger, endpoint.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert list(await list_events(world.hub, stranger, after=0, limit=50)) == []


async def test_a_resend_is_the_same_message_again(world: World) -> None:
    await an_endpoint(world)
    await world.book(OFFER)
    await world.dispatch()
    (first,) = await deliveries(world)
    await resend_delivery(world.hub, world.asking, first.id)
    await world.dispatch()
    one, two = world.sender.posted
    assert (one.raw, one.headers["webhook-id"]) == (two.raw, two.headers["webhook-id"])
