"""Reminders as time goes by, and an import that is killed between its steps."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import date, timedelta

import pytest

from core.application.filings.file_report import list_filings
from core.application.filings.import_pilgrims import read_import, run_import, start_import
from core.application.filings.plan_departure import NewDeparture, cancel_departure, plan_departure
from core.domain.filings.departure import Departure, Plan
from core.domain.filings.filing import REMIND_BEFORE, FilingKind
from core.domain.filings.pilgrim_import import STEP, ImportState
from core.domain.tenancy import Scope
from ports.filings import FilingFilter
from ports.mint import Mint
from ports.store import Page
from tests.fakes.hub import World

pytestmark = pytest.mark.anyio


async def a_departure(world: World) -> Departure:
    connection = await world.connect("regulator")
    today = world.clock.now().date()
    plan = Plan("Umrah", today + timedelta(days=40), today + timedelta(days=49), "UTC")
    departure, _ = await plan_departure(
        world.hub, world.asking, NewDeparture(world.entity.id, connection.id, plan)
    )
    return departure


async def test_each_report_is_reminded_of_and_told_once_when_late(world: World) -> None:
    departure = await a_departure(world)
    await world.until_quiet()
    filings = await list_filings(
        world.hub, world.asking, Page(), FilingFilter(departure=departure.id)
    )
    assert {f.kind for f in filings} == set(FilingKind)
    for filing in filings:
        told = await world.events(filing.id)
        left = [e.payload["days_left"] for e in told if e.type == "filing.due"]
        assert left == list(REMIND_BEFORE)
        assert [e.type for e in told][-1] == "filing.overdue"
        assert sum(e.type == "filing.overdue" for e in told) == 1


def a_table(rows: int) -> bytes:
    lines = [f"A-{n},2026-11-01,PILGRIM {n}" for n in range(rows)]
    return "\n".join(["reference,registered_on,full_name", *lines]).encode()


async def references(world: World, departure: str) -> list[str]:
    async with world.store.read(world.scope) as view:
        return [p.reference for p in await view.group(departure)]


async def test_an_import_goes_on_where_it_was_and_doubles_nobody(world: World) -> None:
    departure = await a_departure(world)
    rows = 2 * STEP + 7
    running = await start_import(world.hub, world.asking, departure.id, a_table(rows))
    assert running.left == rows
    await run_import(world.hub, world.scope, running.id)
    assert len(await references(world, departure.id)) == STEP
    # two workers at once, as when a lease ran out while the first still worked
    await asyncio.gather(
        *(run_import(world.hub, world.scope, running.id) for _ in range(2)),
    )
    done = await read_import(world.hub, world.asking, running.id)
    assert (done.state, done.added, done.left) == (ImportState.DONE, rows, 0)
    assert done.entries == ()
    assert sorted(await references(world, departure.id)) == sorted(f"A-{n}" for n in range(rows))
    assert await run_import(world.hub, world.scope, running.id) == done


async def test_an_import_stops_where_it_was_when_its_departure_is_cancelled(world: World) -> None:
    departure = await a_departure(world)
    table = a_table(STEP + 7)
    running = await start_import(world.hub, world.asking, departure.id, table)
    await run_import(world.hub, world.scope, running.id)
    await cancel_departure(world.hub, world.asking, departure.id)
    stopped = await run_import(world.hub, world.scope, running.id)
    assert (stopped.state, stopped.added, stopped.left) == (ImportState.STOPPED, STEP, 7)
    assert (stopped.entries, stopped.check_at) == ((), None)
    assert stopped.finished_at == world.clock.now()
    assert await run_import(world.hub, world.scope, running.id) == stopped
    assert len(await references(world, departure.id)) == STEP
    async with world.store.read(world.scope) as view:
        trail = await view.audit_entries(Page(), subject=running.id)
    assert [entry.action for entry in trail] == ["import.stopped", "import.started"]


class Died(Exception):
    """The process is gone."""


class Dying:
    """Gives some ids, and then the process is gone: in the middle of a step."""

    def __init__(self, mint: Mint) -> None:
        self._mint, self._left = mint, 20

    def id(self, prefix: str) -> str:
        self._left -= 1
        if self._left == 0:
            raise Died
        return self._mint.id(prefix)

    def entropy(self, count: int) -> bytes:
        return self._mint.entropy(count)

    def chance(self) -> float:
        return self._mint.chance()


async def test_a_step_that_dies_leaves_nothing_half_done(world: World) -> None:
    departure = await a_departure(world)
    running = await start_import(world.hub, world.asking, departure.id, a_table(STEP + 1))
    dying = dataclasses.replace(world.hub, mint=Dying(world.hub.mint))
    with pytest.raises(Died):
        await run_import(dying, world.scope, running.id)
    assert await references(world, departure.id) == []
    await world.until_quiet()
    assert len(await references(world, departure.id)) == STEP + 1


async def test_nobody_elses_import_is_run(world: World) -> None:
    with pytest.raises(LookupError):
        await run_import(world.hub, Scope("tnt_x", world.scope.environment), "imp_x")


async def test_who_registered_early_brings_the_day_forward(world: World) -> None:
    departure = await a_departure(world)
    long_ago = world.clock.now().date() - timedelta(days=160)
    table = f"reference,registered_on\nA-1,{long_ago}\n".encode()
    running = await start_import(world.hub, world.asking, departure.id, table)
    await run_import(world.hub, world.scope, running.id)
    filings = await list_filings(
        world.hub, world.asking, Page(), FilingFilter(departure=departure.id)
    )
    due = {f.kind: f.due_on for f in filings}
    assert due[FilingKind.REGISTRATION] < departure.plan.departs_on
    assert due[FilingKind.DEPARTURE] == departure.plan.departs_on
    assert isinstance(due[FilingKind.RETURN], date)
