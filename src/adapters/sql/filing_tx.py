"""Writes of departures, pilgrims and filings, as part of a transaction."""

from __future__ import annotations

from adapters.sql import dossiers
from adapters.sql.kinds import DEPARTURE, FILING, IMPORT, PILGRIM
from adapters.sql.stock_tx import SqlStockTx
from core.domain.filings.departure import Departure, Pilgrim
from core.domain.filings.dossier import Dossier
from core.domain.filings.filing import Filing
from core.domain.filings.pilgrim_import import PilgrimImport


class SqlFilingTx(SqlStockTx):
    async def put_departure(self, departure: Departure) -> None:
        await self._put(DEPARTURE, departure)

    async def put_pilgrim(self, pilgrim: Pilgrim) -> None:
        await self._put(PILGRIM, pilgrim)

    async def put_dossier(self, person: str, dossier: Dossier) -> None:
        await dossiers.put(self._conn, self._scope, self._seals, person, dossier)

    async def put_filing(self, filing: Filing) -> None:
        await self._put(FILING, filing)

    async def put_pilgrim_import(self, running: PilgrimImport) -> None:
        await self._put(IMPORT, running)
