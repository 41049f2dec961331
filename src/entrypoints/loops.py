"""The hub's own work: loops that never give up, each waiting for its bell."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from core.application.agreements.reconcile_agreement import reconcile_agreement
from core.application.bookings.fetch_vouchers import fetch_vouchers
from core.application.bookings.reconcile_booking import reconcile_booking
from core.application.channels.acknowledge_reservation import acknowledge_reservation
from core.application.channels.pull_reservations import pull_reservations
from core.application.channels.push_channel import push_channel
from core.application.channels.watch_channel import watch_channel
from core.application.filings.file_report import remind_filing
from core.application.filings.import_pilgrims import run_import
from core.application.hub import Hub
from core.application.inbound.process_message import process_message
from core.application.payments.reconcile_payment import reconcile_payment, reconcile_refund
from core.application.payments.settle_plan import remind_plan
from core.application.pnrs.check_pnr import check_pnr
from core.application.pnrs.read_queues import read_queues
from core.application.stock.open_allotment import release_due_allotment
from core.application.stock.settle_hold import expire_hold
from core.application.tasks import ended, own_cancellation_only, supervised
from core.application.webhooks.dispatch_deliveries import Dispatcher
from core.application.webhooks.leases import Pools
from core.application.webhooks.run_recovery import run_recovery
from core.domain.tenancy import Scope
from ports.jobs import Bell

log = structlog.get_logger("serai.loops")

POLL_S = 2.0  # the backstop when a ring is lost
SEAL_S = 5.0
NOTICE_S = 0.02
FORGET_S = 3600.0
BREATH_S = 0.5  # between two bounded shares of what is to be forgotten
AT_ONCE = 16
# Longer than a check may last, so that no other process takes it up meanwhile.
CHECK_LEASE_S = 120.0
LEASES_S = {Bell.CHANNELS: 30.0}  # its turn asks for as long as it needs once it knows
FAILED_CHECK_S = 30.0

Check = Callable[[Hub, Scope, str], Awaitable[object]]
Step = Callable[[], Awaitable[None]]

CHECKS: dict[Bell, Check] = {
    Bell.BOOKINGS: reconcile_booking,
    Bell.PAYMENTS: reconcile_payment,
    Bell.REFUNDS: reconcile_refund,
    Bell.PLANS: remind_plan,
    Bell.AGREEMENTS: reconcile_agreement,
    Bell.INBOX: process_message,
    Bell.RECOVERIES: run_recovery,
    Bell.HOLDS: expire_hold,
    Bell.ALLOTMENTS: release_due_allotment,
    Bell.FILINGS: remind_filing,
    Bell.IMPORTS: run_import,
    Bell.CHANNELS: push_channel,
    Bell.PULLS: pull_reservations,
    Bell.ACKNOWLEDGEMENTS: acknowledge_reservation,
    Bell.WATCHES: watch_channel,
    Bell.PNRS: check_pnr,
    Bell.QUEUES: read_queues,
    Bell.VOUCHERS: fetch_vouchers,
}


async def run_loops(hub: Hub, stop: asyncio.Event, pools: Pools) -> None:
    """Runs until *stop* is set: nothing new is taken up then, and what is being sent may end
    within pools.drain_s. Cancelled, it gives back at once what it holds."""
    async with asyncio.TaskGroup() as group:
        steps = {bell.value: _checking(hub, group, bell, check) for bell, check in CHECKS.items()}
        steps |= {"stock": partial(_notice, hub)}
        steps |= {"seals": partial(_seal, hub), "forgetting": partial(_forget, hub)}
        loops = [
            group.create_task(
                supervised(step, hub.clock, partial(log.exception, "loop.failed", loop=name))
            )
            for name, step in steps.items()
        ]
        await Dispatcher(hub, pools).run(stop)
        await ended(*loops)


def _checking(hub: Hub, group: asyncio.TaskGroup, bell: Bell, check: Check) -> Step:
    """Takes up what is due while hands are free: one slow vendor holds up nobody else's checks."""
    running: set[asyncio.Task[None]] = set()

    async def step() -> None:
        free = AT_ONCE - len(running)
        if free == 0:
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            return
        due = await hub.store.claim_due(bell, lease_s=LEASES_S.get(bell, CHECK_LEASE_S), limit=free)
        for scope, id in due:
            task = group.create_task(_check_one(hub, bell, check, scope, id))
            running.add(task)
            task.add_done_callback(running.discard)
        if not due:
            await _rest(hub, bell)

    return step


async def _check_one(hub: Hub, bell: Bell, check: Check, scope: Scope, id: str) -> None:
    try:
        with own_cancellation_only():
            await check(hub, scope, id)
    except Exception:  # the boundary: one bad row must not hold up the rest
        log.exception("check.failed", work=bell.value, id=id, tenant=scope.tenant)
        with contextlib.suppress(Exception):  # else the lease ends by itself
            await hub.store.postpone_due(bell, id, after_s=FAILED_CHECK_S)


async def _rest(hub: Hub, bell: Bell) -> None:
    due = await hub.store.next_due(bell)
    await hub.jobs.wait(bell, POLL_S if due is None else min(max(due, 0.01), POLL_S))


async def _notice(hub: Hub) -> None:
    """Changes of stock make their channels due. Many rings are one look."""
    if await hub.store.notice_changes():
        await hub.jobs.ring(Bell.CHANNELS)
    await hub.clock.sleep(NOTICE_S)
    await hub.jobs.wait(Bell.STOCK, POLL_S)


async def _seal(hub: Hub) -> None:
    await hub.store.seal()
    await hub.clock.sleep(SEAL_S)


async def _forget(hub: Hub) -> None:
    if await hub.store.forget_old(hub.clock.now()) == 0:
        await hub.clock.sleep(FORGET_S)
    await hub.clock.sleep(BREATH_S)
