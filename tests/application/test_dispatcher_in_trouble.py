"""What must not stop a dispatcher, nor make it deaf, nor send it to the wrong conclusions."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from core.application.hub import Hub
from core.application.webhooks import dispatch_deliveries
from core.application.webhooks.add_endpoint import EndpointChange, change_endpoint
from core.application.webhooks.attempt_delivery import Tried, attempt_delivery
from core.application.webhooks.leases import Pools
from core.application.webhooks.settle_deliveries import settle_deliveries
from core.domain.webhooks.delivery import DeliveryState
from core.domain.webhooks.pace import Breaker
from core.domain.webhooks.partner import Endpoint, EndpointState
from ports.jobs import Bell
from ports.store import Away, ClaimedDelivery, Settlement
from tests.application.test_dispatch import an_endpoint
from tests.application.test_dispatcher import Heartbeats, hub, running, states, until
from tests.application.test_pace import a_draft, of, pace_of, tell
from tests.fakes.hub import World
from tests.patience import PATIENCE_S

__all__ = ["hub"]
pytestmark = pytest.mark.anyio
D = DeliveryState


async def claimed(world: World, limit: int = 64) -> Sequence[ClaimedDelivery]:
    lease = world.hub.mint.id("lse")
    return await world.store.claim_deliveries(lease, lease_s=60, limit=limit, retries=limit)


async def tried(world: World, claims: Sequence[ClaimedDelivery]) -> list[Tried]:
    return [await attempt_delivery(world.hub, c, world.clock.monotonic()) for c in claims]


async def at_rest(world: World, endpoint: Endpoint) -> None:
    await tell(world, *(a_draft(f"bkg_before_{n}") for n in range(130)))
    while await world.dispatch():
        pass
    assert (await pace_of(world, endpoint)).at_rest(endpoint.in_flight_max)


async def test_failures_among_many_successes_are_not_failures_in_a_row(world: World) -> None:
    endpoint = await an_endpoint(world)
    await at_rest(world, endpoint)
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(64)))
    done = []
    for n, claim in enumerate(await claimed(world)):
        world.sender.answers[endpoint.url] = 500 if n % 6 == 0 else 204
        done += await tried(world, [claim])
    assert len(done) == 64
    await settle_deliveries(world.hub, done)
    pace = await pace_of(world, endpoint)
    assert (pace.breaker, pace.failures) == (Breaker.CLOSED, 0)


async def test_nor_are_they_where_each_is_settled_by_itself(world: World) -> None:
    endpoint = await an_endpoint(world)
    await at_rest(world, endpoint)
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(64)))
    unwell: set[str] = set()
    for n, claim in enumerate(await claimed(world)):
        world.sender.answers[endpoint.url] = 500 if n % 4 == 0 else 204
        await settle_deliveries(world.hub, await tried(world, [claim]), unwell)
    assert (await pace_of(world, endpoint)).breaker is Breaker.CLOSED


async def test_what_is_in_flight_when_less_is_wanted_raises_the_cap_no_further(
    world: World,
) -> None:
    endpoint = await an_endpoint(world)
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(8)))
    claims = await claimed(world)
    change = EndpointChange(in_flight_max=1)
    await change_endpoint(world.hub, world.asking, endpoint.id, change)
    await settle_deliveries(world.hub, await tried(world, claims))
    await tell(world, *(a_draft(f"bkg_later_{n}") for n in range(30)))
    await world.dispatch()
    assert await world.dispatch() == 1


async def test_410_of_the_place_it_left_neither_disables_it_nor_costs_the_delivery(
    world: World,
) -> None:
    endpoint = await an_endpoint(world)
    world.sender.answers[endpoint.url] = 410
    await tell(world, a_draft("bkg_1"))
    claims = await claimed(world)
    change = EndpointChange(url="https://new.test/hook")
    await change_endpoint(world.hub, world.asking, endpoint.id, change)
    await settle_deliveries(world.hub, await tried(world, claims))
    async with world.store.read(world.scope) as view:
        now = await view.endpoint(endpoint.id)
    assert now is not None
    assert now.state is EndpointState.ACTIVE
    assert (await pace_of(world, endpoint)).failures == 0
    await world.dispatch()
    assert [p.url for p in world.sender.posted] == [endpoint.url, "https://new.test/hook"]
    assert await states(world, endpoint) == {D.SUCCEEDED}


async def test_failures_of_the_place_it_left_say_nothing_of_the_new_one(world: World) -> None:
    endpoint = await an_endpoint(world)
    world.sender.answers[endpoint.url] = 500
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(8)))
    claims = await claimed(world)
    change = EndpointChange(url="https://new.test/hook")
    await change_endpoint(world.hub, world.asking, endpoint.id, change)
    await settle_deliveries(world.hub, await tried(world, claims))
    pace = await pace_of(world, endpoint)
    assert (pace.breaker, pace.failures, pace.failing_since) == (Breaker.CLOSED, 0, None)
    assert {d.attempts for d in await of(world, endpoint)} == {1}


async def test_what_keeps_us_from_sending_is_tried_less_and_less_often(world: World) -> None:
    endpoint = await an_endpoint(world)
    world.sender.answers[endpoint.url] = RuntimeError("ours")
    await tell(world, a_draft("bkg_1"))
    for _ in range(6 * 60 * 2):
        await world.dispatch()
        world.clock.move(30)
    (delivery,) = await of(world, endpoint)
    assert delivery.state is D.DUE
    assert 20 < delivery.attempts < 40, "six hours of it"


async def test_a_test_that_failed_by_our_own_fault_is_not_tried_again(world: World) -> None:
    endpoint = await an_endpoint(world)
    world.sender.answers[endpoint.url] = RuntimeError("ours")
    async with world.store.begin(world.scope) as tx:
        await tx.record(a_draft("bkg_1"), world.clock.now(), only=endpoint)
    for _ in range(3):
        await world.dispatch()
        world.clock.move(2000)
    assert len(world.sender.posted) == 1
    assert await states(world, endpoint) == {D.EXHAUSTED}
    assert "delivery.exhausted" not in [e.type for e in await world.events()]


class Slow:
    """The store, whose first claim that takes anything takes its time."""

    def __init__(self, world: World, wait: Callable[[], Awaitable[object]]) -> None:
        self._store, self._waits = world.store, [wait]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def claim_deliveries(self, *args: Any, **named: Any) -> Sequence[ClaimedDelivery]:
        found = await self._store.claim_deliveries(*args, **named)
        if found and self._waits:
            await self._waits.pop()()
        return found


async def test_leases_that_ended_before_they_were_heard_of_leave_no_dispatcher_deaf(
    world: World, hub: Hub
) -> None:
    endpoint = await an_endpoint(world)
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(8)))
    store: Any = Slow(world, lambda: asyncio.sleep(0.6))
    pools = Pools(in_flight=4, ahead=4, batch=8, lease_s=0.4, drain_s=1)

    async def all_done() -> bool:
        world.clock.move(0.01)
        return await states(world, endpoint) == {D.SUCCEEDED}

    async with running(dataclasses.replace(hub, store=store), pools):
        await until(all_done)
    assert len(world.sender.posted) == 8


async def test_a_claim_under_way_when_it_is_told_to_stop_is_given_back(
    world: World, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch_deliveries, "CLAIM_ENDS_S", PATIENCE_S)
    go_on = asyncio.Event()
    endpoint = await an_endpoint(world)
    await tell(world, a_draft("bkg_1"))
    store: Any = Slow(world, go_on.wait)
    async with running(dataclasses.replace(hub, store=store)) as stop:
        await until(lambda: _leased(world, endpoint))
        stop.set()
        await asyncio.sleep(0.05)
        go_on.set()
    assert [(d.state, d.attempts) for d in await of(world, endpoint)] == [(D.DUE, 0)]


async def _leased(world: World, endpoint: Endpoint) -> bool:
    return await states(world, endpoint) == {D.LEASED}


class Refusing:
    """The store, that cannot write what became of one endpoint's deliveries, as they are."""

    def __init__(self, world: World, endpoint: Endpoint, *, bare: bool) -> None:
        self._store, self._endpoint, self._bare = world.store, endpoint, bare

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def settle_deliveries(self, settlements: Sequence[Settlement]) -> set[str]:
        its = [s.sent for s in settlements if s.claimed.to.id == self._endpoint.id]
        if any(sent and (sent.error != "not recorded" or not self._bare) for sent in its):
            raise ValueError("this cannot be written")
        return await self._store.settle_deliveries(settlements)


