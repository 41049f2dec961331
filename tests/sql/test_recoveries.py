"""Which events are wanted, on both engines, held against the same words in Python."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from adapters.sql import SqlStore, open_store
from adapters.sql.outbox import delivery, pending
from adapters.system import SystemMint
from core.application.webhooks.run_recovery import run_recovery
from core.domain.event import Event, matches
from core.domain.tenancy import Environment, Scope
from core.domain.webhooks.delivery import DeliveryState
from core.domain.webhooks.partner import Endpoint, Partner
from core.domain.webhooks.recovery import Recovery, RecoveryState, Wanted, What
from ports.jobs import Bell
from ports.store import Busy, Page, RecoveryFilter, Violated
from tests.application.test_recovery import furnished, once
from tests.fakes.hub import open_world
from tests.servers import Postgres
from tests.sql.conftest import VAULT
from tests.sql.given import World, an_id
from tests.sql.hand import HandClock, fill

pytestmark = pytest.mark.anyio
D = DeliveryState
TYPES = ("booking.confirmed", "booking.cancelled", "booking_x.made", "payment.opened")
T0 = datetime(2026, 3, 1, tzinfo=UTC)


class Told:
    """One event at each type, partner and state of a delivery to the endpoint, hour by hour."""

    def __init__(self, world: World, other: Partner) -> None:
        self.world, self.other = world, other
        self.events: list[tuple[Event, DeliveryState | None]] = []

    async def tell(self, store: SqlStore) -> None:
        partners = (self.world.partner.id, self.other.id, None)
        states = (None, *DeliveryState)
        told = itertools.product(TYPES, partners, states)
        async with store.begin(self.world.scope) as tx:
            for hour, (type_, partner, state) in enumerate(told):
                draft = msgspec.structs.replace(
                    self.world.a_draft(an_id("bkg"), type_),
                    partner=partner,
                    valid_until=T0 + timedelta(days=200) if hour % 3 else None,
                )
                event = await tx.record(draft, T0 + timedelta(hours=hour))
                await _delivered(tx, event, self.world.endpoint, state)
                self.events.append((event, state))

    def wanted(self, by: Wanted) -> list[str]:
        """Ids in the order they were told, by its rules written in Python."""
        missed = (None, D.EXHAUSTED, D.CANCELLED)
        return [
            event.id
            for event, state in self.events
            if by.since <= event.occurred_at < by.until
            and all(matches(group, event.type) for group in by.types)
            and by.partner in (None, event.partner)
            and (by.what is What.ALL or state in missed)
            and (by.what is What.ALL or (event.valid_until or by.at) >= by.at)
        ]


async def _delivered(tx: Any, event: Event, to: Endpoint, state: DeliveryState | None) -> None:
    """Exactly one delivery of the event to the endpoint, in that state; None: none."""
    await tx._conn.execute(sa.delete(pending).where(pending.c.event == event.id))
    await tx._conn.execute(sa.delete(delivery).where(delivery.c.event == event.id))
    if state is None:
        return
    made = await tx.resend(event, to, event.occurred_at)
    unfinished = state in (D.DUE, D.LEASED, D.HELD)
    if unfinished:
        await tx._conn.execute(
            sa.update(pending).values(state=str(state)).where(pending.c.delivery == made.id)
        )
        return
    await tx._conn.execute(sa.delete(pending).where(pending.c.delivery == made.id))
    settled = sa.update(delivery).values(state=str(state)).where(delivery.c.id == made.id)
    await tx._conn.execute(settled)


async def another_partner(store: SqlStore, world: World) -> Partner:
    other = Partner(an_id("ptn"), "Other", T0)
    async with store.begin(world.scope) as tx:
        await tx.put_partner(other)
    return other


@pytest.fixture
async def told(store: SqlStore, world: World) -> Told:
    made = Told(world, await another_partner(store, world))
    await made.tell(store)
    return made


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def asked_url(
    request: pytest.FixtureRequest,
    migrated_file: Path,
    migrated_database: str,
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    if request.param == "postgresql":
        return postgres.database("asked", migrated_database)
    path = tmp_path_factory.mktemp("asked") / "serai.db"
    path.write_bytes(migrated_file.read_bytes())
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="module")
async def asked_only(asked_url: str) -> AsyncIterator[tuple[SqlStore, Told]]:
    """The same, told once for all who only ask."""
    async with open_store(asked_url, vault=VAULT, clock=HandClock(), mint=SystemMint()) as store:
        world = World()
        await fill(store, world)
        made = Told(world, await another_partner(store, world))
        await made.tell(store)
        yield store, made


def a_wanted(world: World, **other: Any) -> Wanted:
    wanted = Wanted(
        endpoint=world.endpoint.id,
        partner=None,
        types=(("*",),),
        since=T0,
        until=T0 + timedelta(days=100),
        what=What.UNDELIVERED,
        at=T0 + timedelta(days=100),
    )
    return msgspec.structs.replace(wanted, **other)


ASKED: list[dict[str, Any]] = [
    {},
    {"what": What.ALL},
    {"types": (("booking.*",),)},
    {"types": (("booking.*", "payment.*"), ("booking.cancelled", "payment.opened"))},
    {"types": (("booking.confirmed",), ("*",))},
    {"types": (("refund.*",),)},
    {"since": T0 + timedelta(hours=10), "until": T0 + timedelta(hours=30)},
    {"since": T0 + timedelta(hours=10), "until": T0 + timedelta(hours=10)},
    {"at": T0 + timedelta(days=300)},
    {"at": T0 + timedelta(days=300), "what": What.ALL},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("own", [False, True])
async def test_what_is_wanted_is_counted_and_found(
    asked_only: tuple[SqlStore, Told], asked: dict[str, Any], own: bool
) -> None:
    store, told = asked_only
    world = told.world
    partner = world.partner.id if own else None
    wanted = a_wanted(world, **asked, partner=partner)
    expected = told.wanted(wanted)
    async with store.read(world.scope) as view:
        tally = await view.tally(wanted)
        all_ = await view.events_wanted(wanted, after=0, up_to=10**9, limit=10**6)
    assert tally.total == len(expected)
    assert sorted(e.id for e in all_) == sorted(expected)
    positions = [e.position or 0 for e in all_]
    assert positions == sorted(positions)
    if not expected:
        assert (dict(tally.types), tally.first, tally.first_at) == ({}, 0, None)
        return
    assert (tally.first, tally.last) == (positions[0], positions[-1])
    times = [e.occurred_at for e in all_]
    assert (tally.first_at, tally.last_at) == (min(times), max(times))
    for type_, count in tally.types.items():
        assert count == sum(e.type == type_ for e in all_)


async def test_it_is_walked_in_chunks_that_meet(store: SqlStore, told: Told) -> None:
    wanted = a_wanted(told.world)
    async with store.read(told.world.scope) as view:
        tally = await view.tally(wanted)
        whole = await view.events_wanted(wanted, after=0, up_to=tally.last, limit=1000)
        walked: list[Event] = []
        cursor = tally.first - 1
        while chunk := await view.events_wanted(wanted, after=cursor, up_to=tally.last, limit=7):
            walked += chunk
            cursor = chunk[-1].position or 0
        early = await view.events_wanted(wanted, after=0, up_to=tally.first, limit=1000)
    assert walked == list(whole)
    assert len(early) == 1


async def test_nothing_of_another_scope_is_wanted(store: SqlStore, told: Told) -> None:
    wanted = a_wanted(told.world, what=What.ALL)
    live = Scope(told.world.tenant.id, Environment.LIVE)
    abroad = World()
    await fill(store, abroad)
    for scope in (live, abroad.scope):
        async with store.read(scope) as view:
            assert (await view.tally(wanted)).total == 0
            assert await view.unfinished(told.world.endpoint.id, at_most=1000) == 0


async def test_what_is_not_settled_is_counted_up_to_a_bound(store: SqlStore, world: World) -> None:
    async with store.begin(world.scope) as tx:
        for _ in range(5):
            await tx.record(world.a_draft(), T0)
        counted = [await tx.unfinished(world.endpoint.id, at_most=n) for n in (0, 3, 1000)]
        await tx.put_endpoint(msgspec.structs.replace(world.endpoint, ordered=True))
        for _ in range(4):
            await tx.record(world.a_draft(), T0)
        with_held = await tx.unfinished(world.endpoint.id, at_most=1000)
    assert counted == [0, 3, 5]
    assert with_held == 9


def a_recovery(world: World, **other: Any) -> Recovery:
    made = Recovery(
        id=an_id("rcv"),
        endpoint=world.endpoint.id,
        partner=world.partner.id,
        what=What.UNDELIVERED,
        types=("booking.*", "*"),
        since=T0,
        until=T0 + timedelta(days=1),
        pace_per_s=10,
        cursor=3,
        end=99,
        total=40,
        created_at=T0 + timedelta(microseconds=1),
        created_by="key_1",
        reason="كان متوقفا",
        check_at=T0,
        note="waits: x",
    )
    return msgspec.structs.replace(made, **other)


async def test_a_recovery_comes_back_as_it_was(store: SqlStore, world: World) -> None:
    one = a_recovery(world)
    two = a_recovery(world, state=RecoveryState.DONE, check_at=None, finished_at=T0, sent=7)
    async with store.begin(world.scope) as tx:
        await tx.put_recovery(one)
        await tx.put_recovery(two)
    async with store.read(world.scope) as view:
        assert [await view.recovery(one.id), await view.recovery(two.id)] == [one, two]
        assert list(await view.recoveries(Page(), RecoveryFilter())) == [two, one]
        for where, found in (
            (RecoveryFilter(state=RecoveryState.RUNNING), [one]),
            (RecoveryFilter(endpoint=world.endpoint.id, partner=world.partner.id), [two, one]),
            (RecoveryFilter(endpoint="end_none"), []),
            (RecoveryFilter(partner="ptn_none"), []),
        ):
            assert list(await view.recoveries(Page(), where)) == found
    async with store.read(Scope(world.tenant.id, Environment.LIVE)) as view:
        assert await view.recovery(one.id) is None
        assert list(await view.recoveries(Page(), RecoveryFilter())) == []


async def test_the_database_lets_one_run_for_an_endpoint(store: SqlStore, world: World) -> None:
    async with store.begin(world.scope) as tx:
        await tx.put_recovery(a_recovery(world))
        await tx.put_recovery(a_recovery(world, state=RecoveryState.PAUSED))
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_recovery(a_recovery(world))


async def test_a_tick_falls_due_is_leased_and_given_back_by_any_put(
    store: SqlStore, world: World, clock: HandClock
) -> None:
    made = a_recovery(world, check_at=clock.now() - timedelta(seconds=5))
    async with store.begin(world.scope) as tx:
        await tx.put_recovery(made)
    assert await store.next_due(Bell.RECOVERIES) == 0
    claimed = await store.claim_due(Bell.RECOVERIES, lease_s=60, limit=10)
    assert claimed == [(world.scope, made.id)]
    assert await store.claim_due(Bell.RECOVERIES, lease_s=60, limit=10) == []
    async with store.begin(world.scope) as tx:
        await tx.put_recovery(made)
    assert await store.claim_due(Bell.RECOVERIES, lease_s=60, limit=10) == claimed
    async with store.begin(world.scope) as tx:
        await tx.put_recovery(
            msgspec.structs.replace(made, state=RecoveryState.PAUSED, check_at=None)
        )
    assert await store.next_due(Bell.RECOVERIES) is None


async def test_many_workers_at_once_send_each_event_once(url: str) -> None:
    async with open_world(url) as hubs:
        given = await furnished(hubs)
        events = await given.missed(60)
        recovery = await given.start(pace_per_s=7)

        async def worker() -> None:
            while (await given.read(recovery)).state is RecoveryState.RUNNING:
                with contextlib.suppress(Busy):  # the loop tries again
                    await run_recovery(hubs.hub, hubs.scope, recovery.id)

        await asyncio.gather(*(worker() for _ in range(4)))
        after = await given.read(recovery)
        assert (after.state, after.sent, after.looked_at) == (RecoveryState.DONE, 60, 60)
        assert await given.deliveries() == once(events)
