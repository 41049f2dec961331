"""What goes on for ever goes on, whatever falls out of what it waits for."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import msgspec
import pytest

from adapters.jobs.memory import MemoryJobs
from adapters.system import SystemClock
from core.application.hub import Hub
from core.application.inbound.process_message import process_message
from core.application.inbound.receive_message import receive_message
from core.application.tasks import ended, supervised
from core.application.webhooks.leases import Pools
from core.domain.inbound.inbox import InboxMessage
from core.domain.tenancy import Scope
from core.domain.webhooks.delivery import DeliveryState
from entrypoints import loops
from ports.jobs import Bell
from tests.application.test_dispatch import an_endpoint
from tests.application.test_dispatcher import running, states, until
from tests.application.test_pace import a_draft, tell
from tests.fakes.clock import HandClock, settle
from tests.fakes.hub import World
from tests.fakes.vendors import Posting
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hub(world: World) -> AsyncIterator[Hub]:
    """Real time for the loops; the store's own stands still unless it is moved."""
    clock = SystemClock()
    jobs = MemoryJobs(clock)
    yield dataclasses.replace(world.hub, clock=clock, jobs=jobs)
    await jobs.aclose()


class Step:
    """Gives what is in *raises*, one after the other; then it does its work."""

    def __init__(self, *raises: BaseException) -> None:
        self.raises, self.done = list(raises), 0

    async def __call__(self) -> None:
        if self.raises:
            raise self.raises.pop(0)
        self.done += 1
        await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize("fault", [RuntimeError("broken"), asyncio.CancelledError()])
async def test_a_fault_is_told_and_the_step_repeated(fault: BaseException) -> None:
    """A cancellation that nobody asked of this task is a fault of what it waited for."""
    clock, told, step = HandClock(), [], Step(fault)
    task = asyncio.create_task(supervised(step, clock, lambda: told.append(fault)))
    await settle()
    assert not task.done(), "it went on"
    assert told == [fault]
    await clock.advance(1)
    assert step.done == 1
    async with asyncio.timeout(PATIENCE_S):
        await ended(task)
    assert task.cancelled(), "its own cancellation ends it"


async def test_a_check_that_something_cancelled_is_repeated_soon(
    world: World, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = 0

    async def once_cancelled(hub: Hub, scope: Scope, id: str) -> InboxMessage:
        nonlocal told
        told += 1
        if told == 1:
            raise asyncio.CancelledError
        return await process_message(hub, scope, id)

    monkeypatch.setattr(loops, "CHECKS", {Bell.INBOX: once_cancelled})
    raw = msgspec.json.encode(Posting("in_1"))
    await receive_message(world.hub, world.pay.id, {"signature": "good"}, raw)
    stop = asyncio.Event()
    running = asyncio.create_task(loops.run_loops(hub, stop, Pools(in_flight=2)))

    async def postponed() -> bool:
        due = await world.store.next_due(Bell.INBOX)
        return told == 1 and due is not None and due <= loops.FAILED_CHECK_S

    async def done() -> bool:
        await hub.jobs.ring(Bell.INBOX)
        return told == 2 and await world.store.next_due(Bell.INBOX) is None

    try:
        await until(postponed)
        world.clock.move(loops.FAILED_CHECK_S + 1)
        await until(done)
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await running


async def test_a_sending_that_something_cancelled_is_tried_again(world: World, hub: Hub) -> None:
    endpoint = await an_endpoint(world, "e0")
    await tell(world, a_draft("bkg_0"))
    world.sender.answers[endpoint.url] = asyncio.CancelledError()
    async with running(hub, Pools(in_flight=1)):

        async def failed() -> bool:
            return bool(world.sender.posted) and await states(world, endpoint) == {
                DeliveryState.DUE
            }

        await until(failed)
        del world.sender.answers[endpoint.url]
        world.clock.move(60)
        await hub.jobs.ring(Bell.DELIVERIES)

        async def delivered() -> bool:
            return await states(world, endpoint) == {DeliveryState.SUCCEEDED}

        await until(delivered)
