"""Messages that came in: kept once, and tried again with growing waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.kinds import INBOX
from adapters.sql.rows import insert, owner, within
from adapters.sql.seals import Seals
from adapters.sql.tables import inbox
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.tenancy import Scope
from ports.store import Violated

FIRST_WAIT_S, LONGEST_WAIT_S = 5, 3600
# What is in them is known by now, or of no use, and may name a person whom nobody could erase there.
OVER = (InboxState.PROCESSED, InboxState.IGNORED, InboxState.DISMISSED)


async def receive(conn: AsyncConnection, scope: Scope, seals: Seals, message: InboxMessage) -> bool:
    row = {**INBOX.row(message, seals), **owner(scope)}
    kept = await conn.execute(
        insert(conn.dialect.name, inbox)
        .values(row)
        .on_conflict_do_nothing(index_elements=["connection", "vendor_id"])
    )
    return kept.rowcount == 1


async def update(
    conn: AsyncConnection, scope: Scope, seals: Seals, message: InboxMessage, now: Any
) -> None:
    """Violated: there is no such message in this scope."""
    waits = message.state is InboxState.RECEIVED
    values = {
        "state": str(message.state),
        "note": message.note,
        "attempts": message.attempts,
        "handled_at": message.handled_at,
        "reason": message.reason,
        "check_at": now + wait_of(message.attempts) if waits else None,
        "checked_until": None,
    }
    if message.state in OVER:
        values["raw"] = seals.seal("inbox", message.id, "raw", b"")
    done = await conn.execute(
        sa.update(inbox).where(inbox.c.id == message.id, within(inbox, scope)).values(values)
    )
    if done.rowcount == 0:
        raise Violated("this inbox is not in this scope")


def wait_of(attempts: int) -> timedelta:
    if attempts < 1:
        return timedelta(0)
    return timedelta(seconds=min(FIRST_WAIT_S * 2 ** min(attempts - 1, 20), LONGEST_WAIT_S))
