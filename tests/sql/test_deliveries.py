"""Deliveries are claimed fairly, under a fenced lease, and settled once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.sql import SqlStore
from adapters.sql.outbox import delivery, event
from core.domain.delivery import DeliveryState, Fault, Outcome, Sent
from core.domain.event import body
from core.domain.partner import EndpointState
from ports.jobs import Bell
from ports.store import ClaimedDelivery, DeliveryFilter, Page, Settlement
from tests.sql.given import World, an_id
from tests.sql.hand import HandClock, record

pytestmark = pytest.mark.anyio
OK = Sent(204, Fault.NONE, 12, 10, "203.0.113.7")


def settled(claimed: ClaimedDelivery, outcome: Outcome, sent: Sent = OK) -> Settlement:
    return Settlement(claimed, an_id("att"), sent, outcome)


async def test_a_claim_holds_all_that_sending_needs(store: SqlStore, world: World) -> None:
    made = await record(store, world)
    (got,) = await store.claim_deliveries("lse_1", lease_s=30, limit=10)
    assert (got.scope, got.endpoint, got.url) == (
        world.scope,
        world.endpoint.id,
        world.endpoint.url,
    )
    assert got.raw == body(made)
    assert (got.event, got.attempts) == (made.id, 1)
    assert got.secrets == (world.endpoint.secrets[0].value,), "the other one has expired"
    assert await store.claim_deliveries("lse_2", lease_s=30, limit=10) == []


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


async def test_settling_records_the_attempt_and_the_outcome(store: SqlStore, world: World) -> None:
    await record(store, world)
    (got,) = await store.claim_deliveries("lse_1", lease_s=30, limit=10)
    busy = Sent(503, Fault.PARTNER_BUSY, 40, 39, "203.0.113.7", "busy", "later", 7.5)
    again = settled(got, Outcome(DeliveryState.DUE, wait_s=3600.0), busy)
    assert await store.settle_deliveries("lse_1", [again]) == 1
    async with store.read(world.scope) as view:
        waiting = await view.delivery(got.delivery)
        (attempt,) = await view.attempts(got.delivery)
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == (DeliveryState.DUE, 1)
    assert 3500 < (waiting.due_at - datetime.now(UTC)).total_seconds() < 3700
    assert (attempt.id, attempt.number, attempt.sent) == (again.attempt, 1, busy)
    wait = await store.next_due(Bell.DELIVERIES)
    assert wait is not None
    assert 3500 < wait < 3700
    assert await store.claim_deliveries("lse_2", lease_s=30, limit=10) == []


async def test_a_success_ends_the_delivery(store: SqlStore, world: World) -> None:
    await record(store, world)
    (got,) = await store.claim_deliveries("lse_1", lease_s=30, limit=10)
    assert await store.settle_deliveries("lse_1", [settled(got, Outcome(DeliveryState.SUCCEEDED))])
    async with store.read(world.scope) as view:
        over = await view.delivery(got.delivery)
    assert over is not None
    assert over.state is DeliveryState.SUCCEEDED
    assert over.settled_at is not None
    assert await store.next_due(Bell.DELIVERIES) is None


async def test_another_lease_settles_nothing(store: SqlStore, world: World) -> None:
    await record(store, world)
    (got,) = await store.claim_deliveries("lse_1", lease_s=30, limit=10)
    done = settled(got, Outcome(DeliveryState.SUCCEEDED))
    assert await store.settle_deliveries("lse_2", [done]) == 0
    async with store.read(world.scope) as view:
        assert await view.attempts(got.delivery) == []
    assert await store.settle_deliveries("lse_1", [done]) == 1
    assert await store.settle_deliveries("lse_1", [done]) == 0, "once is enough"


async def test_a_lease_that_ran_out_is_claimed_again(
    store: SqlStore, world: World, clock: HandClock
) -> None:
    await record(store, world)
    (first,) = await store.claim_deliveries("lse_1", lease_s=0.05, limit=10)
    await asyncio.sleep(0.1)  # PostgreSQL's clock is the real one
    clock.advance(0.1)
    (second,) = await store.claim_deliveries("lse_2", lease_s=30, limit=10)
    assert (second.delivery, second.attempts) == (first.delivery, 2)
    late = settled(first, Outcome(DeliveryState.SUCCEEDED))
    assert await store.settle_deliveries("lse_1", [late]) == 0


async def test_released_deliveries_are_due_and_uncounted(store: SqlStore, world: World) -> None:
    await record(store, world)
    (first,) = await store.claim_deliveries("lse_1", lease_s=30, limit=10)
    await store.release_deliveries("lse_2")
    assert await store.claim_deliveries("lse_2", lease_s=30, limit=10) == []
    await store.release_deliveries("lse_1")
    (second,) = await store.claim_deliveries("lse_2", lease_s=30, limit=10)
    assert (second.delivery, second.attempts) == (first.delivery, 1)


async def test_gone_disables_the_endpoint(store: SqlStore, world: World) -> None:
    await record(store, world)
    await record(store, world)
    one, other = await store.claim_deliveries("lse_1", lease_s=30, limit=10)
    gone = Outcome(DeliveryState.CANCELLED, disable=True)
    await store.settle_deliveries("lse_1", [settled(one, gone, Sent(410, Fault.PARTNER_CONFIG, 5))])
    await store.release_deliveries("lse_1")
    async with store.read(world.scope) as view:
        endpoint = await view.endpoint(world.endpoint.id)
        waiting = await view.delivery(other.delivery)
    assert endpoint == msgspec.structs.replace(
        world.endpoint, state=EndpointState.DISABLED, disabled_reason="410 Gone"
    )
    assert waiting is not None
    assert waiting.state is DeliveryState.DUE
    assert await store.claim_deliveries("lse_2", lease_s=30, limit=10) == []
    assert await store.next_due(Bell.DELIVERIES) is None
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(world.endpoint)
    assert len(await store.claim_deliveries("lse_3", lease_s=30, limit=10)) == 1


async def test_a_resend_is_one_more_delivery_of_the_same_event(
    store: SqlStore, world: World
) -> None:
    made = await record(store, world)
    (first,) = await store.claim_deliveries("lse_1", lease_s=30, limit=10)
    await store.settle_deliveries("lse_1", [settled(first, Outcome(DeliveryState.SUCCEEDED))])
    async with store.begin(world.scope) as tx:
        again = await tx.resend(made, world.endpoint, datetime.now(UTC))
    (second,) = await store.claim_deliveries("lse_2", lease_s=30, limit=10)
    assert second.delivery == again.id != first.delivery
    assert (second.event, second.raw) == (first.event, first.raw)


async def test_a_backlog_of_one_does_not_starve_the_others(
    store: SqlStore, world: World, url: str
) -> None:
    busy, quiet = world.endpoint, [world.an_endpoint() for _ in range(9)]
    await record(store, world)
    await _pile_up(url, 10_000)
    async with store.begin(world.scope) as tx:
        for endpoint in quiet:
            await tx.put_endpoint(endpoint)
    for _ in range(3):
        await record(store, world)
    served: Counter[str] = Counter()
    for turn in range(3):
        claims = await store.claim_deliveries(f"lse_{turn}", lease_s=30, limit=40)
        served.update(c.endpoint for c in claims)
        done = [settled(c, Outcome(DeliveryState.SUCCEEDED)) for c in claims]
        assert await store.settle_deliveries(f"lse_{turn}", done) == len(claims)
    assert [served[e.id] for e in quiet] == [3] * 9
    assert served[busy.id] >= 12
    lone = await store.claim_deliveries("lse_lone", lease_s=30, limit=40)
    assert len(lone) == 40, "alone, it has the whole batch"
    assert {c.endpoint for c in lone} == {busy.id}


async def _pile_up(url: str, count: int) -> None:
    """Copy the only delivery *count* times, all of them due before it."""
    engine = create_async_engine(url)
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < count))
    same = [c for c in delivery.c if c.name != "id"]
    copies = sa.select(sa.literal("dlv_copy_") + sa.cast(numbers.c.n, sa.Text), *same).select_from(
        sa.join(delivery, numbers, sa.true())
    )
    async with engine.begin() as conn:
        await conn.execute(sa.insert(delivery).from_select(["id", *(c.name for c in same)], copies))
    await engine.dispose()


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
    claims = await store.claim_deliveries("lse_1", lease_s=30, limit=10)
    signed = {c.endpoint: bool(c.secrets) for c in claims}
    assert signed == {world.endpoint.id: False, healthy.id: True}


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
