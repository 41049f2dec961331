"""Strict order, where an endpoint asks for it: one subject at a time, and no longer than allowed."""

from __future__ import annotations

import pytest

from core.application.webhooks.read_events import resend_delivery
from core.domain.webhooks.delivery import DeliveryState
from core.domain.webhooks.partner import Endpoint
from tests.application.test_dispatch import an_endpoint
from tests.application.test_pace import a_draft, change, of, tell
from tests.fakes.hub import World

pytestmark = pytest.mark.anyio
D = DeliveryState


async def an_ordered(world: World, skip_after_s: int = 3600) -> Endpoint:
    endpoint = await an_endpoint(world, "strict")
    return await change(world, endpoint, ordered=True, skip_after_s=skip_after_s)


def sent(world: World) -> list[str]:
    return [p.headers["webhook-id"] for p in world.sender.posted]


async def test_an_event_waits_for_the_one_before_and_no_other_subject_does(world: World) -> None:
    endpoint = await an_ordered(world)
    world.sender.answers[endpoint.url] = 500
    one, two, other = await tell(world, a_draft("bkg_1"), a_draft("bkg_1"), a_draft("bkg_2"))
    assert await world.dispatch() == 2
    assert sent(world) == [one.id, other.id]
    states = {d.event: d.state for d in await of(world, endpoint)}
    assert states == {one.id: D.DUE, two.id: D.HELD, other.id: D.DUE}
    world.sender.answers[endpoint.url] = 204
    world.clock.move(7)
    while await world.dispatch():
        pass
    assert sent(world)[2:] == [one.id, other.id, two.id]


async def test_after_the_skip_deadline_it_goes_ahead_of_the_one_that_fails(world: World) -> None:
    endpoint = await an_ordered(world, skip_after_s=60)
    world.sender.answers[endpoint.url] = 500
    one, two = await tell(world, a_draft("bkg_1"), a_draft("bkg_1"))
    await world.dispatch()
    world.clock.move(59)
    await world.dispatch()
    assert two.id not in sent(world)
    world.clock.move(2)
    await world.dispatch()
    assert two.id in sent(world)
    assert one.id == sent(world)[0]


async def test_the_whole_lane_goes_out_in_order_once_it_is_free(world: World) -> None:
    endpoint = await an_ordered(world)
    told = await tell(world, *(a_draft("bkg_1") for _ in range(7)))
    while await world.dispatch():
        pass
    assert sent(world) == [e.id for e in told]
    assert {d.state for d in await of(world, endpoint)} == {D.SUCCEEDED}


async def test_what_a_person_sends_again_holds_nothing_up_and_waits_for_nothing(
    world: World,
) -> None:
    endpoint = await an_ordered(world)
    (first,) = await tell(world, a_draft("bkg_1"))
    await world.dispatch()
    world.sender.answers[endpoint.url] = 500
    (second,) = await tell(world, a_draft("bkg_1"))
    await world.dispatch()
    (delivery,) = [d for d in await of(world, endpoint) if d.event == first.id]
    await resend_delivery(world.hub, world.asking, delivery.id)
    world.sender.answers[endpoint.url] = 204
    await world.dispatch()
    assert sent(world) == [first.id, second.id, first.id]


async def test_an_endpoint_that_wants_order_no_more_gets_what_was_held(world: World) -> None:
    endpoint = await an_ordered(world)
    world.sender.answers[endpoint.url] = 500
    _, two = await tell(world, a_draft("bkg_1"), a_draft("bkg_1"))
    await world.dispatch()
    await change(world, endpoint, ordered=False)
    await world.dispatch()
    assert two.id in sent(world)
