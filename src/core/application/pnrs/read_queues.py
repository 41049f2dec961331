"""Read the queues of a GDS: what carriers did to PNRs that bookings made."""

from __future__ import annotations

import logging
from datetime import timedelta

from core.application.connection_parts import connection_parts
from core.application.hub import Hub, by_itself
from core.application.pnrs.settle_pnr import write_still
from core.domain.bookings.kept_pnr import KeptPnr, reading
from core.domain.connections.connection import ConnectionState, QueueWatch
from core.domain.tenancy import Scope
from ports.errors import VendorError
from ports.gds import Gds, Queued
from ports.jobs import Bell
from ports.store import Page, PnrFilter

log = logging.getLogger(__name__)
AFTER_FAULT = 5


async def read_queues(hub: Hub, scope: Scope, id: str) -> None:
    """Each PNR of ours that waits is read, what differs is told, and it is taken off the queue
    after that is committed. Others are left to whoever made them.

    A process that dies between meets the PNR again, and tells nothing twice.
    """
    async with hub.store.read(scope) as view:
        connection, account, _ = await connection_parts(hub, view, id)
    wait = timedelta(seconds=hub.queues_every_s)
    if connection.state is ConnectionState.ACTIVE:
        try:
            gds = await hub.vendors.gds(scope, connection, account)
            await _walk(hub, scope, id, gds)
        except VendorError as e:
            log.warning("queues.unread", extra={"connection": id, "why": str(e)})
            wait *= AFTER_FAULT
    next_ = hub.clock.now() + wait
    async with hub.store.begin(scope) as tx:
        await tx.put_queue_watch(QueueWatch(id, next_))
    await hub.jobs.ring_at(Bell.QUEUES, next_)


async def _walk(hub: Hub, scope: Scope, connection: str, gds: Gds) -> None:
    waiting: dict[str, list[Queued]] = {}
    for queued in await gds.queued():
        waiting.setdefault(queued.locator, []).append(queued)
    for locator, places in waiting.items():
        kept = await _ours(hub, scope, connection, locator)
        if kept is None:
            continue
        try:
            await _take(hub, scope, gds, kept, places)
        except VendorError as e:  # the next reading meets it again
            log.warning("queues.pnr-failed", extra={"pnr": kept.id, "why": str(e)})


async def _ours(hub: Hub, scope: Scope, connection: str, locator: str) -> KeptPnr | None:
    where = PnrFilter(connection=connection, locator=locator)
    async with hub.store.read(scope) as view:
        return next(iter(await view.pnrs(Page(limit=1), where)), None)


async def _take(hub: Hub, scope: Scope, gds: Gds, kept: KeptPnr, places: list[Queued]) -> None:
    told = await gds.retrieve(kept.locator)
    written = await write_still(
        hub,
        by_itself(scope),
        kept,
        "pnr.queued",
        lambda p: (reading(p, told, hub.clock.now()), False),
    )
    if written is None:  # somebody wrote meanwhile what may be older: it is met again
        return
    for place in places:
        await gds.dequeue(place)
