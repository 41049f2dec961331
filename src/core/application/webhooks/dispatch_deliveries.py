"""A process's dispatcher: claims what is due, sends it, settles it; three stages that overlap.

Nothing is held open in the database meanwhile. At least once, never exactly once: a crash
between a receiver's 2xx and our settling sends again under the same webhook-id when the
lease ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from core.application.hub import Hub
from core.application.tasks import ended, supervised
from core.application.webhooks.attempt_delivery import Tried, attempt_delivery
from core.application.webhooks.leases import Leased, Leases, Pools, extended
from core.application.webhooks.settle_deliveries import settle_deliveries
from ports.jobs import Bell

log = logging.getLogger(__name__)

POLL_S = 2.0  # the backstop when a ring is lost
LEAST_REST_S = 0.05  # what is due and cannot be claimed waits for others, and they ring nobody
DRAIN_STEP_S = 0.02
CLAIM_ENDS_S = 2.0  # what a claim that is cut off took, nobody has until its lease ends


class Dispatcher:
    """One for each process, used once."""

    def __init__(self, hub: Hub, pools: Pools) -> None:
        self._hub, self._pools = hub, pools
        self._leases = Leases(pools, hub.meter)  # all that is claimed and not settled
        self._queue: deque[Leased] = deque()  # not begun
        self._sending = 0
        self._tried: deque[tuple[Leased, Tried]] = deque()  # not settled
        self._idle: deque[asyncio.Future[None]] = deque()  # senders without work
        self._unwell: set[str] = set()  # endpoints that were lately seen to fail
        self._claiming = asyncio.Lock()
        self._stopping = False
        self._wake, self._settle_now = asyncio.Event(), asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Until *stop* is set: then nothing more is claimed, what is under way may end within
        drain_s, and the rest is given back. Cancelled, it gives back at once."""
        claims = self._stage("claims", self._claim)
        others = [
            self._stage("settling", self._settle),
            self._stage("leases", self._extend),
            self._stage("bell", self._listen),
            *(asyncio.create_task(self._send()) for _ in range(self._pools.in_flight)),
        ]
        try:
            await stop.wait()
            self._stopping = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLAIM_ENDS_S):
                    await self._claiming.acquire()  # for good: nothing more is claimed
            await ended(claims)
            await self._drain()
        finally:
            await ended(claims, *others)
            await self._give_back()

    def _stage(self, name: str, step: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        failed = partial(log.exception, "dispatcher.failed", extra={"stage": name})
        return asyncio.create_task(supervised(step, self._hub.clock, failed))

    async def _claim(self) -> None:
        """One batch, as soon as there is room for one that is worth it."""
        await self._leases.room.wait()
        self._wake.clear()
        lease_s = self._pools.lease_s
        async with self._claiming:
            since = self._hub.clock.monotonic()
            limit, retries = self._leases.limits()
            claimed = await self._hub.store.claim_deliveries(
                self._hub.mint.id("lse"), lease_s=lease_s, limit=limit, retries=retries
            )
            for delivery in claimed:
                self._take(Leased(delivery, since, since + lease_s))
        self._leases.count()
        if len(claimed) < limit:
            await self._rest()

    def _take(self, leased: Leased) -> None:
        self._leases.take(leased)
        if self._stopping:
            return
        self._queue.append(leased)
        while self._idle:
            sender = self._idle.popleft()
            if not sender.done():
                sender.set_result(None)
                break

    async def _rest(self) -> None:
        """Until something falls due, was settled, or rings."""
        due = await self._hub.store.next_due(Bell.DELIVERIES)
        wait_s = POLL_S if due is None else min(max(due, LEAST_REST_S), POLL_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._wake.wait()

    async def _listen(self) -> None:
        await self._hub.jobs.wait(Bell.DELIVERIES, POLL_S)
        self._wake.set()

    async def _send(self) -> None:
        """One sender: takes what is claimed, one after the other."""
        while True:
            if not self._queue:
                waiter = asyncio.get_running_loop().create_future()
                self._idle.append(waiter)
                await waiter
                continue
            leased = self._queue.popleft()
            if self._hub.clock.monotonic() >= leased.sure_until:
                self._leases.drop(leased)  # somebody else may have it by now
                self._leases.count()
                continue
            await self._try(leased)

    async def _try(self, leased: Leased) -> None:
        self._sending += 1
        try:
            tried = await attempt_delivery(self._hub, leased.claimed, leased.since)
        finally:
            self._sending -= 1
        self._tried.append((leased, tried))
        self._settle_now.set()

    async def _settle(self) -> None:
        """Whatever is finished, together; more of it gathers while this is written."""
        if not self._tried:
            self._settle_now.clear()
            await self._settle_now.wait()
        count = len(self._tried)
        await settle_deliveries(self._hub, [tried for _, tried in self._tried], self._unwell)
        for _ in range(count):
            self._leases.drop(self._tried.popleft()[0])
        self._leases.count()
        self._wake.set()  # what their endpoints' caps or their order held back may go now

    async def _extend(self) -> None:
        lease_s = self._pools.lease_s
        await self._hub.clock.sleep(lease_s / 3)
        held = self._leases.held()
        if not held:
            return
        until = self._hub.clock.monotonic() + lease_s
        still = await self._hub.store.extend_deliveries(list(held), lease_s=lease_s)
        extended(held, still, until)

    async def _drain(self) -> None:
        """What is not begun is not begun any more; what is under way may end."""
        self._queue.clear()
        end = self._hub.clock.monotonic() + self._pools.drain_s
        while (self._sending or self._tried) and self._hub.clock.monotonic() < end:
            await self._hub.clock.sleep(DRAIN_STEP_S)

    async def _give_back(self) -> None:
        """The leases of what was not tried; where it fails, they end by themselves."""
        left = self._leases.left(finished for finished, _ in self._tried)
        try:
            if self._tried:
                await settle_deliveries(self._hub, [tried for _, tried in self._tried])
            if left:
                await self._hub.store.release_deliveries(left)
        except Exception:  # the boundary: a process that was told to stop stops
            log.exception("dispatcher.failed", extra={"stage": "giving back"})
