"""Deliveries are claimed under a fenced lease, and settled once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore
from adapters.sql.outbox import delivery, event
from core.domain.event import body
from core.domain.tenancy import Environment
from core.domain.webhooks.delivery import SUCCEEDED, DeliveryState, Fault, Outcome, Sent
from core.domain.webhooks.pace import Pace
from core.domain.webhooks.partner import EndpointState
from core.domain.webhooks.retry import RetrySchedule
from ports.jobs import Bell
from ports.store import DeliveryFilter, Page, Violated
from tests.sql.claiming import OK, claim, settle, settled
from tests.sql.given import World, an_id
from tests.sql.hand import HandClock, record

pytestmark = pytest.mark.anyio
AGAIN = Outcome(DeliveryState.DUE, wait_s=3600.0)


async def test_a_claim_holds_all_that_sending_needs(store: SqlStore, world: World) -> None:
    made = await record(store, world)
    (got,) = await claim(store, "lse_1")
    assert (got.to.id, got.to.scope, got.to.partner, got.to.url) == (
        world.endpoint.id,
        world.scope,
        world.partner.id,
        world.endpoint.url,
    )
    assert got.to.keys == (world.endpoint.secrets[0].value,), "the other one has expired"
    assert (got.to.in_flight_max, got.to.schedule) == (world.endpoint.in_flight_max, None)
    assert (got.pace.endpoint, got.pace.cap) == (world.endpoint.id, 8.0)
    assert (got.event, got.event_type, got.raw) == (made.id, made.type, body(made))
    assert (got.lease, got.attempts, got.failures) == ("lse_1", 1, 0)
    assert abs((got.claimed_at - got.created_at).total_seconds()) < 5
    assert (got.valid_until, got.superseded, got.once) == (None, False, False)
    assert await claim(store, "lse_2") == []


async def test_a_schedule_is_the_endpoints_own_else_its_tenants(
    store: SqlStore, world: World
) -> None:
    own, whole = RetrySchedule(delays_s=(1,)), RetrySchedule(delays_s=(2,))
    other = msgspec.structs.replace(world.an_endpoint(), schedule=own)
    schedules = {Environment.TEST: whole, Environment.LIVE: own}
    await store.put_tenant(msgspec.structs.replace(world.tenant, schedules=schedules))
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(other)
    await record(store, world)
    found = {c.to.id: c.to.schedule for c in await claim(store)}
    assert found == {world.endpoint.id: whole, other.id: own}


async def test_events_reach_only_who_asked_and_may_see(store: SqlStore, world: World) -> None:
    silent = msgspec.structs.replace(world.an_endpoint(), types=("refund.*",))
    off = msgspec.structs.replace(world.an_endpoint(), state=EndpointState.DISABLED)
    stranger = msgspec.structs.replace(world.partner, id=an_id("ptn"))
    async with store.begin(world.scope) as tx:
        await tx.put_partner(stranger)
        for endpoint in (silent, off, world.an_endpoint(stranger)):
            await tx.put_endpoint(endpoint)
    made = await record(store, world)
    async with store.read(world.scope) as view:
        (only,) = await view.deliveries(Page(), DeliveryFilter(event=made.id))
    assert only.endpoint == world.endpoint.id


async def test_nothing_is_told_through_what_it_tells_about(store: SqlStore, world: World) -> None:
    other = world.an_endpoint()
    draft = msgspec.structs.replace(world.a_draft(), not_to=world.endpoint.id)
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(other)
        await tx.record(draft, datetime.now(UTC))
    assert [c.to.id for c in await claim(store)] == [other.id]


async def test_settling_records_the_attempt_and_the_outcome(store: SqlStore, world: World) -> None:
    await record(store, world)
    (got,) = await claim(store)
    busy = Sent(
        503, Fault.PARTNER_BUSY, 40, 39, "203.0.113.7", "busy", "later", 7.5, 1, 2, 3, "a: b"
    )
    again = settled(got, AGAIN, busy)
    assert await store.settle_deliveries([again]) == {got.delivery}
    async with store.read(world.scope) as view:
        waiting = await view.delivery(got.delivery)
        (attempt,) = await view.attempts(got.delivery)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == (DeliveryState.DUE, 1)
    assert 3500 < (waiting.due_at - datetime.now(UTC)).total_seconds() < 3700
    assert (attempt.id, attempt.number, attempt.sent) == (again.attempt, 1, busy)
    assert attempt.endpoint == world.endpoint.id
    wait = await store.next_due(Bell.DELIVERIES)
    assert wait is not None
    assert 3500 < wait < 3700
    assert await claim(store) == []


async def test_only_what_was_charged_counts_as_a_failure(store: SqlStore, world: World) -> None:
    await record(store, world)
    down = Sent(500, Fault.PARTNER_DOWN, 5)
    for charged, attempts, failures in ((True, 1, 0), (False, 2, 1), (True, 3, 1)):
        (got,) = await claim(store)
        assert (got.attempts, got.failures) == (attempts, failures)
        at_once = Outcome(DeliveryState.DUE, wait_s=0.0, charged=charged)
        assert await store.settle_deliveries([settled(got, at_once, down)])
    (got,) = await claim(store)
    assert (got.attempts, got.failures) == (4, 2)


async def test_a_success_ends_the_delivery(store: SqlStore, world: World) -> None:
    await record(store, world)
    (got,) = await claim(store)
    async with store.read(world.scope) as view:
        under_way = await view.delivery(got.delivery)
    assert under_way is not None
    assert (under_way.state, under_way.attempts) == (DeliveryState.LEASED, 1)
    assert await settle(store, [got]) == {got.delivery}
    async with store.read(world.scope) as view:
        over = await view.delivery(got.delivery)
    assert over is not None
    assert (over.state, over.attempts) == (DeliveryState.SUCCEEDED, 1)
    assert over.settled_at is not None
    assert await store.next_due(Bell.DELIVERIES) is None


@pytest.mark.parametrize("state", [DeliveryState.SUPERSEDED, DeliveryState.EXPIRED])
async def test_what_was_not_sent_is_neither_recorded_nor_counted(
    store: SqlStore, world: World, state: DeliveryState
) -> None:
    await record(store, world)
    (got,) = await claim(store)
    spared = settled(got, Outcome(state), None)
    assert await store.settle_deliveries([spared]) == {got.delivery}
    async with store.read(world.scope) as view:
        over = await view.delivery(got.delivery)
        assert await view.attempts(got.delivery) == []
    assert over is not None
    assert (over.state, over.attempts) == (state, 0)


async def test_another_lease_settles_nothing(store: SqlStore, world: World) -> None:
    await record(store, world)
    (got,) = await claim(store, "lse_1")
    stolen = msgspec.structs.replace(got, lease="lse_2")
    for outcome in (SUCCEEDED, AGAIN):
        assert await store.settle_deliveries([settled(stolen, outcome)]) == set()
    async with store.read(world.scope) as view:
        assert await view.attempts(got.delivery) == []
    assert await settle(store, [got]) == {got.delivery}
    assert await settle(store, [got]) == set(), "once is enough"


async def test_many_leases_are_settled_together(store: SqlStore, world: World) -> None:
    for _ in range(3):
        await record(store, world)
    got = [(await claim(store, f"lse_{n}", limit=1))[0] for n in range(3)]
    lost = msgspec.structs.replace(got[1], lease="lse_0")
    held = await store.settle_deliveries(
        [settled(got[2], SUCCEEDED), settled(lost, SUCCEEDED), settled(got[0], AGAIN)]
    )
    assert held == {got[0].delivery, got[2].delivery}


async def test_a_transaction_settles_with_what_else_it_writes(
    store: SqlStore, world: World
) -> None:
    await record(store, world)
    (got,) = await claim(store)

    async def in_vain() -> None:
        async with store.begin(world.scope) as tx:
            assert await tx.settle([settled(got, SUCCEEDED)]) == {got.delivery}
            await tx.put_pace(Pace("end_of_nobody", 1.0))

    with pytest.raises(Violated):
        await in_vain()
    async with store.begin(world.scope) as tx:
        assert await tx.settle([]) == set()
        assert await tx.settle([settled(got, SUCCEEDED)]) == {got.delivery}
        await tx.put_endpoint(msgspec.structs.replace(world.endpoint, description="well"))
    async with store.read(world.scope) as view:
        over = await view.delivery(got.delivery)
        assert len(await view.attempts(got.delivery)) == 1
    assert over is not None
    assert over.state is DeliveryState.SUCCEEDED


async def test_a_lease_that_ran_out_is_claimed_again(
    store: SqlStore, world: World, clock: HandClock
) -> None:
    await record(store, world)
    (first,) = await claim(store, "lse_1", lease_s=0.05)
    await asyncio.sleep(0.1)  # PostgreSQL's clock is the real one
    clock.advance(2)
    (second,) = await claim(store, "lse_2")
    assert (second.delivery, second.attempts) == (first.delivery, 2)
    assert await settle(store, [first]) == set()
    assert await settle(store, [second]) == {first.delivery}


async def test_an_extended_lease_does_not_run_out(
    store: SqlStore, world: World, clock: HandClock
) -> None:
    for _ in range(2):
        await record(store, world)
    kept, left = await claim(store, "lse_1", lease_s=0.2)
    both = [(kept.delivery, "lse_1"), (left.delivery, "lse_of_another")]
    assert await store.extend_deliveries(both, lease_s=60) == {kept.delivery}
    assert await store.extend_deliveries([], lease_s=60) == set()
    await asyncio.sleep(0.3)
    clock.advance(2)
    (again,) = await claim(store, "lse_2")
    assert again.delivery == left.delivery


async def test_released_deliveries_are_due_and_uncounted(store: SqlStore, world: World) -> None:
    await record(store, world)
    (first,) = await claim(store, "lse_1")
    await store.release_deliveries([])
    await store.release_deliveries([(first.delivery, "lse_2")])
    assert await claim(store, "lse_2") == []
    await store.release_deliveries([(first.delivery, "lse_1")])
    (second,) = await claim(store, "lse_2")
    assert (second.delivery, second.attempts) == (first.delivery, 1)


async def test_a_disabled_endpoint_keeps_what_waits(store: SqlStore, world: World) -> None:
    await record(store, world)
    off = msgspec.structs.replace(world.endpoint, state=EndpointState.DISABLED)
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(off)
    assert await claim(store) == []
    assert await store.next_due(Bell.DELIVERIES) is None
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(world.endpoint)
    assert await store.next_due(Bell.DELIVERIES) == 0
    assert len(await claim(store)) == 1


async def test_a_change_of_the_endpoint_is_seen_by_the_next_claim(
    store: SqlStore, world: World
) -> None:
    for _ in range(2):
        await record(store, world)
    await claim(store, limit=1)
    moved = msgspec.structs.replace(world.endpoint, url="https://partner.example/moved")
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(moved)
    (second,) = await claim(store, limit=1)
    assert second.to.url == moved.url


async def test_an_endpoint_whose_secrets_do_not_open_holds_up_nobody(
    store: SqlStore, world: World, url: str
) -> None:
    healthy = world.an_endpoint()
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(healthy)
    await record(store, world)
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        spoil = sa.text("UPDATE endpoint SET secrets = :junk WHERE id = :id")
        await conn.execute(spoil, {"junk": b"junk", "id": world.endpoint.id})
    await engine.dispose()
    signed = {c.to.id: bool(c.to.keys) for c in await claim(store)}
    assert signed == {world.endpoint.id: False, healthy.id: True}


async def test_a_resend_is_one_more_delivery_of_the_same_event(
    store: SqlStore, world: World
) -> None:
    made = await record(store, world)
    (first,) = await claim(store)
    await settle(store, [first])
    for asked in (True, False):
        async with store.begin(world.scope) as tx:
            again = await tx.resend(made, world.endpoint, datetime.now(UTC), asked=asked)
        (second,) = await claim(store)
        assert second.delivery == again.id != first.delivery
        assert (second.event, second.raw) == (first.event, first.raw)


async def test_a_test_goes_to_its_endpoint_alone_and_once(store: SqlStore, world: World) -> None:
    only = msgspec.structs.replace(world.an_endpoint(), types=("refund.*",))
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(only)
        await tx.record(world.a_draft(), datetime.now(UTC), only=only)
    (got,) = await claim(store)
    assert (got.to.id, got.once) == (only.id, True)


async def test_what_grows_stale_is_said(store: SqlStore, world: World) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    fresh = msgspec.structs.replace(world.a_draft(), valid_until=until, coalesce="room-1")
    drafts = [
        fresh,
        msgspec.structs.replace(fresh, type="booking.amended"),
        msgspec.structs.replace(fresh, coalesce="room-2"),
        msgspec.structs.replace(fresh, coalesce=None),
        fresh,
    ]
    made = []
    for draft in drafts:
        async with store.begin(world.scope) as tx:
            made.append(await tx.record(draft, datetime.now(UTC)))
    found = {c.event: c for c in await claim(store)}
    assert [found[e.id].superseded for e in made] == [True, False, False, False, False]
    assert {c.valid_until for c in found.values()} == {until}
    assert [found[e.id].raw for e in made] == [body(e) for e in made]
    async with store.read(world.scope) as view:
        assert await view.event(made[0].id) == made[0]


async def test_an_event_and_its_deliveries_commit_with_the_change(
    store: SqlStore, world: World, url: str
) -> None:
    async with store.begin(world.scope) as tx:
        await tx.record(world.a_draft(), datetime.now(UTC))
        assert await store_counts(url) == (0, 0)
    assert await store_counts(url) == (1, 1)


async def store_counts(url: str) -> tuple[int, int]:
    """Events and deliveries that others see."""
    engine = create_async_engine(url)
    async with engine.connect() as conn:
        counts = [
            (await conn.execute(sa.select(sa.func.count()).select_from(t))).scalar_one()
            for t in (event, delivery)
        ]
    await engine.dispose()
    return counts[0], counts[1]


async def test_any_text_of_an_answer_is_kept(store: SqlStore, world: World) -> None:
    await record(store, world)
    (got,) = await claim(store)
    odd = 'ا"\\u0000\\ \t\n\x1f\x7f\U0001f600'
    sent = msgspec.structs.replace(OK, excerpt=odd, error=odd, headers=odd)
    assert await store.settle_deliveries([settled(got, SUCCEEDED, sent)])
    async with store.read(world.scope) as view:
        (attempt,) = await view.attempts(got.delivery)
    assert attempt.sent == sent
