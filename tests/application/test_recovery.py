"""Recoveries: what an endpoint missed, sent again once, at a pace, wherever the hub dies."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.sql import SqlStore
from adapters.sql.engine import opened
from core.application.webhooks.add_endpoint import NewEndpoint, add_endpoint
from core.application.webhooks.add_partner import add_partner
from core.application.webhooks.run_recovery import run_recovery
from core.application.webhooks.send_test import send_test
from core.application.webhooks.start_recovery import preview_recovery, start_recovery
from core.application.webhooks.steer_recovery import (
    cancel_recovery,
    list_recoveries,
    pace_recovery,
    pause_recovery,
    read_recovery,
    resume_recovery,
)
from core.domain.event import TEST, Event
from core.domain.events.catalogue.endpoints import DeliveryPayload
from core.domain.events.endpoint_events import delivery_exhausted, endpoint_event
from core.domain.problem import Conflict, Forbidden, Invalid, NotFound
from core.domain.tenancy import PARTNER_PERMISSIONS, Environment, Permission, Scope
from core.domain.webhooks.delivery import DeliveryState
from core.domain.webhooks.pace import Breaker, Pace
from core.domain.webhooks.partner import Endpoint, EndpointState, Partner, Sees
from core.domain.webhooks.recovery import NewRecovery, Recovery, RecoveryState, What
from core.domain.webhooks.recovery_moves import WAITING_MAX
from ports.jobs import Bell
from ports.store import DeliveryFilter, Page, RecoveryFilter, Violated
from tests.application.test_pace import a_draft, change, tell
from tests.application.tripwire import Killed, Tripwire, wired
from tests.fakes.hub import VAULT, World, an_asking, open_world
from tests.fakes.jobs import ListeningJobs

pytestmark = pytest.mark.anyio
S, D = RecoveryState, DeliveryState


class Given:
    """A partner that sees everything, and its endpoint, which asks for bookings and payments."""

    def __init__(self, world: World, partner: Partner, endpoint: Endpoint) -> None:
        self.world, self.partner, self.endpoint = world, partner, endpoint
        self.since = world.clock.now()

    async def missed(self, count: int, **other: Any) -> list[Event]:
        """Told while the endpoint was switched off, so that no delivery was ever made."""
        await change(self.world, self.endpoint, state=EndpointState.DISABLED)
        events = []
        for number in range(count):
            events += await tell(self.world, a_draft(f"bkg_{number}", **other))
            self.world.clock.move(0.001)
        await change(self.world, self.endpoint, state=EndpointState.ACTIVE)
        return events

    async def told(self, count: int, state: DeliveryState | None = None) -> list[Event]:
        """Told with a delivery each, which is settled as *state*."""
        events = [(await tell(self.world, a_draft(f"bkg_t{n}")))[0] for n in range(count)]
        if state is not None:
            answer = {D.SUCCEEDED: 204, D.EXHAUSTED: 500, D.CANCELLED: 410}[state]
            await self.answered(answer)
        return events

    async def answered(self, status: int) -> None:
        """Every delivery is tried until it is over."""
        self.world.sender.answers[self.endpoint.url] = status
        for _ in range(400):
            if await self.world.dispatch() == 0:
                wait = await self.world.store.next_due(Bell.DELIVERIES)
                if wait is None:
                    break
                self.world.clock.move(wait + 0.001)
        self.world.sender.answers[self.endpoint.url] = 204
        self.world.sender.posted.clear()

    def new(self, **other: Any) -> NewRecovery:
        return msgspec.structs.replace(NewRecovery(self.endpoint.id, self.since), **other)

    async def start(self, **other: Any) -> Recovery:
        self.world.clock.move(0.001)
        return await start_recovery(self.world.hub, self.world.asking, self.new(**other))

    async def count(self, **other: Any) -> dict[str, int]:
        self.world.clock.move(0.001)
        found = await preview_recovery(self.world.hub, self.world.asking, self.new(**other))
        return dict(found.types)

    async def read(self, recovery: Recovery) -> Recovery:
        return await read_recovery(self.world.hub, self.world.asking, recovery.id)

    async def until_it_rests(self, recovery: Recovery, *, dispatched: bool = False) -> Recovery:
        """Everything that falls due is done, deliveries where *dispatched*, and time passes."""
        for _ in range(2000):
            if (found := await self.read(recovery)).state is not S.RUNNING:
                return found
            await self.world.check_due()
            if not dispatched:
                self.world.clock.move(0.05)
            elif await self.world.dispatch():
                self.world.clock.move(1.0)
            else:  # a breaker waits for minutes
                self.world.clock.move(20.0)
        raise AssertionError("it never rests")

    async def deliveries(self) -> Counter[str]:
        """How many each event has to the endpoint."""
        async with self.world.store.read(self.world.scope) as view:
            where = DeliveryFilter(endpoint=self.endpoint.id)
            found = [*await view.deliveries(Page(limit=200), where)]
            while len(found) % 200 == 0 and found:
                more = await view.deliveries(Page(found[-1].id, 200), where)
                found += more
                if not more:
                    break
        return Counter(d.event for d in found)


@pytest.fixture
async def given(world: World) -> Given:
    return await furnished(world)


async def furnished(world: World) -> Given:
    partner = await add_partner(world.hub, world.asking, "Portal", Sees.ALL)
    new = NewEndpoint("https://portal.test/hook", ("booking.*", "payment.*"), partner.id)
    made = Given(world, partner, await add_endpoint(world.hub, world.asking, new))
    world.clock.move(1)
    return made


def once(events: Sequence[Event]) -> Counter[str]:
    return Counter(e.id for e in events)


async def test_what_was_missed_is_sent_once_and_in_the_feeds_order(given: Given) -> None:
    events = await given.missed(25)
    recovery = await given.start()
    assert (recovery.total, recovery.state) == (25, S.RUNNING)
    after = await given.until_it_rests(recovery)
    assert (after.state, after.sent, after.share, after.left) == (S.DONE, 25, 1.0, 0)
    assert await given.deliveries() == once(events)
    while await given.world.dispatch():
        given.world.clock.move(1)
    sent = [p.headers["webhook-id"] for p in given.world.sender.posted]
    assert sent == [e.id for e in events]


async def test_it_keeps_its_pace(given: Given) -> None:
    await given.missed(40)
    recovery = await given.start(pace_per_s=4)
    seen = []
    for _ in range(10):
        await given.world.check_due()
        await given.world.check_due()
        seen.append((await given.read(recovery)).sent)
        given.world.clock.move(1.0)
    assert seen == [4, 8, 12, 16, 20, 24, 28, 32, 36, 40]


async def test_it_is_rung_for_its_next_tick_and_the_dispatcher_for_its_deliveries(
    given: Given,
) -> None:
    await given.missed(5)
    jobs = given.world.hub.jobs
    assert isinstance(jobs, ListeningJobs)
    recovery = await given.start(pace_per_s=2)
    assert jobs.rung == [Bell.RECOVERIES]
    await given.world.check_due()
    assert jobs.rung == [Bell.RECOVERIES, Bell.DELIVERIES]
    due = (await given.read(recovery)).check_at
    assert jobs.set_for == [(Bell.RECOVERIES, due)]


@pytest.mark.parametrize(
    ("state", "undelivered"),
    [(D.SUCCEEDED, 0), (D.EXHAUSTED, 3), (None, 0)],
)
async def test_undelivered_is_what_was_not_taken_and_is_not_on_its_way(
    given: Given, state: DeliveryState | None, undelivered: int
) -> None:
    await given.told(3, state)
    assert sum((await given.count()).values()) == undelivered
    assert await given.count(what=What.ALL) == {"booking.confirmed": 3}


async def test_an_event_of_which_one_delivery_was_taken_is_not_sent_again(given: Given) -> None:
    await given.told(12, D.EXHAUSTED)
    started = await given.start()
    await given.world.check_due()
    assert await given.count() == {"booking.confirmed": 11}  # one waits, for the breaker to try
    first = await given.until_it_rests(started, dispatched=True)
    assert first.sent == 12
    await given.answered(204)
    assert await given.count() == {}
    assert (await given.start()).state is S.DONE


async def test_what_a_410_cancelled_can_be_recovered(given: Given) -> None:
    await given.told(1, D.CANCELLED)
    await change(given.world, given.endpoint, state=EndpointState.ACTIVE)
    assert await given.count() == {"booking.confirmed": 1}


async def test_all_sends_also_what_was_taken(given: Given) -> None:
    events = await given.told(3, D.SUCCEEDED)
    after = await given.until_it_rests(await given.start(what=What.ALL))
    assert after.sent == 3
    assert await given.deliveries() == once(events) + once(events)


async def test_it_is_bounded_by_time_and_by_type(given: Given) -> None:
    early = await given.missed(2)
    from_ = given.world.clock.now()
    await given.missed(3)
    until = given.world.clock.now()
    await given.missed(4, type="payment.opened")
    assert await given.count() == {"booking.confirmed": 5, "payment.opened": 4}
    assert await given.count(since=from_, until=until) == {"booking.confirmed": 3}
    assert await given.count(until=early[1].occurred_at) == {"booking.confirmed": 1}
    assert await given.count(since=early[1].occurred_at, until=until) == {"booking.confirmed": 4}
    assert await given.count(types=("payment.*",)) == {"payment.opened": 4}
    assert await given.count(types=("payment.opened",)) == {"payment.opened": 4}
    assert await given.count(types=("*",)) == {"booking.confirmed": 5, "payment.opened": 4}


async def test_types_that_the_endpoint_does_not_ask_for_are_never_sent(given: Given) -> None:
    await given.missed(2, type="refund.pending")
    await given.missed(2, type="bookingx.confirmed")
    assert await given.count() == {}
    with pytest.raises(Invalid, match="the endpoint asks for no such event"):
        await given.count(types=("refund.*",))


async def test_a_partner_that_sees_its_own_gets_its_own(given: Given) -> None:
    world = given.world
    await given.missed(2, partner=given.partner.id)
    await given.missed(3)
    assert await given.count() == {"booking.confirmed": 5}
    async with world.store.begin(world.scope) as tx:
        await tx.put_partner(msgspec.structs.replace(given.partner, sees=Sees.OWN))
    assert await given.count() == {"booking.confirmed": 2}
    after = await given.until_it_rests(await given.start())
    assert after.sent == 2


async def test_nothing_is_told_through_the_endpoint_that_it_is_about(given: Given) -> None:
    world = given.world
    new = NewEndpoint("https://portal.test/other", ("*",), given.partner.id)
    other = await add_endpoint(world.hub, world.asking, new)
    given.endpoint = await change(world, given.endpoint, types=("*",))
    await given.told(1, D.EXHAUSTED)
    async with world.store.read(world.scope) as view:
        its = (await view.deliveries(Page(), DeliveryFilter(endpoint=given.endpoint.id)))[0]
    away = await change(world, other, state=EndpointState.DISABLED)
    payload = DeliveryPayload(its.id, its.event, its.event_type, given.endpoint.id, 11, "HTTP 500")
    since = world.clock.now()
    await tell(
        world,
        endpoint_event("endpoint.failing", given.endpoint.id, given.partner.id, "x"),
        delivery_exhausted(payload, given.partner.id),
    )
    await change(world, away, state=EndpointState.ACTIVE)
    assert await given.count(since=since) == {}
    told = await preview_recovery(world.hub, world.asking, NewRecovery(other.id, since))
    assert dict(told.types) == {"endpoint.failing": 1, "delivery.exhausted": 1}


async def test_tests_of_others_are_nobodys_business_and_pings_are_never_recovered(
    given: Given,
) -> None:
    world = given.world
    new = NewEndpoint("https://portal.test/other", ("*",), given.partner.id)
    other = await add_endpoint(world.hub, world.asking, new)
    await send_test(world.hub, world.asking, other.id, "booking.confirmed", wait_s=0)
    await send_test(world.hub, world.asking, other.id, wait_s=0)
    assert await given.count(what=What.ALL) == {}
    world.sender.answers[other.url] = 500
    while await world.dispatch():
        world.clock.move(1)
    told = await preview_recovery(world.hub, world.asking, NewRecovery(other.id, given.since))
    assert dict(told.types) == {"booking.confirmed": 1}
    (event,) = [e for e in await world.events() if e.type == "booking.confirmed"]
    assert event.subject_type == TEST


async def test_what_has_expired_was_not_missed(given: Given) -> None:
    await given.missed(2, valid_until=given.world.clock.now() + timedelta(minutes=5))
    await given.missed(1)
    assert await given.count() == {"booking.confirmed": 3}
    given.world.clock.move(600)
    assert await given.count() == {"booking.confirmed": 1}


async def test_a_dry_run_makes_nothing(given: Given) -> None:
    events = await given.missed(3)
    given.world.clock.move(1)
    tally = await preview_recovery(given.world.hub, given.world.asking, given.new())
    assert (tally.first_at, tally.last_at) == (events[0].occurred_at, events[2].occurred_at)
    assert (tally.first, tally.last) == (events[0].position or 1, 3) or tally.last > tally.first
    assert await given.deliveries() == Counter()
    assert (
        await list_recoveries(given.world.hub, given.world.asking, Page(), RecoveryFilter()) == []
    )


async def test_pause_resume_and_cancel(given: Given) -> None:
    world, hub, asking = given.world, given.world.hub, given.world.asking
    await given.missed(30)
    recovery = await given.start(pace_per_s=10)
    await world.check_due()
    paused = await pause_recovery(hub, asking, recovery.id)
    assert (paused.state, paused.sent, paused.left_s) == (S.PAUSED, 10, None)
    assert await pause_recovery(hub, asking, recovery.id) == paused
    world.clock.move(60)
    await world.check_due()
    assert await given.read(recovery) == paused
    resumed = await resume_recovery(hub, asking, recovery.id)
    assert (resumed.state, resumed.cursor) == (S.RUNNING, paused.cursor)
    await world.check_due()
    cancelled = await cancel_recovery(hub, asking, recovery.id)
    assert (cancelled.state, cancelled.sent, cancelled.left) == (S.CANCELLED, 20, 0)
    world.clock.move(60)
    assert await world.check_due() == 0
    with pytest.raises(Conflict, match="the recovery is cancelled; start another"):
        await resume_recovery(hub, asking, recovery.id)
    async with world.store.read(world.scope) as view:
        trail = await view.audit_entries(Page(), subject=recovery.id)
    assert [(e.action, e.reason) for e in reversed(trail)] == [
        (f"recovery.{did}", "asked to") for did in ("started", "paused", "resumed", "cancelled")
    ]


async def test_its_end_is_in_the_trail_too(given: Given) -> None:
    await given.missed(1)
    recovery = await given.until_it_rests(await given.start())
    async with given.world.store.read(given.world.scope) as view:
        trail = await view.audit_entries(Page(), subject=recovery.id)
    assert [(e.action, e.actor) for e in trail] == [
        ("recovery.done", "hub"),
        ("recovery.started", "key_test"),
    ]


async def test_a_new_pace_counts_at_once(given: Given) -> None:
    world = given.world
    await given.missed(40)
    recovery = await given.start(pace_per_s=1)
    await world.check_due()
    changed = await pace_recovery(world.hub, world.asking, recovery.id, 20)
    assert changed.left_s == 39 / 20
    assert await world.check_due() == 1
    assert (await given.read(recovery)).sent == 21


async def test_one_at_a_time_for_one_endpoint(given: Given) -> None:
    world, hub, asking = given.world, given.world.hub, given.world.asking
    await given.missed(3)
    first = await given.start()
    with pytest.raises(Conflict, match=f"{first.id} is running") as refused:
        await given.start()
    assert refused.value.resource == first.id
    await pause_recovery(hub, asking, first.id)
    second = await given.start()
    with pytest.raises(Conflict, match=f"{second.id} is running"):
        await resume_recovery(hub, asking, first.id)
    with pytest.raises(Violated):
        async with world.store.begin(world.scope) as tx:
            await tx.put_recovery(msgspec.structs.replace(first, id=hub.mint.id("rcv")))
    await given.until_it_rests(second)
    assert (await resume_recovery(hub, asking, first.id)).state is S.RUNNING
    assert (await given.until_it_rests(first)).sent == 0  # the second sent it all


async def test_two_that_start_at_once_see_each_other(given: Given) -> None:
    await given.missed(3)
    given.world.clock.move(1)
    both = await asyncio.gather(given.start(), given.start(), return_exceptions=True)
    assert sorted(type(x).__name__ for x in both) == ["Conflict", "Recovery"]


async def test_it_waits_while_the_endpoint_fails_and_says_since_when(given: Given) -> None:
    world = given.world
    await given.missed(20)
    (waiting,) = await given.told(1)
    since = world.clock.now()
    pace = Pace(given.endpoint.id, 1.0, breaker=Breaker.OPEN, failing_since=since)
    async with world.store.begin(world.scope) as tx:
        await tx.put_pace(pace)
    recovery = await given.start()
    await world.check_due()
    now = await given.read(recovery)
    assert (now.sent, now.state) == (0, S.RUNNING)
    assert now.note == f"waits: the endpoint is failing since {since:%Y-%m-%d %H:%MZ}"
    await given.answered(204)
    assert await given.deliveries() == once([waiting])
    after = await given.until_it_rests(recovery)
    assert (after.sent, after.note) == (20, "")


async def test_with_nothing_waiting_it_sends_one_for_the_breaker_to_try(given: Given) -> None:
    """Else both would wait for each other for ever."""
    world = given.world
    await given.missed(20)
    pace = Pace(given.endpoint.id, 1.0, breaker=Breaker.OPEN, failing_since=world.clock.now())
    async with world.store.begin(world.scope) as tx:
        await tx.put_pace(pace)
    recovery = await given.start()
    for _ in range(3):
        await world.check_due()
        world.clock.move(6)
    assert (await given.read(recovery)).sent == 1
    await given.answered(204)
    after = await given.until_it_rests(recovery)
    assert (after.state, after.sent) == (S.DONE, 20)


async def test_a_test_that_is_taken_ends_the_waiting_at_once(given: Given) -> None:
    world = given.world
    await given.told(12, D.EXHAUSTED)
    recovery = await given.start()
    for _ in range(3):
        await world.check_due()
        world.clock.move(6)
    assert (await given.read(recovery)).sent == 1
    await send_test(world.hub, world.asking, given.endpoint.id, wait_s=0)
    await world.dispatch()
    assert (await given.until_it_rests(recovery)).sent == 12


async def test_it_does_not_heap_up_a_queue(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.domain.webhooks.recovery_moves.WAITING_MAX", 12)
    await given.missed(30)
    recovery = await given.start(pace_per_s=10)
    for _ in range(20):
        await given.world.check_due()
        given.world.clock.move(1)
    now = await given.read(recovery)
    assert (now.sent, now.state) == (12, S.RUNNING)
    assert "deliveries or more to the endpoint are unfinished" in now.note
    assert WAITING_MAX == 1000
    for _ in range(3):
        await given.answered(204)
        for _ in range(8):
            await given.world.check_due()
            given.world.clock.move(1)
    assert (await given.read(recovery)).state is S.DONE


async def test_a_disabled_endpoint_pauses_it(given: Given) -> None:
    world = given.world
    await given.missed(20)
    recovery = await given.start()
    await change(world, given.endpoint, state=EndpointState.DISABLED, disabled_reason="410 Gone")
    await world.check_due()
    now = await given.read(recovery)
    assert (now.state, now.sent) == (S.PAUSED, 0)
    assert now.note == "the endpoint is disabled (410 Gone); enable it, then resume"
    with pytest.raises(Conflict, match="disabled"):
        await resume_recovery(world.hub, world.asking, recovery.id)
    with pytest.raises(Conflict, match="disabled"):
        await given.start()
    await change(world, given.endpoint, state=EndpointState.ACTIVE)
    await resume_recovery(world.hub, world.asking, recovery.id)
    assert (await given.until_it_rests(recovery)).sent == 20


async def test_an_ordered_endpoint_gets_them_in_order(given: Given) -> None:
    world = given.world
    given.endpoint = await change(world, given.endpoint, ordered=True)
    await change(world, given.endpoint, state=EndpointState.DISABLED)
    events = [(await tell(world, a_draft(f"bkg_{n % 2}")))[0] for n in range(12)]
    await change(world, given.endpoint, state=EndpointState.ACTIVE)
    await given.until_it_rests(await given.start())
    world.sender.answers[given.endpoint.url] = 500
    await world.dispatch()
    world.sender.answers[given.endpoint.url] = 204
    world.sender.posted.clear()
    world.clock.move(10)
    while await world.dispatch():
        world.clock.move(1)
    sent = [p.headers["webhook-id"] for p in world.sender.posted]
    for subject in ("bkg_0", "bkg_1"):
        its = [e.id for e in events if e.subject == subject]
        assert [id for id in sent if id in its] == its


async def test_first_attempts_go_before_it(given: Given) -> None:
    await given.missed(5)
    await given.until_it_rests(await given.start())
    world = given.world
    claimed = await world.store.claim_deliveries("lse_x", lease_s=60, limit=64, retries=0)
    assert list(claimed) == []
    (fresh,) = await given.told(1)
    claimed = await world.store.claim_deliveries("lse_x", lease_s=60, limit=64, retries=0)
    assert [c.event for c in claimed] == [fresh.id]


async def test_a_partner_recovers_its_own_endpoints_only(given: Given) -> None:
    world = given.world
    await given.missed(2)
    recovery = await given.start()
    its = an_asking(world.scope, *PARTNER_PERMISSIONS, partner=given.partner.id)
    stranger = await add_partner(world.hub, world.asking, "Stranger", Sees.ALL)
    other = an_asking(world.scope, *PARTNER_PERMISSIONS, partner=stranger.id)
    assert await read_recovery(world.hub, its, recovery.id) == recovery
    assert list(await list_recoveries(world.hub, its, Page(), RecoveryFilter())) == [recovery]
    assert (await pause_recovery(world.hub, its, recovery.id)).state is S.PAUSED
    assert (await start_recovery(world.hub, its, given.new())).created_by == its.who.id
    assert not await list_recoveries(world.hub, other, Page(), RecoveryFilter())
    for attempt in (
        read_recovery(world.hub, other, recovery.id),
        pause_recovery(world.hub, other, recovery.id),
        resume_recovery(world.hub, other, recovery.id),
        cancel_recovery(world.hub, other, recovery.id),
        pace_recovery(world.hub, other, recovery.id, 5),
        start_recovery(world.hub, other, given.new()),
        preview_recovery(world.hub, other, given.new()),
    ):
        with pytest.raises(NotFound):
            await attempt
    live = an_asking(Scope(world.scope.tenant, Environment.LIVE))
    with pytest.raises(NotFound):
        await read_recovery(world.hub, live, recovery.id)
    reader = an_asking(world.scope, Permission.DELIVERIES_READ)
    with pytest.raises(Forbidden):
        await start_recovery(world.hub, reader, given.new())


async def test_a_repeat_under_a_dead_requests_key_gives_what_it_made(given: Given) -> None:
    await given.missed(2)
    first = await given.start()
    again = await start_recovery(given.world.hub, given.world.asking, given.new(), first.id)
    assert again == first


async def test_events_that_come_after_it_began_are_not_its_business(given: Given) -> None:
    events = await given.missed(3)
    recovery = await given.start(pace_per_s=1)
    await given.world.check_due()
    later = await given.missed(2)
    assert (await given.until_it_rests(recovery)).sent == 3
    assert await given.deliveries() == once(events)
    assert await given.count() == {"booking.confirmed": len(later)}


async def test_what_was_delivered_meanwhile_is_passed_over(given: Given) -> None:
    world = given.world
    events = await given.missed(10)
    recovery = await given.start(pace_per_s=2)
    await world.check_due()
    async with world.store.begin(world.scope) as tx:
        await tx.resend(events[7], given.endpoint, world.clock.now())
    after = await given.until_it_rests(recovery)
    assert (after.sent, after.total, after.share) == (9, 10, 1.0)
    assert await given.deliveries() == once(events)


async def test_a_restart_goes_on_where_it_was(tmp_path: Path, empty_database: bytes) -> None:
    path = tmp_path / "restarted.db"
    path.write_bytes(empty_database)
    url = f"sqlite+aiosqlite:///{path}"
    async with open_world(url) as world:
        before = await furnished(world)
        events = await before.missed(30)
        recovery = await before.start(pace_per_s=10)
        await world.check_due()
        world.clock.move(1)
        # claimed by a process that dies before it does anything
        await world.store.claim_due(Bell.RECOVERIES, lease_s=120, limit=1)
    async with opened(url, world.clock, pool_size=2) as database:
        store = SqlStore(database, VAULT, world.hub.mint)
        second = World(dataclasses.replace(world.hub, store=store), store, world.clock)
        second.scope, second.asking = world.scope, world.asking
        after = Given(second, before.partner, before.endpoint)
        assert await second.check_due() == 0
        world.clock.move(121)
        found = await after.until_it_rests(recovery)
        assert (found.state, found.sent) == (S.DONE, 30)
        assert await after.deliveries() == once(events)


async def test_killed_at_every_step_of_a_tick_nothing_is_left_out_or_doubled(
    given: Given,
) -> None:
    world = given.world
    events = await given.missed(23)
    recovery = await given.start(pace_per_s=4)
    steps = 0
    while (await given.read(recovery)).state is S.RUNNING:
        steps += 1
        wire = Tripwire(steps)
        try:
            await world.check_due(wired(world.hub, wire))
        except Killed:
            world.clock.move(130)  # the lease it held runs out
        world.clock.move(1)
    assert steps >= 6
    assert await given.deliveries() == once(events)
    assert (await given.read(recovery)).sent == 23


async def test_killed_while_it_is_started_a_repeat_makes_one(given: Given) -> None:
    await given.missed(2)
    given.world.clock.move(1)
    made = 0
    for step in range(1, 40):
        wire = Tripwire(step)
        try:
            await start_recovery(wired(given.world.hub, wire), given.world.asking, given.new())
        except Killed:
            where = RecoveryFilter(endpoint=given.endpoint.id, state=S.RUNNING)
            hub, asking = given.world.hub, given.world.asking
            for found in await list_recoveries(hub, asking, Page(), where):
                made += 1
                await cancel_recovery(hub, asking, found.id)
        else:
            assert not wire.tripped
            break
    assert made >= 1  # after its commit it stands, however its caller fared


async def test_two_workers_with_one_tick_send_the_next_chunk_and_never_one_twice(
    given: Given,
) -> None:
    world = given.world
    events = await given.missed(20)
    recovery = await given.start(pace_per_s=5)
    for _ in range(2):
        await asyncio.gather(*(run_recovery(world.hub, world.scope, recovery.id) for _ in range(2)))
    assert (await given.read(recovery)).sent == 20
    await given.until_it_rests(recovery)
    assert await given.deliveries() == once(events)


async def test_a_tick_of_nothing(world: World) -> None:
    with pytest.raises(LookupError):
        await run_recovery(world.hub, world.scope, "rcv_none")
