"""What attempts do to their endpoint: paused, warned of, quarantined, well again."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.application.webhooks.add_partner import add_partner
from core.application.webhooks.read_events import list_deliveries, read_delivery
from core.domain.event import Event, EventDraft
from core.domain.webhooks.delivery import Delivery, DeliveryState, Fault
from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.partner import Endpoint, EndpointState, Sees
from core.domain.webhooks.retry import RetrySchedule
from ports.store import DeliveryFilter, Page
from tests.application.test_dispatch import an_endpoint, as_partner
from tests.fakes.hub import World

pytestmark = pytest.mark.anyio
D = DeliveryState
FLAT = RetrySchedule(delays_s=(1,) * 20, jitter=0.0)


def a_draft(subject: str, **other: Any) -> EventDraft:
    payload = {"booking": subject}
    draft = EventDraft("booking.confirmed", "booking/1", "booking", subject, payload)
    return msgspec.structs.replace(draft, **other)


async def tell(world: World, *drafts: EventDraft) -> list[Event]:
    async with world.store.begin(world.scope) as tx:
        return [await tx.record(draft, world.clock.now()) for draft in drafts]


async def change(world: World, endpoint: Endpoint, **other: Any) -> Endpoint:
    after = msgspec.structs.replace(endpoint, **other)
    async with world.store.begin(world.scope) as tx:
        await tx.put_endpoint(after)
    world.clock.move(3)  # claims know an endpoint for two seconds
    return after


async def of(world: World, endpoint: Endpoint) -> list[Delivery]:
    where = DeliveryFilter(endpoint=endpoint.id)
    return list(await list_deliveries(world.hub, world.asking, Page(limit=200), where))


async def pace_of(world: World, endpoint: Endpoint) -> Pace:
    async with world.store.read(world.scope) as view:
        found = await view.pace(endpoint.id)
    assert found is not None
    return found


async def broken(world: World) -> Endpoint:
    """An endpoint whose breaker has opened over the first ten of twelve deliveries."""
    endpoint = await change(world, await an_endpoint(world, "bad"), schedule=FLAT)
    world.sender.answers[endpoint.url] = 500
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(12)))
    for _ in range(20):
        if (await pace_of(world, endpoint)).breaker is Breaker.OPEN:
            return endpoint
        await world.dispatch()
    raise AssertionError("it never opened")


async def test_an_open_breaker_costs_no_retries_and_sends_one_canary(world: World) -> None:
    endpoint = await broken(world)
    before = {d.id: d.attempts for d in await of(world, endpoint)}
    world.clock.move(10)
    assert await world.dispatch() == 0, "it pauses, though all of them are due"
    world.clock.move(10)
    assert await world.dispatch() == 1, "one canary"
    after = {d.id: d.attempts for d in await of(world, endpoint)}
    assert sum(after.values()) == sum(before.values()) + 1
    assert await world.dispatch() == 0


async def test_one_answered_canary_lets_the_backlog_go_slowly_at_first(world: World) -> None:
    endpoint = await broken(world)
    world.sender.answers[endpoint.url] = 204
    world.clock.move(20)
    batches = []
    while count := await world.dispatch():
        batches.append(count)
    assert batches[:4] == [1, 1, 2, 4]
    assert sum(batches) == 12
    assert {d.state for d in await of(world, endpoint)} == {D.SUCCEEDED}


async def test_another_endpoint_feels_nothing_of_it(world: World) -> None:
    await broken(world)
    good = await an_endpoint(world, "good")
    await tell(world, a_draft("bkg_x"))
    assert await world.dispatch() == 1
    (delivery,) = await of(world, good)
    assert delivery.state is D.SUCCEEDED


async def test_warnings_quarantine_and_recovery_are_told_to_others_but_not_through_it(
    world: World,
) -> None:
    partner = await add_partner(world.hub, world.asking, "one", Sees.OWN)
    bad = await an_endpoint(world, "bad", partner=partner)
    bad = await change(
        world, bad, schedule=RetrySchedule(delays_s=(3600,) * 30, jitter=0.0), types=("*",)
    )
    world.sender.answers[bad.url] = 500
    await tell(world, a_draft("bkg_1", partner=partner.id))
    for _ in range(26):
        await world.dispatch()
        world.clock.move(3601)
    assert await world.told(bad.id) == [
        *["endpoint.failing"] * 3,
        "endpoint.quarantined",
    ]
    assert {d.event_type for d in await of(world, bad)} == {"booking.confirmed"}
    pace = await pace_of(world, bad)
    assert pace.breaker is Breaker.QUARANTINED
    other = await an_endpoint(world, "other", partner=partner)
    world.sender.answers[bad.url] = 204
    for _ in range(3):
        await world.dispatch()
        world.clock.move(901)
    assert (await world.told(bad.id))[-1] == "endpoint.recovered"
    assert [d.event_type for d in await of(world, other)] == ["endpoint.recovered"]
    async with world.store.read(world.scope) as view:
        trail = await view.audit_entries(Page(), subject=bad.id)
        events = await view.events(0, 100, partner=partner)
    assert [e.action for e in trail][:2] == ["endpoint.recovered", "endpoint.quarantined"]
    assert "endpoint.quarantined" in [e.type for e in events]
    warned = [e.payload["warned"] for e in events if e.type == "endpoint.failing"]
    assert warned == [50, 70, 90]


async def test_a_delivery_that_is_exhausted_is_told_and_that_one_for_ever_silent(
    world: World,
) -> None:
    hub = dataclasses.replace(world.hub, schedule=RetrySchedule(delays_s=(), jitter=0.0))
    one, two = await an_endpoint(world, "one"), await an_endpoint(world, "two")
    world.sender.answers = {one.url: 500, two.url: 500}
    (event,) = await tell(world, a_draft("bkg_1"))
    for _ in range(6):
        await world.dispatch(hub)
        world.clock.move(60)
    told = [e for e in await world.events() if e.type == "delivery.exhausted"]
    assert len(told) == 2, "one for each endpoint, none for the telling of it"
    assert {e.payload["event"] for e in told} == {event.id}
    heard = {(d.endpoint, d.event_type) for d in [*await of(world, one), *await of(world, two)]}
    assert len(heard) == 4, "each is told about the other"
    for e in told:
        assert e.payload["endpoint"] not in {
            d.endpoint for d in [*await of(world, one), *await of(world, two)] if d.event == e.id
        }


async def test_410_switches_it_off_with_its_event_in_one_write(world: World) -> None:
    gone = await an_endpoint(world, "gone")
    world.sender.answers[gone.url] = 410
    await tell(world, a_draft("bkg_1"), a_draft("bkg_2"))
    await world.dispatch()
    async with world.store.read(world.scope) as view:
        after = await view.endpoint(gone.id)
    assert after is not None
    assert (after.state, after.disabled_reason) == (EndpointState.DISABLED, "410 Gone")
    assert await world.told(gone.id) == ["endpoint.disabled"]
    assert {d.state for d in await of(world, gone)} == {D.CANCELLED}


async def test_a_schedule_is_the_endpoints_own_else_its_tenants_else_the_hubs(
    world: World,
) -> None:
    async def wait_after_a_failure(endpoint: Endpoint) -> float:
        world.sender.answers[endpoint.url] = 500
        await tell(world, a_draft(f"bkg_{endpoint.id}"))
        await world.dispatch()
        (delivery, *_) = await of(world, endpoint)
        return (delivery.due_at - world.clock.now()).total_seconds()

    hubs = await an_endpoint(world, "hubs")
    assert 4 <= await wait_after_a_failure(hubs) <= 6
    await change(world, hubs, state=EndpointState.DISABLED)
    async with world.store.read(world.scope) as view:
        tenant = await view.tenant()
    fifty = RetrySchedule(delays_s=(50,), jitter=0.0)
    schedules = {world.scope.environment: fifty}
    await world.store.put_tenant(msgspec.structs.replace(tenant, schedules=schedules))
    tenants = await an_endpoint(world, "tenants")
    assert await wait_after_a_failure(tenants) == 50
    await change(world, tenants, state=EndpointState.DISABLED)
    own = await change(
        world, await an_endpoint(world, "own"), schedule=RetrySchedule(delays_s=(7,), jitter=0.0)
    )
    assert await wait_after_a_failure(own) == 7


async def test_a_fault_of_our_own_costs_no_retry(world: World) -> None:
    endpoint = await change(
        world, await an_endpoint(world), schedule=RetrySchedule(delays_s=(1,), jitter=0.0)
    )
    world.sender.answers[endpoint.url] = RuntimeError("ours")
    await tell(world, a_draft("bkg_1"))
    for _ in range(15):
        assert await world.dispatch() == 1
        world.clock.move(1100)
    assert (await pace_of(world, endpoint)).failures == 0
    world.sender.answers[endpoint.url] = 500
    await world.dispatch()
    (delivery,) = await of(world, endpoint)
    assert (delivery.state, delivery.attempts) == (D.DUE, 16), "its one retry is still there"
    world.clock.move(2)
    await world.dispatch()
    (delivery,) = await of(world, endpoint)
    assert delivery.state is D.EXHAUSTED
    assert world.meter.faults == {Fault.OURS: 15, Fault.PARTNER_DOWN: 2}


async def test_the_newest_of_a_coalesce_key_is_sent_and_the_others_are_superseded(
    world: World,
) -> None:
    endpoint = await an_endpoint(world)
    first, second, other, last = await tell(
        world,
        a_draft("prp_1", coalesce="room-1/2027-01-14"),
        a_draft("prp_1", coalesce="room-1/2027-01-14"),
        a_draft("prp_1", coalesce="room-1/2027-01-15"),
        a_draft("prp_1", coalesce="room-1/2027-01-14"),
    )
    await world.dispatch()
    states = {d.event: (d.state, d.attempts) for d in await of(world, endpoint)}
    assert states == {
        first.id: (D.SUPERSEDED, 0),
        second.id: (D.SUPERSEDED, 0),
        other.id: (D.SUCCEEDED, 1),
        last.id: (D.SUCCEEDED, 1),
    }
    assert len(world.sender.posted) == 2


async def test_a_retry_of_what_a_newer_one_has_overtaken_is_superseded(world: World) -> None:
    endpoint = await an_endpoint(world)
    world.sender.answers[endpoint.url] = 500
    (old,) = await tell(world, a_draft("prp_1", coalesce="k"))
    await world.dispatch()
    world.sender.answers[endpoint.url] = 204
    await tell(world, a_draft("prp_1", coalesce="k"))
    await world.dispatch()
    world.clock.move(10)
    await world.dispatch()
    states = {d.event: d.state for d in await of(world, endpoint)}
    assert states[old.id] is D.SUPERSEDED
    assert len(world.sender.posted) == 2


async def test_what_has_grown_stale_expires_unsent_and_is_no_failure(world: World) -> None:
    endpoint = await an_endpoint(world)
    soon = world.clock.now() + timedelta(seconds=30)
    await tell(world, a_draft("prp_1", valid_until=soon), a_draft("prp_2", valid_until=soon))
    world.sender.answers[endpoint.url] = 500
    assert await world.dispatch(limit=1) == 1
    world.clock.move(31)
    assert await world.dispatch() == 2
    assert {d.state for d in await of(world, endpoint)} == {D.EXPIRED}
    assert len(world.sender.posted) == 1
    assert b"valid_until" in world.sender.posted[0].raw
    assert "delivery.exhausted" not in [e.type for e in await world.events()]
    _, attempts = await read_delivery(
        world.hub, as_partner(world, endpoint.partner), (await of(world, endpoint))[0].id
    )
    assert len(attempts) == 0
