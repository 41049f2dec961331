"""Idempotency keys: one key, one effect, one answer."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.outbox import idempotency as t
from adapters.sql.rows import Row, insert, owner, within
from adapters.sql.seals import Seals
from core.domain.idempotency import Answer, KeyRecord
from core.domain.tenancy import Scope
from ports.store import Busy


class Keys:
    """Those of one principal in one scope."""

    def __init__(self, conn: AsyncConnection, scope: Scope, seals: Seals, principal: str) -> None:
        self._conn, self._scope, self._seals, self._principal = conn, scope, seals, principal

    async def get(self, key: str, *, lock: bool) -> KeyRecord | None:
        wanted = sa.select(t).where(self._at(key))
        if lock:
            wanted = wanted.with_for_update()
        row = (await self._conn.execute(wanted)).mappings().one_or_none()
        return None if row is None else self._record(row)

    async def start(self, record: KeyRecord) -> KeyRecord | None:
        """None: it is ours. Else what is stored, locked: of those who resume, one goes first."""
        while True:
            made = await self._conn.execute(
                insert(self._conn.dialect.name, t)
                .values(
                    **owner(self._scope),
                    principal=self._principal,
                    key=record.key,
                    fingerprint=record.fingerprint,
                    started_at=record.started_at,
                    resource=record.resource,
                )
                .on_conflict_do_nothing()
            )
            if made.rowcount == 1:
                return None
            stored = await self.get(record.key, lock=True)
            if stored is not None:  # None: it was released between the two statements
                return stored

    async def restart(self, key: str, now: datetime) -> None:
        await self._conn.execute(sa.update(t).where(self._at(key)).values(started_at=now))

    async def link(self, key: str, resource: str) -> None:
        """Busy: while we were away another request took the key over; it must win alone."""
        free = sa.or_(t.c.resource.is_(None), t.c.resource == resource)
        done = await self._conn.execute(
            sa.update(t).where(self._at(key), free).values(resource=resource)
        )
        if done.rowcount == 0:
            raise Busy("another request took this Idempotency-Key over")

    async def answer(self, key: str, answer: Answer) -> None:
        sealed = self._seals.seal("idempotency", self._place(key), "answer", answer.body)
        given = {"status": answer.status, "media_type": answer.media_type, "answer": sealed}
        await self._conn.execute(sa.update(t).where(self._at(key)).values(given))

    async def release(self, key: str) -> None:
        await self._conn.execute(sa.delete(t).where(self._at(key)))

    def _at(self, key: str) -> sa.ColumnElement[bool]:
        return sa.and_(within(t, self._scope), t.c.principal == self._principal, t.c.key == key)

    def _place(self, key: str) -> str:
        return f"{self._principal}|{key}"

    def _record(self, row: Row) -> KeyRecord:
        answer = None
        if row["answer"] is not None:
            body = self._seals.open("idempotency", self._place(row["key"]), "answer", row["answer"])
            answer = Answer(row["status"], body, row["media_type"])
        return KeyRecord(row["key"], row["fingerprint"], row["started_at"], row["resource"], answer)
