"""Strict order: of each subject one at a time, in its sequence; none is lost, none overtakes."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import msgspec
import pytest

from adapters.sql import SqlStore, open_store
from adapters.system import SystemMint
from core.domain.event import Event
from core.domain.webhooks.delivery import SUCCEEDED, DeliveryState, Outcome
from core.domain.webhooks.pace import Pace
from core.domain.webhooks.partner import Endpoint
from ports.jobs import Bell
from ports.store import ClaimedDelivery, DeliveryFilter, Page
from tests.patience import PATIENCE_S
from tests.sql.claiming import claim, settle, settled
from tests.sql.conftest import VAULT
from tests.sql.given import World, an_id
from tests.sql.hand import HandClock, fill, let_pass, record

pytestmark = pytest.mark.anyio
AT_ONCE = Outcome(DeliveryState.DUE, wait_s=0.0)


async def _strict(store: SqlStore, world: World, **changed: object) -> Endpoint:
    endpoint = msgspec.structs.replace(world.endpoint, ordered=True, **changed)
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(endpoint)
        await tx.put_pace(Pace(endpoint.id, 64.0))
    return endpoint


@pytest.fixture
async def strict(store: SqlStore, world: World) -> Endpoint:
    return await _strict(store, world)


def _events(claimed: Sequence[ClaimedDelivery]) -> list[str]:
    return sorted(c.event for c in claimed)


async def test_one_subject_goes_one_by_one(store: SqlStore, world: World, strict: Endpoint) -> None:
    made = [await record(store, world) for _ in range(3)]
    other = await record(store, world, an_id("bkg"))
    first = await claim(store)
    assert _events(first) == sorted([made[0].id, other.id]), "it holds its own subject only"
    assert await claim(store) == []
    again = [settled(c, AT_ONCE if c.event == made[0].id else SUCCEEDED) for c in first]
    await store.settle_deliveries(again)
    for event in made:
        assert await store.next_due(Bell.DELIVERIES) == 0
        (got,) = await claim(store)
        assert got.event == event.id
        await settle(store, [got])
    assert await store.next_due(Bell.DELIVERIES) is None


@pytest.mark.parametrize("end", ["exhausted", "cancelled", "superseded", "expired"])
async def test_whatever_ends_it_lets_the_next_one_go(
    store: SqlStore, world: World, strict: Endpoint, end: str
) -> None:
    _, second = [await record(store, world) for _ in range(2)]
    (got,) = await claim(store)
    assert await claim(store) == []
    async with store.begin(world.scope) as tx:
        await tx.settle([settled(got, Outcome(DeliveryState(end)))])
    assert _events(await claim(store)) == [second.id]


async def test_what_is_held_shows_as_held(store: SqlStore, world: World, strict: Endpoint) -> None:
    await record(store, world)
    await record(store, world)
    await claim(store)
    async with store.read(world.scope) as view:
        held = await view.deliveries(Page(), DeliveryFilter(state=DeliveryState.HELD))
        leased = await view.deliveries(Page(), DeliveryFilter(state=DeliveryState.LEASED))
    assert [len(held), len(leased)] == [1, 1]
    assert held[0].state is DeliveryState.HELD
    assert (await store.waiting()).states == {"due": 0, "leased": 1, "held": 1}


async def test_none_waits_longer_than_its_endpoint_says(
    store: SqlStore, world: World, clock: HandClock, url: str
) -> None:
    await _strict(store, world, skip_after_s=600)
    made = [await record(store, world) for _ in range(2)]
    assert _events(await claim(store, lease_s=3600)) == [made[0].id]
    assert await claim(store) == []
    wait = await store.next_due(Bell.DELIVERIES)
    assert wait is not None
    assert 0 < wait <= 600
    await let_pass(clock, url, 601, "pending.skip_at", "pending.due_at")
    assert _events(await claim(store)) == [made[1].id]


async def test_who_wants_no_order_any_more_gets_all_at_once(
    store: SqlStore, world: World, strict: Endpoint
) -> None:
    made = [await record(store, world) for _ in range(4)]
    assert _events(await claim(store)) == [made[0].id]
    assert await claim(store) == []
    async with store.begin(world.scope) as tx:
        await tx.put_endpoint(msgspec.structs.replace(strict, ordered=False))
    assert _events(await claim(store)) == sorted(e.id for e in made[1:])


async def test_what_a_person_asks_for_passes_the_order(
    store: SqlStore, world: World, strict: Endpoint
) -> None:
    made = [await record(store, world) for _ in range(2)]
    assert _events(await claim(store)) == [made[0].id]
    for asked, claimed in ((False, []), (True, [made[1].id])):
        async with store.begin(world.scope) as tx:
            await tx.resend(made[1], strict, datetime.now(UTC), asked=asked)
        assert _events(await claim(store)) == claimed


async def test_a_subject_that_is_sent_again_goes_in_order_and_completely(
    store: SqlStore, world: World, strict: Endpoint
) -> None:
    made = [await record(store, world) for _ in range(3)]
    for event in (made[1], made[0], made[1]):
        async with store.begin(world.scope) as tx:
            await tx.resend(event, strict, datetime.now(UTC), asked=False)
    sent: list[int] = []
    while got := await claim(store):
        sent += [next(e.sequence for e in made if e.id == c.event) for c in got]
        await settle(store, got)
    assert sent == [1, 1, 2, 2, 2, 3]


class Model:
    """What should be: per subject, what is not finished, and which of it is under way."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[str]] = defaultdict(list)
        self.subject: dict[str, str] = {}
        self.under_way: dict[str, ClaimedDelivery] = {}

    def recorded(self, event: Event) -> None:
        self.waiting[event.subject].append(event.id)
        self.subject[event.id] = event.subject

    def may_go(self) -> set[str]:
        return {line[0] for line in self.waiting.values() if line} - set(self.under_way)

    def ended(self, event: str) -> None:
        self.waiting[self.subject[event]].remove(event)


