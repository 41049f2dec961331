"""Many at once: no update is lost, nothing is given out twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adapters.sql import SqlStore
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.inbound.inbox_moves import dismissed, quarantined, retried
from core.domain.problem import Conflict
from core.domain.submission import Submission
from ports.jobs import Bell
from ports.store import Busy
from tests.patience import PATIENCE_S
from tests.sql.claiming import claim, settle
from tests.sql.given import NOW, World, an_id
from tests.sql.hand import HandClock, fill, let_pass

pytestmark = pytest.mark.anyio


async def test_no_update_is_lost(store: SqlStore, world: World) -> None:
    async def add_one() -> None:
        async with store.begin(world.scope) as tx:
            booking = await tx.booking(world.booking.id)
            assert booking is not None
            await asyncio.sleep(0.002)
            count = str(int(booking.reference.removeprefix("order-")) + 1)
            await tx.put_booking(msgspec.structs.replace(booking, reference=f"order-{count}"))

    await asyncio.gather(*(add_one() for _ in range(20)))
    async with store.read(world.scope) as view:
        after = await view.booking(world.booking.id)
    assert after is not None
    assert after.reference == "order-97"


async def test_sequences_have_no_twins(store: SqlStore, world: World) -> None:
    async def happen() -> int:
        async with store.begin(world.scope) as tx:
            return (await tx.record(world.a_draft(), datetime.now(UTC))).sequence

    counted = await asyncio.gather(*(happen() for _ in range(20)))
    assert sorted(counted) == list(range(1, 21))


async def test_readers_and_a_writer_do_not_wait_for_each_other(
    store: SqlStore, world: World
) -> None:
    renamed = msgspec.structs.replace(world.entity, name="PT Marwah")
    async with asyncio.timeout(PATIENCE_S), store.read(world.scope) as view:
        assert await view.entity(world.entity.id) == world.entity
        async with store.begin(world.scope) as tx:
            await tx.put_entity(renamed)
        assert await view.entity(world.entity.id) == world.entity, "a snapshot stays"
        async with store.begin(world.scope) as tx:
            await tx.put_entity(world.entity)
            async with store.read(world.scope) as during:
                assert await during.entity(world.entity.id) == renamed


CHECKED_UNTIL = [f"{t}.checked_until" for t in ("booking", "payment", "refund", "inbox")]


@pytest.mark.parametrize("bell", [Bell.BOOKINGS, Bell.PAYMENTS, Bell.REFUNDS, Bell.INBOX])
async def test_a_check_is_given_to_one_until_its_lease_ends(
    store: SqlStore, world: World, clock: HandClock, url: str, bell: Bell
) -> None:
    assert await store.next_due(bell) == 0
    taken = await asyncio.gather(*(store.claim_due(bell, lease_s=600, limit=10) for _ in range(4)))
    assert len([claim for claims in taken for claim in claims]) == 1
    wait = await store.next_due(bell)
    assert wait is not None
    assert 0 < wait <= 600
    await let_pass(clock, url, 601, *CHECKED_UNTIL)
    assert await store.next_due(bell) == 0
    ((scope, id),) = await store.claim_due(bell, lease_s=30, limit=10)
    assert scope == world.scope
    assert id in (world.booking.id, world.payment.id, world.refund.id, world.message.id)


async def test_a_put_ends_the_lease_and_sets_the_next_check(store: SqlStore, world: World) -> None:
    await store.claim_due(Bell.BOOKINGS, lease_s=30, limit=10)
    async with store.begin(world.scope) as tx:
        await tx.put_booking(world.booking)
    assert await store.claim_due(Bell.BOOKINGS, lease_s=30, limit=10) == [
        (world.scope, world.booking.id)
    ]
    later = Submission(NOW, NOW, datetime.now(UTC) + timedelta(hours=1))
    async with store.begin(world.scope) as tx:
        await tx.put_booking(msgspec.structs.replace(world.booking, submission=later))
    assert await store.claim_due(Bell.BOOKINGS, lease_s=30, limit=10) == []
    async with store.begin(world.scope) as tx:
        await tx.put_booking(msgspec.structs.replace(world.booking, submission=None))
    assert await store.next_due(Bell.BOOKINGS) is None


async def test_a_message_that_failed_waits_longer_each_time(store: SqlStore, world: World) -> None:
    waits = []
    for attempts in (1, 2, 9, 40):
        tried = msgspec.structs.replace(world.message, attempts=attempts)
        async with store.begin(world.scope) as tx:
            await tx.put_inbox_message(tried)
        waits.append(await store.next_due(Bell.INBOX))
    assert waits == [pytest.approx(s, abs=2) for s in (5, 10, 1280, 3600)]
    done = msgspec.structs.replace(world.message, state=InboxState.PROCESSED)
    async with store.begin(world.scope) as tx:
        await tx.put_inbox_message(done)
    assert await store.next_due(Bell.INBOX) is None


async def test_a_retried_message_is_due_at_once_and_of_two_operators_one_is_first(
    store: SqlStore, world: World
) -> None:
    kept = quarantined(world.message, "amount differs")
    async with store.begin(world.scope) as tx:
        await tx.put_inbox_message(kept)
    assert await store.next_due(Bell.INBOX) is None
    granted: list[str] = []

    async def handle(move: Callable[[InboxMessage, str, datetime], InboxMessage]) -> None:
        async with store.begin(world.scope) as tx:
            locked = await tx.inbox_message(world.message.id)
            assert locked is not None
            try:
                after = move(locked, "decided", NOW)
            except Conflict:
                return
            await tx.put_inbox_message(after)
            granted.append(after.state)

    await asyncio.gather(*(handle(move) for move in (retried, dismissed, retried, dismissed)))
    async with store.read(world.scope) as view:
        after = await view.inbox_message(world.message.id)
    assert after is not None
    assert granted == [after.state]
    waits = after.state is InboxState.RECEIVED
    assert after.raw == (world.message.raw if waits else b"")  # what is dismissed is forgotten
    assert await store.next_due(Bell.INBOX) == (pytest.approx(0, abs=0.1) if waits else None)


async def test_what_a_person_dismissed_is_forgotten_and_what_is_read_again_is_not(
    store: SqlStore, world: World
) -> None:
    again = retried(quarantined(world.message, "amount differs"), "mended", NOW)
    async with store.begin(world.scope) as tx:
        await tx.put_inbox_message(again)
    assert await store.next_due(Bell.INBOX) == pytest.approx(0, abs=0.1)
    gone = dismissed(quarantined(again, "amount differs"), "by hand", NOW)
    async with store.read(world.scope) as view:
        assert await view.inbox_message(world.message.id) == again
    async with store.begin(world.scope) as tx:
        await tx.put_inbox_message(gone)
    async with store.read(world.scope) as view:
        kept = await view.inbox_message(world.message.id)
    assert kept == msgspec.structs.replace(gone, raw=b"")
    assert await store.next_due(Bell.INBOX) is None


async def test_who_is_cancelled_leaves_no_trace_and_no_lock(store: SqlStore, world: World) -> None:
    async def hang(seconds: float) -> None:
        async with store.begin(world.scope) as tx:
            await tx.booking(world.booking.id)
            await tx.put_booking(msgspec.structs.replace(world.booking, reference="half"))
            await asyncio.sleep(seconds)
            raise ZeroDivisionError

    loop = asyncio.get_running_loop()
    complain = loop.get_exception_handler()
    # asyncpg complains to the loop when its connecting is cancelled half-way; nothing is lost.
    loop.set_exception_handler(lambda _, about: complaints.append(str(about.get("exception"))))
    complaints: list[str] = []
    for step in range(30):
        task = asyncio.create_task(hang(0.01))
        waiter = asyncio.create_task(hang(0.01))
        await asyncio.sleep(step * 0.0007)
        task.cancel()
        waiter.cancel()
        await asyncio.wait([task, waiter])
    async with asyncio.timeout(PATIENCE_S), store.begin(world.scope) as tx:
        assert await tx.booking(world.booking.id) == world.booking
    loop.set_exception_handler(complain)
    assert set(complaints) <= {"unexpected connection_lost() call"}


async def test_a_deadlock_ends_with_a_word_to_try_again(pg_store: SqlStore) -> None:
    world = World()
    await fill(pg_store, world)
    other = world.a_booking()
    async with pg_store.begin(world.scope) as tx:
        await tx.put_booking(other)

    both = asyncio.Barrier(2)

    async def take(first: str, second: str) -> None:
        async with pg_store.begin(world.scope) as tx:
            await tx.booking(first)
            await both.wait()
            await tx.booking(second)

    ids = world.booking.id, other.id
    ended = await asyncio.gather(take(*ids), take(*reversed(ids)), return_exceptions=True)
    assert [type(e) for e in ended if e is not None] == [Busy]


async def test_four_claimers_share_the_work_and_never_meet(pg_store: SqlStore) -> None:
    world = World()
    await fill(pg_store, world)
    async with pg_store.begin(world.scope) as tx:
        for _ in range(19):
            await tx.put_endpoint(world.an_endpoint())
    for _ in range(20):
        async with pg_store.begin(world.scope) as tx:
            await tx.record(world.a_draft(an_id("bkg")), datetime.now(UTC))
    claimed: Counter[str] = Counter()
    sharers: set[int] = set()

    async def work(n: int) -> None:
        idle = 0
        while idle < 5:
            got = await claim(pg_store, limit=16)
            claimed.update(c.delivery for c in got)
            await asyncio.sleep(0.002)
            assert len(await settle(pg_store, got)) == len(got)
            if got:
                sharers.add(n)
            idle = 0 if got else idle + 1
            await asyncio.sleep(0.005)

    await asyncio.gather(*(work(n) for n in range(4)))
    assert len(claimed) == 400
    assert set(claimed.values()) == {1}
    assert len(sharers) > 1
