"""Whatever was lost, doubled, reordered, refused or killed: when it stops, every channel agrees.

The messages sent are counted beside what an offline oracle would have sent, who knows the future:
it waits the same quiet times and sends nothing that is not needed.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import date

import msgspec
import pytest
import sqlalchemy as sa

from adapters.sql import migrate
from core.application.stock.hold_rooms import NewHold, hold_rooms
from core.application.stock.settle_hold import release_hold
from core.domain.problem import Problem
from core.domain.stay import Stay
from core.domain.stock.moves import Rooms
from entrypoints.loops import CHECKS
from ports.channels import ReservationFilter
from ports.jobs import Bell
from ports.store import Page
from tests.application.given_channels import QUIET_S, House
from tests.application.tripwire import Killed, Tripwire, wired
from tests.fakes.clock import HandClock
from tests.fakes.hub import World, world_on
from tests.fakes.selling_channel import SellingChannel
from tests.fakes.timed_database import timed
from tests.servers import Postgres

pytestmark = pytest.mark.anyio
NIGHTS, STEPS, STEPS_ON_POSTGRESQL = 14, 30, 20
CHANNELS = {"acme": False, "beta": False, "gamma": True}
Stock = Mapping[tuple[str, date], int]


class Moment(msgspec.Struct, frozen=True):
    """Our stock from *at* on. seller: whose booking changed it, "" nobody's."""

    at: float
    stock: Stock
    seller: str = ""


class Oracle:
    """What one channel would have been sent by whoever knows when nothing more comes."""

    def __init__(self, name: str, first: Stock, outages: list[tuple[float, float]]) -> None:
        self._name, self._outages = name, outages
        self._has, self._now = dict(first), dict(first)
        self._due: float | None = None
        self.messages = 0

    def see(self, moment: Moment) -> None:
        self._send_by(moment.at)
        own = moment.seller == self._name
        for cell, free in moment.stock.items():
            if own and CHANNELS[self._name]:  # it has counted that itself
                self._has[cell] += free - self._now[cell]
        self._now = dict(moment.stock)
        hurry = bool(moment.seller) and not own
        due = moment.at if hurry else moment.at + QUIET_S
        self._due = due if self._due is None else min(self._due, due)

    def end(self) -> int:
        self._send_by(float("inf"))
        return self.messages

    def _send_by(self, at: float) -> None:
        if self._due is None:
            return
        due = self._due
        for begun, ended in self._outages:
            due = ended if begun <= due < ended else due
        if due < at:  # what changes in the same instant goes along
            self.messages += self._has != self._now
            self._has, self._due = dict(self._now), None


class Storm:
    """Random changes, bookings and faults, in a time that is played by hand."""

    def __init__(self, world: World, house: House, *, faults: bool) -> None:
        self.world, self.house, self.rng, self.faults = world, house, random.Random(1), faults
        self.trace: list[Moment] = []
        self.outages: dict[str, list[tuple[float, float]]] = {name: [] for name in CHANNELS}
        self.resent: Counter[str] = Counter()
        self.kills = 0
        self.kill = 0.0
        self.holds: list[str] = []

    @property
    def now(self) -> float:
        return self.world.clock.monotonic()

    async def step(self) -> None:
        acts: tuple[Callable[[], Awaitable[None]], ...] = (
            *(self.set, self.set, self.set, self.book, self.book, self.hold, self.let_go),
            *(self.change, self.cancel),
        )
        if self.faults:
            acts += (self.break_, self.break_, self.shuffle)
        await self.rng.choice(acts)()
        await self.mark("")
        await self.pass_(self.rng.choice((0.1, 0.3, 2.0, 10.0)))

    async def set(self) -> None:
        room, n = self.rng.choice(("DLX", "FAM")), self.rng.randrange(NIGHTS - 3)
        with contextlib.suppress(Problem):  # fewer than are sold
            await self.house.open(room, n, self.rng.randint(1, 3), capacity=self.rng.randint(2, 6))

    async def book(self) -> None:
        channel = self.house.channels[self.rng.choice(tuple(CHANNELS))]
        night = self.house.night(self.rng.randrange(NIGHTS - 2))
        channel.book(self.rng.choice(("DLX", "FAM")), night, self.rng.randint(1, 2))

    async def change(self) -> None:
        channel, reference = self._booked()
        if reference:
            night = self.house.night(self.rng.randrange(NIGHTS - 2))
            channel.change(reference, night, self.rng.randint(1, 2))

    async def cancel(self) -> None:
        channel, reference = self._booked()
        if reference:
            channel.cancel(reference)

    def _booked(self) -> tuple[SellingChannel, str]:
        channel = self.house.channels[self.rng.choice(tuple(CHANNELS))]
        live = [ref for ref, said in channel.revisions.items() if said.rooms]
        return channel, self.rng.choice(live) if live else ""

    async def hold(self) -> None:
        first = self.house.night(self.rng.randrange(NIGHTS - 2))
        stay = Stay(first, date.fromordinal(first.toordinal() + 2))
        new = NewHold(self.house.house.id, (Rooms(self.house.rooms["DLX"].id, stay),))
        with contextlib.suppress(Problem):  # sold out
            self.holds.append((await hold_rooms(self.world.hub, self.world.asking, new)).id)

    async def let_go(self) -> None:
        if self.holds:
            held = self.holds.pop(self.rng.randrange(len(self.holds)))
            with contextlib.suppress(Problem):  # its time was over
                await release_hold(self.world.hub, self.world.asking, held)

    async def break_(self) -> None:
        name = self.rng.choice(tuple(CHANNELS))
        channel = self.house.channels[name]
        how = self.rng.choice(("lost", "lost", "away", "acknowledge", "pull"))
        if how == "lost":
            channel.break_("push", "lost", times=1)
            self.resent[name] += 1
        elif how == "away":
            begun = self.now
            channel.break_("push", "server_error", times=None)
            await self.pass_(self.rng.choice((3.0, 20.0)))
            channel.heal()
            # from where its next turn is due, which waits longer after each failure
            self.outages[name].append((begun, self.now))
        else:
            channel.break_(how, self.rng.choice(("lost", "server_error")), times=2)

    async def shuffle(self) -> None:
        """What waits is told in another order, and some of it twice."""
        channel = self.house.channels[self.rng.choice(tuple(CHANNELS))]
        self.rng.shuffle(channel.waiting)
        if channel.revisions:
            channel.tell_again(self.rng.choice(tuple(channel.revisions)))

    async def pass_(self, seconds: float) -> None:
        world, until = self.world, self.now + seconds
        while True:
            await world.store.notice_changes()
            if await self.work():
                continue
            left = until - self.now
            if left <= 0:
                return
            waits = [await world.store.next_due(bell) for bell in CHECKS]
            world.clock.move(max(min([left, *(w for w in waits if w is not None)]), 0.001))

    async def work(self) -> int:
        """Whatever is due, once; now and then the process is killed in the middle of it."""
        world, count = self.world, 0
        for bell, check in CHECKS.items():
            if await world.store.next_due(bell) != 0:
                continue
            for scope, id in await world.store.claim_due(bell, lease_s=30, limit=50):
                before = self._pushes()
                doomed = self.rng.random() < self.kill
                hub = wired(world.hub, Tripwire(self.rng.randint(1, 12))) if doomed else world.hub
                try:
                    await check(hub, scope, id)
                except Killed:
                    self.kills += 1
                    if bell is Bell.CHANNELS:
                        self.resent += self._pushes() - before
                if bell is Bell.INBOX:
                    await self.mark(await self._seller(id))
                count += 1
        return count

    def _pushes(self) -> Counter[str]:
        return Counter({name: len(c.pushes) for name, c in self.house.channels.items()})

    async def _seller(self, message: str) -> str:
        async with self.world.store.read(self.world.scope) as view:
            found = await view.inbox_message(message)
        assert found is not None
        owner = {channel.connection: name for name, channel in self.house.ours.items()}
        return owner[found.connection]

    async def mark(self, seller: str) -> None:
        stock = await self.house.stock()
        if not self.trace or self.trace[-1].stock != stock:
            self.trace.append(Moment(self.now, stock, seller))


