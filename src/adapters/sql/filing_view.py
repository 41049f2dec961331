"""Reads of departures, pilgrims and filings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from adapters.sql import dossiers, rows
from adapters.sql import filing_tables as tables
from adapters.sql.kinds import DEPARTURE, FILING, IMPORT, PILGRIM
from adapters.sql.reading import Reading
from core.domain.filings.departure import Departure, Pilgrim
from core.domain.filings.dossier import Dossier
from core.domain.filings.filing import Filing
from core.domain.filings.pilgrim_import import PilgrimImport
from ports.filings import FilingFilter
from ports.paging import Page


class SqlFilingView(Reading):
    async def departure(self, id: str) -> Departure | None:
        return await self._get(DEPARTURE, id)

    async def departures(self, page: Page, *, entity: str | None) -> Sequence[Departure]:
        return await self._page(DEPARTURE, page, entity=entity)

    async def pilgrim(self, id: str) -> Pilgrim | None:
        return await self._get(PILGRIM, id)

    async def pilgrims(self, page: Page, *, departure: str | None) -> Sequence[Pilgrim]:
        return await self._page(PILGRIM, page, departure=departure)

    async def group(self, departure: str) -> Sequence[Pilgrim]:
        of_it = tables.pilgrim.c.departure == departure
        conn = await self._session.conn()
        found = await rows.all_of(conn, tables.pilgrim, self._scope, of_it)
        return [PILGRIM.value(row, self._seals) for row in found]

    async def dossiers(self, people: Iterable[str]) -> Mapping[str, Dossier]:
        conn = await self._session.conn()
        return await dossiers.dossiers(conn, self._scope, self._seals, people)

    async def filing(self, id: str) -> Filing | None:
        return await self._get(FILING, id)

    async def filings(self, page: Page, where: FilingFilter) -> Sequence[Filing]:
        state = None if where.state is None else str(where.state)
        return await self._page(FILING, page, departure=where.departure, state=state)

    async def pilgrim_import(self, id: str) -> PilgrimImport | None:
        return await self._get(IMPORT, id)

    async def pilgrim_imports(self, page: Page, *, departure: str) -> Sequence[PilgrimImport]:
        return await self._page(IMPORT, page, departure=departure)
