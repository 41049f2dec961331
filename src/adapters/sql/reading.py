"""How any row is read: by its id, or by pages."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from adapters.sql import rows
from adapters.sql.kinds import Kind
from adapters.sql.seals import Seals
from adapters.sql.session import Session
from core.domain.tenancy import Scope
from ports.paging import Page

T = TypeVar("T", bound=msgspec.Struct)


class Reading:
    """Rows are locked as they are read by id when *session* is one that writes."""

    def __init__(self, session: Session, scope: Scope, seals: Seals) -> None:
        self._session, self._scope, self._seals = session, scope, seals

    async def _row(self, table: sa.Table, id: str) -> rows.Row | None:
        conn = await self._session.conn()
        return await rows.get(conn, table, self._scope, id, lock=self._session.locks)

    async def _get(self, kind: Kind[T], id: str) -> T | None:
        row = await self._row(kind.table, id)
        return None if row is None else kind.value(row, self._seals)

    async def _page(self, kind: Kind[T], page: Page, **asked: Any) -> list[T]:
        """asked: columns and what they must equal; None asks for nothing."""
        only = [kind.table.c[name] == v for name, v in asked.items() if v is not None]
        conn = await self._session.conn()
        found = await rows.page(conn, kind.table, self._scope, page, *only)
        return [kind.value(row, self._seals) for row in found]

    async def _all(self, kind: Kind[T], *where: sa.ColumnElement[bool]) -> list[T]:
        """Oldest first, not locked."""
        conn = await self._session.conn()
        found = await rows.all_of(conn, kind.table, self._scope, *where)
        return [kind.value(row, self._seals) for row in found]
