"""Writes of channels, as part of a transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import channel_tables as tables
from adapters.sql import lanes, rows
from adapters.sql.engine import Database
from adapters.sql.filing_tx import SqlFilingTx
from adapters.sql.kinds import (
    ACKNOWLEDGEMENT,
    BREACH,
    CHANNEL,
    PULL,
    PUSH,
    READING,
    RESERVATION,
    WATCH,
)
from adapters.sql.seals import Seals
from core.domain.channels.channel import Channel
from core.domain.channels.lane import Lane
from core.domain.channels.parity import Breach, Reading
from core.domain.channels.pulling import Pull, Watch
from core.domain.channels.push import Push
from core.domain.channels.reservation import Acknowledgement, Reservation
from core.domain.tenancy import Scope


class SqlChannelTx(SqlFilingTx):
    def __init__(
        self, conn: AsyncConnection, scope: Scope, seals: Seals, database: Database
    ) -> None:
        super().__init__(conn, scope, seals)
        self._database = database

    async def put_channel(self, channel: Channel) -> None:
        await self._put(CHANNEL, channel)

    async def put_push(self, push: Push, *, lease_s: float | None = None) -> None:
        await self._put(PUSH, push)
        if lease_s is not None:
            t = tables.push
            until = self._database.now() + timedelta(seconds=lease_s) if lease_s else None
            mine = sa.and_(rows.within(t, self._scope), t.c.id == push.id)
            await self._conn.execute(sa.update(t).where(mine).values(checked_until=until))

    async def put_lanes(self, channel: str, lanes_: Iterable[Lane]) -> None:
        await lanes.write(self._conn, self._scope, channel, lanes_)

    async def drop_lanes(self, channel: str) -> None:
        await lanes.drop(self._conn, self._scope, channel)

    async def put_pull(self, pull: Pull) -> None:
        await self._put(PULL, pull)

    async def put_watch(self, watch: Watch) -> None:
        await self._put(WATCH, watch)

    async def put_reservation(self, reservation: Reservation) -> None:
        await self._put(RESERVATION, reservation)

    async def put_acknowledgement(self, acknowledgement: Acknowledgement) -> None:
        await self._put(ACKNOWLEDGEMENT, acknowledgement)

    async def put_breach(self, breach: Breach) -> None:
        await self._put(BREACH, breach)

    async def put_readings(self, channel: str, readings: Iterable[Reading]) -> None:
        t = tables.reading
        mine = sa.and_(rows.within(t, self._scope), t.c.channel == channel)
        await self._conn.execute(sa.delete(t).where(mine))
        made = [{**READING.row(r, self._seals), **rows.owner(self._scope)} for r in readings]
        if made:
            await self._conn.execute(sa.insert(t), made)
