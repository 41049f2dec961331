"""Claims on PostgreSQL: mostly one statement each, past what others hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import picking_postgresql as picking
from adapters.sql import settling_postgresql as settling
from adapters.sql.claim import (
    COUNTED,
    FIRST,
    RETRY,
    SHARE,
    Held,
    endpoint_of,
    handed_out,
    receivers_of,
)
from adapters.sql.engine import Database
from adapters.sql.receivers import Receivers
from core.domain.webhooks.delivery import DeliveryState
from ports.store import ClaimedDelivery, PastDue, Settlement, Waiting

RECLAIM_S = 1.0
# What some leave unused in one round is for others in the next. First it is believed that most
# have their share waiting, then that few have: to hold the rows of many costs as well.
ROUNDS = (8, 32, 64)


class _Batch:
    """What one claim has found so far. strict: something waits for its order to be decided."""

    def __init__(self, lease: str, lease_s: float, limit: int, retries: int) -> None:
        self.lease, self.lease_s, self.limit, self.retries = lease, float(lease_s), limit, retries
        self.claimed: list[ClaimedDelivery] = []
        self.strict = False

    @property
    def room(self) -> int:
        return self.limit - len(self.claimed)

    @property
    def retries_left(self) -> int:
        return max(0, self.retries - sum(c.attempts > 1 for c in self.claimed))


class PostgresqlClaims:
    def __init__(self, database: Database, receivers: Receivers) -> None:
        self._database, self._receivers = database, receivers
        self._turn: list[str] = []  # those still to be served of the last look, in their order
        self._looked_at = 1  # how many these were
        self._reclaimed_at = float("-inf")

    async def claim(
        self, lease: str, *, lease_s: float, limit: int, retries: int
    ) -> Sequence[ClaimedDelivery]:
        """By the order in which endpoints were last served as it was at the last look; they
        are looked for again when each of them had its turn."""
        self._receivers.drop_old()
        batch = _Batch(lease, lease_s, limit, retries)
        await self._fill(batch)
        if batch.strict:
            await self._put_in_order()
            if batch.room:
                await self._fill(batch)
        return batch.claimed

    async def _fill(self, batch: _Batch) -> None:
        async with self._database.statements() as conn:
            await self._reclaim(conn)
            for spare in ROUNDS:
                if not await self._pick(conn, batch, spare):
                    break

    async def _reclaim(self, conn: AsyncConnection) -> None:
        now = self._database.monotonic()
        if now >= self._reclaimed_at + RECLAIM_S:
            self._reclaimed_at = now
            await conn.exec_driver_sql(picking.RECLAIM)

    async def _pick(self, conn: AsyncConnection, batch: _Batch, spare: int) -> bool:
        """Serve the next ones. Whether there is room left, and may be more."""
        room, known = batch.room, self._turn
        turn, self._turn = self._next(room, spare)
        count = self._looked_at if known else None
        asked = (room, batch.retries_left, batch.lease, batch.lease_s, spare)
        rows = (await conn.exec_driver_sql(picking.PICK, (turn or None, count, *asked))).all()
        now, batch.strict, looked = rows[0][: picking.ABOUT]
        if looked is not None:
            self._turn, self._looked_at = looked, max(len(looked), 1)
            turn, self._turn = self._next(room, spare)
        found = [row[picking.ABOUT :] for row in rows if row[picking.ABOUT] is not None]
        receivers = await self._receivers.of(conn, receivers_of(found))
        batch.claimed += handed_out(found, receivers, batch.lease, now)
        served = Counter(endpoint_of(row) for row in found)
        if len(found) >= room:
            last = max((n for n, endpoint in enumerate(turn) if endpoint in served), default=-1)
            self._turn[:0] = turn[last + 1 :]
            return False
        cut_short = any(count >= self._share(room) for count in served.values())
        return bool(self._turn) or looked is None or cut_short

    def _next(self, room: int, spare: int) -> tuple[list[str], list[str]]:
        """Those whose turn it is, as PICK has it, and the others."""
        count = room // self._share(room) + spare
        return self._turn[:count], self._turn[count:]

    def _share(self, room: int) -> int:
        return max(SHARE, room // self._looked_at)

    async def _put_in_order(self) -> None:
        async with self._database.dispatch() as conn:
            await conn.exec_driver_sql(picking.ALONE)
            await conn.exec_driver_sql(picking.UNHURRIED)
            await conn.exec_driver_sql(picking.IN_ORDER)

    async def extend(self, held: Held, *, lease_s: float) -> set[str]:
        async with self._database.statements() as conn:
            given = (*_arrays(held), float(lease_s))
            return set((await conn.exec_driver_sql(settling.EXTEND, given)).scalars())

    async def release(self, held: Held) -> None:
        async with self._database.statements() as conn:
            await conn.exec_driver_sql(settling.RELEASE, _arrays(held))

    async def settle(self, settlements: Sequence[Settlement]) -> set[str]:
        async with self._database.statements() as conn:
            held = await self._settled(conn, settlements, strict=False)
        strict = _ends(settlements, held)
        if strict:
            async with self._database.dispatch() as conn:
                held |= await self._settled_in_order(conn, strict)
        return held

    async def settle_in(self, conn: AsyncConnection, settlements: Sequence[Settlement]) -> set[str]:
        held = await self._settled(conn, settlements, strict=False)
        strict = _ends(settlements, held)
        return held | await self._settled_in_order(conn, strict) if strict else held

    async def _settled(
        self, conn: AsyncConnection, settlements: Sequence[Settlement], *, strict: bool
    ) -> set[str]:
        given = (settling.facts(settlements), strict)
        return {row[0] for row in await conn.exec_driver_sql(settling.SETTLE, given)}

    async def _settled_in_order(
        self, conn: AsyncConnection, settlements: Sequence[Settlement]
    ) -> set[str]:
        """Ends that let others go. Those whose lease is lost come here too, and end nothing."""
        await conn.exec_driver_sql(picking.ALONE)
        given = (settling.facts(settlements), True)
        done: Sequence[Any] = (await conn.exec_driver_sql(settling.SETTLE, given)).all()
        lanes = [(endpoint, subject) for _, endpoint, subject in done if endpoint is not None]
        if lanes:
            columns = tuple(list(column) for column in zip(*lanes, strict=True))
            await conn.exec_driver_sql(settling.WAKE, columns)
        return {row[0] for row in done}

    async def release_held(self, conn: AsyncConnection, endpoint: str) -> None:
        if (await conn.exec_driver_sql(settling.HOLDS, (endpoint,))).scalar_one():
            await conn.exec_driver_sql(picking.ALONE)
            await conn.exec_driver_sql(settling.UNHOLD, (endpoint,))

    async def next_due(self) -> float | None:
        async with self._database.statements() as conn:
            wait: float | None = (await conn.exec_driver_sql(picking.NEXT_DUE)).scalar_one()
        return None if wait is None else max(wait, 0.0)

    async def past_due(self) -> PastDue:
        async with self._database.statements() as conn:
            found: Sequence[Any] = (await conn.exec_driver_sql(picking.PAST_DUE)).one()
        return PastDue(max(found[0] or 0.0, 0.0), found[1])

    async def waiting(self) -> Waiting:
        async with self._database.statements() as conn:
            oldest = (await conn.exec_driver_sql(picking.OLDEST)).one()
            breakers: Sequence[Any] = (await conn.exec_driver_sql(picking.BREAKERS)).all()
            counts = (await conn.exec_driver_sql(picking.COUNTS, (COUNTED,))).one()
        states = (DeliveryState.DUE, DeliveryState.LEASED, DeliveryState.HELD)
        return Waiting(
            oldest_s={kind: max(oldest[n] or 0.0, 0.0) for n, kind in enumerate((FIRST, RETRY))},
            breakers=dict(breakers),
            states={str(state): count for state, count in zip(states, counts, strict=True)},
        )


def _ends(settlements: Sequence[Settlement], held: set[str]) -> list[Settlement]:
    """Those that end a delivery and were not settled so far."""
    return [s for s in settlements if s.outcome.wait_s is None and s.claimed.delivery not in held]


def _arrays(held: Held) -> tuple[list[str], list[str]]:
    """By delivery, as whoever settles takes them: then they cannot wait for each other."""
    by_delivery = sorted(held)
    return [delivery for delivery, _ in by_delivery], [lease for _, lease in by_delivery]
