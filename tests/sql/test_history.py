"""Deliveries and attempts are found by what a person knows of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from adapters.sql import SqlStore
from core.domain.event import Event
from core.domain.webhooks.delivery import SUCCEEDED, DeliveryState, Fault, Outcome, Sent
from ports.store import AttemptFilter, DeliveryFilter, Page
from tests.sql.claiming import claim, settled
from tests.sql.given import World, an_id
from tests.sql.hand import HandClock

pytestmark = pytest.mark.anyio
DOWN = Sent(500, Fault.PARTNER_DOWN, 9, headers="server: x")
LATER = Outcome(DeliveryState.DUE, wait_s=600.0)


class Told:
    """Two events to two endpoints of two partners: one delivered, one tried in vain."""

    def __init__(self, store: SqlStore, world: World) -> None:
        self.store, self.world = store, world
        self.partner = msgspec.structs.replace(world.partner, id=an_id("ptn"))
        self.endpoint = world.an_endpoint(self.partner)
        self.subject = an_id("bkg")

    async def tell(self) -> tuple[Event, Event]:
        ours = self.world.a_draft()
        theirs = msgspec.structs.replace(
            self.world.a_draft(self.subject, "payment.opened"), partner=self.partner.id
        )
        made = []
        for draft in (ours, theirs):
            async with self.store.begin(self.world.scope) as tx:
                await tx.put_partner(self.partner)
                await tx.put_endpoint(self.endpoint)
                made.append(await tx.record(draft, datetime.now(UTC)))
        for c in await claim(self.store):
            good = c.event == made[0].id
            done = settled(c, SUCCEEDED) if good else settled(c, LATER, DOWN)
            await self.store.settle_deliveries([done])
        return made[0], made[1]

    async def deliveries(self, **asked: Any) -> list[str]:
        async with self.store.read(self.world.scope) as view:
            return [d.event for d in await view.deliveries(Page(), DeliveryFilter(**asked))]

    async def attempts(self, **asked: Any) -> list[Sent]:
        async with self.store.read(self.world.scope) as view:
            return [a.sent for a in await view.attempts_by(Page(), AttemptFilter(**asked))]


@pytest.fixture
def told(store: SqlStore, world: World) -> Told:
    return Told(store, world)


async def test_deliveries_by_all_that_is_known(told: Told) -> None:
    ours, theirs = await told.tell()
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    for asked in (
        {"partner": told.partner.id},
        {"endpoint": told.endpoint.id},
        {"event": theirs.id},
        {"types": ("payment.opened", "refund.opened")},
        {"subject": told.subject},
        {"state": DeliveryState.DUE},
        {"state": DeliveryState.DUE, "subject": told.subject, "since": now - hour},
    ):
        assert await told.deliveries(**asked) == [theirs.id], asked
    assert await told.deliveries(state=DeliveryState.SUCCEEDED) == [ours.id]
    assert await told.deliveries(state=DeliveryState.HELD) == []
    assert await told.deliveries(since=now - hour, until=now + hour) == [theirs.id, ours.id]
    assert await told.deliveries(since=now + hour) == []
    assert await told.deliveries(until=now - hour) == []


async def test_attempts_by_all_that_is_known(told: Told, clock: HandClock) -> None:
    _, _ = await told.tell()
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    for asked in (
        {"partner": told.partner.id},
        {"endpoint": told.endpoint.id},
        {"types": ("payment.opened", "refund.opened")},
        {"subject": told.subject},
        {"status": 500},
        {"fault": Fault.PARTNER_DOWN},
        {"fault": Fault.PARTNER_DOWN, "partner": told.partner.id, "subject": told.subject},
    ):
        assert await told.attempts(**asked) == [DOWN], asked
    assert [s.status for s in await told.attempts()] == [500, 204], "newest first"
    assert len(await told.attempts(since=now - hour, until=now + hour)) == 2
    assert await told.attempts(since=now + hour) == []
    assert await told.attempts(status=404) == []


async def test_pages_of_attempts_walk_from_the_newest(told: Told) -> None:
    await told.tell()
    async with told.store.read(told.world.scope) as view:
        (newest,) = await view.attempts_by(Page(limit=1), AttemptFilter())
        (oldest,) = await view.attempts_by(Page(newest.id, 1), AttemptFilter())
        assert await view.attempts_by(Page(oldest.id, 1), AttemptFilter()) == []
    assert (newest.sent.status, oldest.sent.status) == (500, 204)
