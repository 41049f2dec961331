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
from typing import Any

import msgspec

from core.application.attempt_delivery import Tried, attempt_delivery
from core.application.hub import Hub
from core.application.settle_deliveries import settle_deliveries
from ports.jobs import Bell
from ports.store import ClaimedDelivery

log = logging.getLogger(__name__)


class Pools(msgspec.Struct, frozen=True):
    """How much one process does at once.

    in_flight: requests under way. ahead: claimed beyond these, so that no sender ever waits
    for the database. first_share: of all that is claimed, kept free of retries. lease_s: after
    which another process may take over what this one holds and does not extend. drain_s: for
    what is under way when the process is told to stop.
    """

    in_flight: int = 256
    ahead: int = 64
    first_share: float = 0.25
    batch: int = 128
    lease_s: float = 15.0
    drain_s: float = 10.0

    @property
    def claimed_at_most(self) -> int:
        return self.in_flight + self.ahead

    @property
    def retries_at_most(self) -> int:
        return max(1, int(self.claimed_at_most * (1 - self.first_share)))


POLL_S = 2.0  # the backstop when a ring is lost
LEAST_REST_S = 0.05  # what is due and cannot be claimed waits for others, and they ring nobody
BACKOFF_S = (0.1, 0.5, 1.0, 2.0, 5.0)
DRAIN_STEP_S = 0.02
CLAIM_ENDS_S = 2.0  # what a claim that is cut off took, nobody has until its lease ends
INSIST_S = 0.5


class _Held:
    """A claimed delivery of ours. sure_until: no other process has it before, by our clock."""

    __slots__ = ("claimed", "since", "sure_until")

    def __init__(self, claimed: ClaimedDelivery, since: float, sure_until: float) -> None:
        self.claimed, self.since, self.sure_until = claimed, since, sure_until

    @property
    def key(self) -> tuple[str, str]:
        return self.claimed.delivery, self.claimed.lease


class Dispatcher:
    """One for each process, used once."""

    def __init__(self, hub: Hub, pools: Pools) -> None:
        self._hub, self._pools = hub, pools
        self._held: dict[tuple[str, str], _Held] = {}  # all that is claimed and not settled
        self._retries = 0  # how many of these were tried before
        self._queue: deque[_Held] = deque()  # not begun
        self._sending = 0
        self._tried: deque[tuple[_Held, Tried]] = deque()  # not settled
        self._idle: deque[asyncio.Future[None]] = deque()  # senders without work
        self._unwell: set[str] = set()  # endpoints that were lately seen to fail
        self._claiming = asyncio.Lock()
        self._stopping = False
        self._wake, self._settle_now, self._room = (asyncio.Event() for _ in range(3))
        self._room.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until *stop* is set: then nothing more is claimed, what is under way may end within
        drain_s, and the rest is given back. Cancelled, it gives back at once."""
        claims = asyncio.create_task(self._supervised("claims", self._claim))
        others = [
            asyncio.create_task(self._supervised("settling", self._settle)),
            asyncio.create_task(self._supervised("leases", self._extend)),
            asyncio.create_task(self._supervised("bell", self._listen)),
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

    async def _supervised(self, name: str, step: Callable[[], Awaitable[None]]) -> None:
        """Repeats *step* for ever; a failure waits a little and goes on."""
        failures = 0
        while True:
            try:
                await step()
                failures = 0
            except Exception:  # the boundary: no fault may end a stage
                log.exception("dispatcher.failed", extra={"stage": name})
                await self._hub.clock.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1

    async def _claim(self) -> None:
        """One batch, as soon as there is room for one that is worth it."""
        await self._room.wait()
        self._wake.clear()
        pools = self._pools
        async with self._claiming:
            since = self._hub.clock.monotonic()
            limit = min(pools.claimed_at_most - len(self._held), pools.batch)
            claimed = await self._hub.store.claim_deliveries(
                self._hub.mint.id("lse"),
                lease_s=pools.lease_s,
                limit=limit,
                retries=max(0, min(limit, pools.retries_at_most - self._retries)),
            )
            for delivery in claimed:
                self._take(_Held(delivery, since, since + pools.lease_s))
        self._count()
        if len(claimed) < limit:
            await self._rest()

    def _take(self, held: _Held) -> None:
        self._held[held.key] = held
        self._retries += held.claimed.attempts > 1
        if self._stopping:
            return
        self._queue.append(held)
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
            held = self._queue.popleft()
            if self._hub.clock.monotonic() >= held.sure_until:
                self._drop(held)  # somebody else may have it by now
                self._count()
                continue
            self._sending += 1
            try:
                tried = await attempt_delivery(self._hub, held.claimed, held.since)
            finally:
                self._sending -= 1
            self._tried.append((held, tried))
            self._settle_now.set()

    async def _settle(self) -> None:
        """Whatever is finished, together; more of it gathers while this is written."""
        if not self._tried:
            self._settle_now.clear()
            await self._settle_now.wait()
        count = len(self._tried)
        await settle_deliveries(self._hub, [tried for _, tried in self._tried], self._unwell)
        for _ in range(count):
            self._drop(self._tried.popleft()[0])
        self._count()
        self._wake.set()  # what their endpoints' caps or their order held back may go now

    def _drop(self, held: _Held) -> None:
        if self._held.pop(held.key, None) is not None:
            self._retries -= held.claimed.attempts > 1

    def _count(self) -> None:
        """Claim again once there is room for a good part of a batch."""
        pools = self._pools
        self._hub.meter.holding(len(self._held))
        if pools.claimed_at_most - len(self._held) >= max(pools.batch // 4, 1):
            self._room.set()
        else:
            self._room.clear()

    async def _extend(self) -> None:
        await self._hub.clock.sleep(self._pools.lease_s / 3)
        held = dict(self._held)
        if not held:
            return
        until = self._hub.clock.monotonic() + self._pools.lease_s
        still = await self._hub.store.extend_deliveries(list(held), lease_s=self._pools.lease_s)
        latest = {key[0]: key for key in held}  # what was lost may have come back to us since
        for key, one in held.items():
            if key[0] in still and latest[key[0]] == key:
                one.sure_until = until

    async def _drain(self) -> None:
        """What is not begun is not begun any more; what is under way may end."""
        self._queue.clear()
        end = self._hub.clock.monotonic() + self._pools.drain_s
        while (self._sending or self._tried) and self._hub.clock.monotonic() < end:
            await self._hub.clock.sleep(DRAIN_STEP_S)

    async def _give_back(self) -> None:
        """The leases of what was not tried; where it fails, they end by themselves."""
        finished = {held.key for held, _ in self._tried}
        left = [key for key in self._held if key not in finished]
        try:
            if self._tried:
                await settle_deliveries(self._hub, [tried for _, tried in self._tried])
            if left:
                await self._hub.store.release_deliveries(left)
        except Exception:  # the boundary: a process that was told to stop stops
            log.exception("dispatcher.failed", extra={"stage": "giving back"})


async def ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel until it is heard: a Redis client that is just connecting swallows the first."""
    waiting = {task for task in tasks if not task.done()}
    while waiting:
        for task in waiting:
            task.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=INSIST_S)
