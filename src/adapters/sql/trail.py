"""The audit trail: appended freely, chained after commit by whoever holds the scope's head."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.feed import hold_head
from adapters.sql.outbox import audit
from adapters.sql.rows import Row, owner, within
from adapters.sql.tables import head
from core.domain.audit import GENESIS, AuditEntry, Broken, digest_of, sealed
from core.domain.tenancy import Scope

BATCH = 500


async def append(conn: AsyncConnection, scope: Scope, entry: AuditEntry) -> None:
    row = {
        **msgspec.structs.asdict(entry),
        **owner(scope),
        "before": _text(entry.before),
        "after": _text(entry.after),
        "position": None,
        "previous": None,
        "digest": None,
    }
    await conn.execute(sa.insert(audit), row)


async def seal_entries(conn: AsyncConnection, scope: Scope) -> int:
    """Chains at most BATCH of what is committed by now; how many."""
    held = await hold_head(conn, scope)
    position, digest = held["audit_position"], held["audit_digest"]
    waiting = (
        sa.select(audit)
        .where(within(audit, scope), audit.c.position.is_(None))
        .order_by(audit.c.id)
        .limit(BATCH)
    )
    links = []
    for row in (await conn.execute(waiting)).mappings().all():
        position += 1
        link = sealed(entry_of(row), position, digest)
        digest = link.digest or ""
        links.append({"of": link.id, "p": position, "before_it": link.previous, "own": digest})
    if links:
        await conn.execute(_CHAIN, links)
        await conn.execute(
            sa.update(head)
            .where(within(head, scope))
            .values(audit_position=position, audit_digest=digest)
        )
    return len(links)


_CHAIN = (
    sa.update(audit)
    .where(audit.c.id == sa.bindparam("of"))
    .values(
        position=sa.bindparam("p"),
        previous=sa.bindparam("before_it"),
        digest=sa.bindparam("own"),
    )
)


async def verify(conn: AsyncConnection, scope: Scope) -> tuple[int, Broken | None]:
    """Walk the chain from its beginning to its head; how many held, and where it breaks."""
    count, digest = 0, GENESIS
    async for entry in _chain(conn, scope):
        why = _fault(entry, count + 1, digest)
        if why is not None:
            return count, Broken(count + 1, entry.id, why)
        count, digest = count + 1, entry.digest or ""
    end = (await conn.execute(sa.select(head).where(within(head, scope)))).mappings().one()
    if (end["audit_position"], end["audit_digest"]) != (count, digest):
        return count, Broken(count + 1, "", "the end of the chain was cut off or changed")
    return count, None


def _fault(entry: AuditEntry, position: int, previous: str) -> str | None:
    if entry.position != position:
        return f"expected position {position}, not {entry.position}"
    if entry.previous != previous:
        return "it does not follow the entry before it"
    if entry.digest != digest_of(entry, position, previous):
        return "its content was changed after it was sealed"
    return None


async def _chain(conn: AsyncConnection, scope: Scope) -> AsyncIterator[AuditEntry]:
    last = 0
    while True:
        wanted = (
            sa.select(audit)
            .where(within(audit, scope), audit.c.position > last)
            .order_by(audit.c.position)
            .limit(BATCH)
        )
        found = (await conn.execute(wanted)).mappings().all()
        for row in found:
            yield entry_of(row)
        if len(found) < BATCH:
            return
        last = found[-1]["position"]


def entry_of(row: Row) -> AuditEntry:
    fields: dict[str, Any] = {name: row[name] for name in AuditEntry.__struct_fields__}
    for side in ("before", "after"):
        if fields[side] is not None:
            fields[side] = msgspec.json.decode(fields[side])
    return AuditEntry(**fields)


def _text(value: dict[str, Any] | None) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()