@pytest.mark.parametrize("faults", [True, False], ids=["faults", "calm"])
async def test_when_the_faults_stop_every_channel_agrees(
    world: World, faults: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    storm, ratio = await _until_all_agree(world, steps=STEPS, kill=0.03 if faults else 0.0)
    with capsys.disabled():
        print(f"\n{ratio[1]}")
    assert ratio[0] <= 1.3
    assert bool(storm.kills) is faults


async def test_on_postgresql_they_agree_too(
    postgres: Postgres, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fewer steps, and more deaths among them."""
    await asyncio.to_thread(asyncio.run, migrate(postgres_url))
    clock = HandClock()
    async with timed(postgres, postgres_url, clock) as database:
        world = await world_on(database, clock)
        storm, (_, told) = await _until_all_agree(world, steps=STEPS_ON_POSTGRESQL, kill=0.4)
        async with database.read() as conn:
            assert await conn.scalar(sa.select(sa.func.now())) == clock.now()
    with capsys.disabled():
        print(f"\n{told}")
    assert storm.kills


async def _until_all_agree(
    world: World, *, steps: int, kill: float
) -> tuple[Storm, tuple[float, str]]:
    """A storm, and what is so after it. kill: how probable it is at each check; 0: no faults."""
    house = House(world)
    await house.build(nights=NIGHTS)
    for name, counts in CHANNELS.items():
        await house.sell_at(name, counts=counts)
    await house.settle()
    storm = Storm(world, house, faults=kill > 0)
    first = await house.stock()
    began = storm._pushes()
    storm.kill = kill
    for _ in range(steps):
        await storm.step()
    storm.kill = 0.0
    for channel in house.channels.values():
        channel.heal()
    await storm.pass_(600)

    stock = await house.stock()
    for name, channel in house.channels.items():
        assert channel.free == stock, name
        assert channel.waiting == []
        assert set(channel.acknowledged) == set(channel._told)
        assert Counter(channel.acks) == Counter(channel.tellings)
    async with world.store.read(world.scope) as view:
        kept = await view.reservations(Page(limit=200), ReservationFilter())
    said = {ref for c in house.channels.values() for ref in c.revisions}
    assert len(kept) == sum(len(c.revisions) for c in house.channels.values()) >= len(said)
    return storm, _compared(storm, first, began)


def _compared(storm: Storm, first: Stock, began: Counter[str]) -> tuple[float, str]:
    sent = storm._pushes() - began - storm.resent
    oracles = {name: Oracle(name, first, storm.outages[name]) for name in CHANNELS}
    for moment in storm.trace:
        for oracle in oracles.values():
            oracle.see(moment)
    needed = {name: oracle.end() for name, oracle in oracles.items()}
    total, least = sum(sent.values()), sum(needed.values())
    return total / least, (
        f"messages sent {total} (resends after loss left out: {sum(storm.resent.values())}), "
        f"oracle {least}, ratio {total / least:.2f}, kills {storm.kills}"
    )
