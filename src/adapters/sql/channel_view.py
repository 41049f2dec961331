"""Reads of channels: their settings, how far each was told, and what they sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from adapters.sql import channel_tables as tables
from adapters.sql import lanes, rows
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
from adapters.sql.reading import Reading
from core.domain.channels import parity
from core.domain.channels.channel import Channel
from core.domain.channels.lane import Lane, LaneKey
from core.domain.channels.pulling import Pull, Watch
from core.domain.channels.push import Push
from core.domain.channels.reservation import Acknowledgement, Reservation
from ports.channels import BreachFilter, ChannelFilter, ReservationFilter
from ports.paging import Page


class SqlChannelView(Reading):
    async def channel(self, id: str) -> Channel | None:
        return await self._get(CHANNEL, id)

    async def channels(self, page: Page, where: ChannelFilter) -> Sequence[Channel]:
        return await self._page(CHANNEL, page, property=where.property, connection=where.connection)

    async def channels_of(
        self, *, property: str | None = None, connection: str | None = None
    ) -> Sequence[Channel]:
        t = tables.channel
        asked = ((t.c.property, property), (t.c.connection, connection))
        return await self._all(CHANNEL, *(c == v for c, v in asked if v is not None))

    async def push(self, id: str) -> Push | None:
        return await self._get(PUSH, id)

    async def pushes(self, ids: Iterable[str]) -> Mapping[str, Push]:
        return {push.id: push for push in await self._all(PUSH, tables.push.c.id.in_(list(ids)))}

    async def lanes(
        self, channel: str, keys: Iterable[LaneKey] | None = None
    ) -> Mapping[LaneKey, Lane]:
        return await lanes.read(await self._session.conn(), self._scope, channel, keys)

    async def pull(self, id: str) -> Pull | None:
        return await self._get(PULL, id)

    async def watch(self, id: str) -> Watch | None:
        return await self._get(WATCH, id)

    async def reservation(self, id: str) -> Reservation | None:
        return await self._get(RESERVATION, id)

    async def reservation_of(self, connection: str, reference: str) -> Reservation | None:
        t = tables.reservation
        id = await self._id(t, t.c.connection == connection, t.c.reference == reference)
        return None if id is None else await self.reservation(id)

    async def reservations(self, page: Page, where: ReservationFilter) -> Sequence[Reservation]:
        return await self._page(
            RESERVATION,
            page,
            property=where.property,
            channel=where.channel,
            connection=where.connection,
            state=None if where.state is None else str(where.state),
            reference=where.reference,
            has_unmapped=where.unmapped,
            is_overbooked=where.overbooked,
        )

    async def acknowledgement(self, id: str) -> Acknowledgement | None:
        return await self._get(ACKNOWLEDGEMENT, id)

    async def acknowledgement_of(self, connection: str, message: str) -> Acknowledgement | None:
        t = tables.acknowledgement
        id = await self._id(t, t.c.connection == connection, t.c.message == message)
        return None if id is None else await self.acknowledgement(id)

    async def acknowledgements(self, reservations: Iterable[str]) -> Sequence[Acknowledgement]:
        wanted = tables.acknowledgement.c.reservation.in_(list(reservations))
        return await self._all(ACKNOWLEDGEMENT, wanted)

    async def acknowledgements_owed(self) -> Sequence[Acknowledgement]:
        return await self._all(ACKNOWLEDGEMENT, tables.acknowledgement.c.check_at.is_not(None))

    async def breach(self, id: str) -> parity.Breach | None:
        return await self._get(BREACH, id)

    async def breaches(self, page: Page, where: BreachFilter) -> Sequence[parity.Breach]:
        state = None if where.state is None else str(where.state)
        return await self._page(BREACH, page, channel=where.channel, state=state)

    async def breaches_of(self, channel: str) -> Sequence[parity.Breach]:
        found = await self._all(BREACH, tables.breach.c.channel == channel)
        return list({(breach.room, breach.plan): breach for breach in found}.values())

    async def readings(self, channel: str) -> Sequence[parity.Reading]:
        return await self._all(READING, tables.reading.c.channel == channel)

    async def _id(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> str | None:
        conn = await self._session.conn()
        wanted = sa.select(table.c.id).where(rows.within(table, self._scope), *where)
        found: str | None = (await conn.execute(wanted)).scalar_one_or_none()
        return found
