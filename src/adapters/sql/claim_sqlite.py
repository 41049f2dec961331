"""Claims on SQLite: the writer is alone, so plain statements do; time is the injected clock's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import picking_sqlite as picking
from adapters.sql import settling_sqlite as settling
from adapters.sql.claim import (
    ASKED_IN,
    COUNTED,
    FIRST,
    RETRY,
    RETRY_IN,
    SHARE,
    Held,
    handed_out,
    receivers_of,
)
from adapters.sql.engine import Database
from adapters.sql.outbox import pace
from adapters.sql.receivers import Receivers
from core.domain.webhooks.delivery import DeliveryState
from ports.store import ClaimedDelivery, PastDue, Settlement, Waiting

ENDPOINTS = 64  # in one claim; what they leave unused goes to the others
READ = 256  # so many are looked at for one claim, or as many as everybody's share


class SqliteClaims:
    def __init__(self, database: Database, receivers: Receivers) -> None:
        self._database, self._receivers = database, receivers

    async def claim(
        self, lease: str, *, lease_s: float, limit: int, retries: int
    ) -> Sequence[ClaimedDelivery]:
        self._receivers.drop_old()
        now = self._database.instant()
        async with self._database.write() as conn:
            await conn.execute(picking.RECLAIM, {"now": now})
            await conn.execute(picking.IN_ORDER, {"now": now})
            ids = await self._pick(conn, now, limit, retries)
            if not ids:
                return []
            until = now + timedelta(seconds=lease_s)
            given = {"ids": json.dumps(ids), "lease": lease, "until": until}
            await conn.execute(picking.TAKE, given)
            found = (await conn.execute(picking.CLAIM, {"ids": json.dumps(ids)})).all()
            receivers = await self._receivers.of(conn, receivers_of(found))
        return handed_out(found, receivers, lease, now)

    async def _pick(
        self, conn: AsyncConnection, now: datetime, limit: int, retries: int
    ) -> list[str]:
        """What a person asked for, then some retries, first attempts, and retries for the rest."""
        given = {"now": now, "limit": max(limit // ASKED_IN, 1)}
        asked = (await conn.execute(picking.ASKED, given)).scalars()
        ids = list(asked)
        turn = await conn.execute(picking.TURN, {"now": now, "limit": ENDPOINTS})
        room = {row.endpoint: row.room for row in turn}
        served: set[str] = set()
        for tier, part in ((1, True), (0, False), (1, False)):
            most = retries if tier else limit
            left = min(most, _part(limit) if part else limit, limit - len(ids))
            of_each = {e: _part(n) if part else n for e, n in room.items()}
            picked = await self._of_tier(conn, tier, of_each, now, left, ids)
            ids += [delivery for _, delivery in picked]
            served |= {endpoint for endpoint, _ in picked}
            taken = Counter(endpoint for endpoint, _ in picked)
            room = {e: n - taken[e] for e, n in room.items() if n > taken[e]}
            retries -= len(picked) if tier else 0
        if served:
            await conn.execute(picking.MARK, {"ids": json.dumps(sorted(served)), "at": now})
        return ids

    async def _of_tier(
        self,
        conn: AsyncConnection,
        tier: int,
        room: Mapping[str, int],
        now: datetime,
        limit: int,
        but: Collection[str],
    ) -> list[tuple[str, str]]:
        """Past *but*, which are picked already."""
        if not room or limit <= 0:
            return []
        share = max(SHARE, limit // len(room))
        each = max(share, min(limit, READ // len(room))) + len(but)
        given = {"ids": json.dumps(list(room)), "tier": tier, "now": now, "each": each}
        found = [(row[0], row[1]) for row in await conn.execute(picking.PICKED, given)]
        return dealt((f for f in found if f[1] not in but), room, share, limit)

    async def extend(self, held: Held, *, lease_s: float) -> set[str]:
        until = self._database.instant() + timedelta(seconds=lease_s)
        async with self._database.write() as conn:
            return await settling.extend(conn, held, until)

    async def settle(self, settlements: Sequence[Settlement]) -> set[str]:
        async with self._database.write() as conn:
            return await self.settle_in(conn, settlements)

    async def settle_in(self, conn: AsyncConnection, settlements: Sequence[Settlement]) -> set[str]:
        return await settling.settle(conn, settlements, self._database.instant())

    async def release(self, held: Held) -> None:
        async with self._database.write() as conn:
            await settling.release(conn, held, self._database.instant())

    async def release_held(self, conn: AsyncConnection, endpoint: str) -> None:
        await conn.execute(settling.UNHOLD, {"of": endpoint})

    async def next_due(self) -> float | None:
        async with self._database.read() as conn:
            at = (await conn.execute(picking.NEXT_DUE)).scalar_one()
        return None if at is None else self._past(at, -1)

    async def past_due(self) -> PastDue:
        given = {"now": self._database.instant()}
        async with self._database.read() as conn:
            at, in_hand = (await conn.execute(picking.PAST_DUE, given)).one()
        return PastDue(self._past(at), in_hand)

    async def waiting(self) -> Waiting:
        states = (DeliveryState.DUE, DeliveryState.LEASED, DeliveryState.HELD)
        counts = {}
        async with self._database.read() as conn:
            first, retry = (await conn.execute(picking.OLDEST)).one()
            by_breaker = sa.select(pace.c.breaker, sa.func.count()).group_by(pace.c.breaker)
            breakers: Sequence[Any] = (await conn.execute(by_breaker)).all()
            for state in states:
                given = {"state": str(state), "at_most": COUNTED}
                counts[str(state)] = (await conn.execute(picking.COUNT, given)).scalar_one()
        oldest = {FIRST: self._past(first), RETRY: self._past(retry)}
        return Waiting(oldest, dict(breakers), counts)

    def _past(self, at: datetime | None, sign: int = 1) -> float:
        """Seconds since *at*, or until it; 0 if it is not so."""
        if at is None:
            return 0.0
        return max(sign * (self._database.instant() - at).total_seconds(), 0.0)


def _part(of: int) -> int:
    """What is kept for retries, rounded up."""
    return -(-of // RETRY_IN)


def dealt(
    found: Iterable[tuple[str, str]], room: Mapping[str, int], share: int, limit: int
) -> list[tuple[str, str]]:
    """Of (endpoint, delivery) in turn: to each endpoint its share, then what is left over."""
    first: list[tuple[str, str]] = []
    rest: list[tuple[str, str]] = []
    taken: Counter[str] = Counter()
    for endpoint, delivery in found:
        if taken[endpoint] < room[endpoint]:
            (first if taken[endpoint] < share else rest).append((endpoint, delivery))
            taken[endpoint] += 1
    return (first + rest)[:limit]