@pytest.mark.parametrize("bare", [True, False])
async def test_what_cannot_be_written_holds_up_nothing_else(
    world: World, hub: Hub, bare: bool
) -> None:
    bad, good = await an_endpoint(world, "bad"), await an_endpoint(world, "good")
    await at_rest(world, bad)
    store: Any = Refusing(world, bad, bare=bare)
    await tell(world, *(a_draft(f"bkg_{n}") for n in range(20)))
    async with running(dataclasses.replace(hub, store=store)):

        async def good_is_done() -> bool:
            return await states(world, good) == {D.SUCCEEDED} and world.meter.held == 0

        await until(good_is_done)
    assert await states(world, bad) == {D.SUCCEEDED} | (set() if bare else {D.LEASED})


class Gone:
    """The store, once its database is away."""

    def __init__(self, world: World) -> None:
        self._store, self.away = world.store, False

    def __getattr__(self, name: str) -> Any:
        if self.away:
            raise Away("the database went away")
        return getattr(self._store, name)


async def test_told_to_stop_while_the_database_is_away_it_stops(world: World, hub: Hub) -> None:
    endpoint = await an_endpoint(world)
    await tell(world, a_draft("bkg_1"))
    world.sender.hang.add(endpoint.url)
    store: Any = Gone(world)
    pools = Pools(in_flight=2, ahead=2, batch=4, lease_s=5, drain_s=0.1)
    async with running(dataclasses.replace(hub, store=store), pools):
        await until(lambda: _posted(world, 1))
        store.away = True
    assert await states(world, endpoint) == {D.LEASED}, "until its lease ends by itself"


async def _posted(world: World, count: int) -> bool:
    return len(world.sender.posted) == count


async def test_a_lease_that_was_lost_is_not_kept_by_the_one_that_followed_it(
    world: World, hub: Hub
) -> None:
    """Lost and claimed again by the same process: it is sent once, under the new lease."""
    endpoint = await an_endpoint(world)
    release = world.sender.hold(endpoint.url)
    await tell(world, a_draft("bkg_1"), a_draft("bkg_2"))
    pools = Pools(in_flight=1, ahead=7, batch=8, lease_s=0.6, drain_s=PATIENCE_S)
    store: Any = Heartbeats(world)
    async with running(dataclasses.replace(hub, store=store), pools):
        await until(lambda: _posted(world, 1))
        await asyncio.sleep(0.05)
        world.clock.move(1)  # the store takes both for lost, and hands them out again
        await hub.jobs.ring(Bell.DELIVERIES)
        await asyncio.sleep(0.9)
        await store.one_more()
        release.set()
        await until(lambda: _posted(world, 3))
        await asyncio.sleep(0.3)
    sent = [p.headers["webhook-id"] for p in world.sender.posted]
    assert sorted(Counter(sent).values()) == [1, 2], "what was in flight, and nothing else"
