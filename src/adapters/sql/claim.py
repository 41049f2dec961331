"""What claiming has in common on both engines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import rows
from adapters.sql.feed import event_of
from adapters.sql.kinds import ENDPOINT, signing_secrets
from adapters.sql.outbox import delivery, event
from adapters.sql.rows import Row
from adapters.sql.seals import Seals
from adapters.sql.tables import endpoint
from core.domain.event import body
from core.domain.partner import EndpointState
from core.domain.secret import Secret
from core.domain.tenancy import Environment, Scope
from ports.store import ClaimedDelivery, Settlement
from ports.vault import Unreadable, Vault

# At most so many endpoints a claim; what they leave unused goes to the others.
ENDPOINTS = 64
GONE = "410 Gone"

# What a claim hands out: the delivery, where it goes, and what its event's body is made of.
CLAIMED: tuple[sa.ColumnElement[Any], ...] = (
    delivery.c.id.label("delivery"),
    delivery.c.tenant,
    delivery.c.environment,
    delivery.c.endpoint,
    delivery.c.attempts,
    endpoint.c.url,
    endpoint.c.secrets,
    event.c.id,
    event.c.aggregatetype,
    event.c.aggregateid,
    event.c.type,
    event.c.schema,
    event.c.sequence,
    event.c.payload,
    event.c.partner,
    event.c.occurred_at,
    event.c.position,
)


class Claims(Protocol):
    """How one engine hands out deliveries and takes them back. Each is one short transaction."""

    async def claim(
        self, conn: AsyncConnection, lease: str, *, lease_s: float, limit: int
    ) -> Sequence[Row]:
        """Rows of CLAIMED."""
        ...

    async def settle(
        self, conn: AsyncConnection, lease: str, settlements: Sequence[Settlement]
    ) -> set[str]:
        """The deliveries that were still held under *lease*."""
        ...

    async def release(self, conn: AsyncConnection, lease: str) -> None: ...

    async def next_due(self, conn: AsyncConnection) -> float | None: ...


def claimed(found: Iterable[Row], vault: Vault, now: datetime) -> list[ClaimedDelivery]:
    """secrets are empty where they do not open: such a delivery cannot be signed."""
    secrets: dict[str, tuple[Secret, ...]] = {}
    made = []
    for row in found:
        scope = Scope(row["tenant"], Environment(row["environment"]))
        key = row["endpoint"]
        if key not in secrets:
            secrets[key] = _signing(row, Seals(vault, scope), now)
        made.append(
            ClaimedDelivery(
                delivery=row["delivery"],
                scope=scope,
                endpoint=key,
                url=row["url"],
                secrets=secrets[key],
                event=row["id"],
                raw=body(event_of(row)),
                attempts=row["attempts"],
            )
        )
    return made


def _signing(row: Row, seals: Seals, now: datetime) -> tuple[Secret, ...]:
    try:
        stored = signing_secrets(row["endpoint"], row["secrets"], seals)
    except Unreadable:
        return ()
    return tuple(s.value for s in stored if s.expires_at is None or now < s.expires_at)


async def disable_gone(
    conn: AsyncConnection, settlements: Sequence[Settlement], held: set[str]
) -> None:
    """Disable the endpoints that answered 410, by what is stored: the secrets stay as they are."""
    gone = {
        s.claimed.endpoint: s.claimed.scope
        for s in settlements
        if s.outcome.disable and s.claimed.delivery in held
    }
    for id, scope in sorted(gone.items(), key=lambda item: item[0]):
        row = await rows.get(conn, endpoint, scope, id, lock=True)
        if row is not None:
            off = ENDPOINT.switched(row, EndpointState.DISABLED, GONE)
            await conn.execute(sa.update(endpoint).where(endpoint.c.id == id).values(off))
