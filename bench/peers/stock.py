"""Deliveries in bulk: what the hub itself left of one event, multiplied by SQL.

One event goes through the real record path, so that each row is what the hub writes; its
copies differ in their ids. Works on both engines, with whatever columns the tables have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bench.peers.message import BODY
from core.application.hub import Hub
from core.application.webhooks.add_endpoint import NewEndpoint, add_endpoint
from core.application.webhooks.add_partner import add_partner
from core.domain.event import Event, EventDraft, body
from core.domain.tenancy import Environment, Scope
from core.domain.webhooks.partner import Sees
from entrypoints.first_run import at_the_desk, first_run

_FIRST = 1_000_000_000  # every copy's number has ten digits
# What a copy must have of its own: column by table, with n.i for its number.
_OWN: Mapping[str, Mapping[str, str]] = {
    "event": {"id": "evt", "aggregateid": "bkg"},
    "delivery": {"id": "dlv", "event": "evt", "subject": "bkg"},
    "pending": {"id": "dlv", "delivery": "dlv", "event": "evt", "subject": "bkg"},
    "attempt": {"id": "att", "delivery": "dlv", "event": "evt", "subject": "bkg"},
}


async def scope_of(hub: Hub) -> Scope:
    """The test environment of the one agency, made where there is none."""
    await first_run(hub)
    (tenant,) = await hub.store.tenants()
    return Scope(tenant.id, Environment.TEST)


async def furnish(hub: Hub, name: str, urls: Sequence[str]) -> str:
    """A partner with an endpoint at each of *urls*; its id."""
    asking = at_the_desk(await scope_of(hub))
    partner = await add_partner(hub, asking, name, Sees.OWN)
    for url in urls:
        await add_endpoint(hub, asking, NewEndpoint(url=url, types=("*",), partner=partner.id))
    return partner.id


def event_for(partner: str, subject: str, now: datetime) -> EventDraft:
    """One whose body has BODY bytes."""
    note = ""
    for _ in range(2):
        draft = EventDraft(
            type="booking.confirmed",
            schema="booking/1",
            subject_type="booking",
            subject=subject,
            payload={"note": note},
            partner=partner,
        )
        facts = {f: getattr(draft, f) for f in draft.__struct_fields__}
        known = {f: v for f, v in facts.items() if f in Event.__struct_fields__}
        event = Event(id="evt_" + "0" * 26, sequence=1, occurred_at=now, **known)
        note = note or "x" * (BODY - len(body(event)))
    return draft


async def record_one(hub: Hub, partner: str) -> str:
    """One event of *partner*, with a delivery for each of its endpoints; its id."""
    now = hub.clock.now()
    async with hub.store.begin(await scope_of(hub)) as tx:
        event = await tx.record(event_for(partner, hub.mint.id("bkg"), now), now)
    await hub.store.seal()
    return event.id


async def multiply(url: str, event: str, deliveries: int, *, salt: int) -> None:
    """Copy *event* and what belongs to it until there are so many deliveries of the kind.

    Each copy of a delivery has an event of its own. salt: unlike any other's in the database.
    """
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        if engine.dialect.name == "postgresql":  # copies of sound rows need no checking
            await conn.execute(sa.text("SET LOCAL session_replication_role = replica"))
        columns = await conn.run_sync(_columns)
        given = {**await _start(conn, event), "event": event, "salt": f"{salt:016d}"}
        given["count"] = deliveries - given["fan"]
        for table in _OWN:
            if table in columns:
                copied = {n: v for n, v in given.items() if f":{n}" in _copy(table, columns[table])}
                await conn.execute(sa.text(_copy(table, columns[table])), copied)
        ended = "UPDATE head SET feed_position = :ended WHERE environment = 'test'"
        await conn.execute(sa.text(ended), {"ended": given["start"] + given["count"]})
    await engine.dispose()


def _columns(conn: sa.Connection) -> dict[str, list[str]]:
    inspector = sa.inspect(conn)
    names = inspector.get_table_names()
    return {t: [c["name"] for c in inspector.get_columns(t)] for t in names if t in _OWN}


def _copy(table: str, columns: Sequence[str]) -> str:
    own = {c: f"'{p}_' || :salt || CAST({_FIRST} + n.i AS TEXT)" for c, p in _OWN[table].items()}
    own |= {"position": "CAST(:start + n.i + 1 AS BIGINT)"}
    if table == "event":
        source = "event x WHERE x.id = :event"
    else:
        key = "id" if table == "delivery" else "delivery"
        source = f"""{table} x JOIN (
            SELECT id AS of_delivery, row_number() OVER (ORDER BY endpoint) - 1 AS turn
            FROM delivery WHERE event = :event) t
            ON t.of_delivery = x.{key} WHERE t.turn = n.i % :fan"""  # noqa: S608 - names of our own
    values = [
        f"CASE WHEN x.{c} IS NULL THEN NULL ELSE {own[c]} END" if c in own else f'x."{c}"'
        for c in columns
    ]
    return f"""INSERT INTO {table} ({", ".join(f'"{c}"' for c in columns)})
        WITH RECURSIVE n(i) AS (
            SELECT 0 WHERE :count > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
        SELECT {", ".join(values)} FROM n, {source}"""  # noqa: S608


async def _start(conn: AsyncConnection, event: str) -> dict[str, Any]:
    """Where the copies begin in the feed (unplaced, the hub would seal them meanwhile), and how
    many deliveries of *event* there are to copy."""
    start = await conn.scalar(sa.text("SELECT max(feed_position) FROM head"))
    of_event = sa.text("SELECT count(*) FROM delivery WHERE event = :event")
    return {"start": start, "fan": await conn.scalar(of_event, {"event": event})}