@pytest.mark.parametrize("seed", range(4))
async def test_it_does_as_a_small_model_of_it(
    store: SqlStore, world: World, strict: Endpoint, seed: int
) -> None:
    chance, model = random.Random(seed), Model()
    subjects = [an_id("bkg") for _ in range(4)]
    for _ in range(60):
        match chance.choice(["record", "record", "claim", "end", "again", "give back"]):
            case "record":
                model.recorded(await record(store, world, chance.choice(subjects)))
            case "claim":
                got = await claim(store)
                assert {c.event for c in got} == model.may_go()
                model.under_way |= {c.event: c for c in got}
            case step if model.under_way:
                event = chance.choice(sorted(model.under_way))
                await _step(store, model, event, step)
    while any(model.waiting.values()):
        model.under_way |= {c.event: c for c in await claim(store)}
        assert model.under_way
        for event in list(model.under_way):
            await _step(store, model, event, "end")


async def _step(store: SqlStore, model: Model, event: str, step: str) -> None:
    claimed = model.under_way.pop(event)
    if step == "end":
        assert await settle(store, [claimed]) == {claimed.delivery}
        model.ended(event)
    elif step == "again":
        await store.settle_deliveries([settled(claimed, AT_ONCE)])
    else:
        await store.release_deliveries([(claimed.delivery, claimed.lease)])


@pytest.fixture
async def beside(migrated_postgres_url: str, clock: HandClock) -> AsyncIterator[SqlStore]:
    """A second process's store of the same database."""
    async with open_store(
        migrated_postgres_url, vault=VAULT, clock=clock, mint=SystemMint()
    ) as opened:
        yield opened


@pytest.mark.parametrize("seed", range(3))
async def test_many_at_once_neither_lose_nor_overtake(
    pg_store: SqlStore, beside: SqlStore, seed: int
) -> None:
    """Writers, claimers and settlers of two processes, interleaved at random."""
    world, chance = World(), random.Random(seed)
    await fill(pg_store, world)
    await _strict(pg_store, world)
    subjects = [an_id("bkg") for _ in range(5)]
    sequence: dict[str, tuple[str, int]] = {}
    begun: dict[str, int] = defaultdict(int)  # per subject, the last whose settling began
    done: set[str] = set()

    async def write() -> None:
        for _ in range(25):
            async with pg_store.begin(world.scope) as tx:
                made = await tx.record(world.a_draft(chance.choice(subjects)), datetime.now(UTC))
                sequence[made.id] = (made.subject, made.sequence)
                await asyncio.sleep(chance.random() * 0.004)

    async def work(store: SqlStore) -> None:
        while len(done) < 100:
            got = await claim(store, limit=chance.randint(1, 4))
            for c in got:
                subject, number = sequence[c.event]
                assert number == begun[subject] + 1, "it overtook, or came twice"
            await asyncio.sleep(chance.random() * 0.004)
            for c in got:
                subject, number = sequence[c.event]
                begun[subject] = number
            assert await settle(store, got) == {c.delivery for c in got}
            done.update(c.event for c in got)

    async with asyncio.timeout(4 * PATIENCE_S):
        await asyncio.gather(
            *(write() for _ in range(4)), *(work(s) for s in (pg_store, beside) * 2)
        )
    assert done == set(sequence)
    assert (await pg_store.waiting()).states == {"due": 0, "leased": 0, "held": 0}
