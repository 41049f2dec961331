"""Deliveries and their attempts, as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql import rows
from adapters.sql.outbox import attempt, delivery, event, pending
from adapters.sql.rows import PAGE_MAX, Row, owner, within
from adapters.sql.tables import endpoint
from core.domain.tenancy import Scope
from core.domain.webhooks.delivery import Attempt, Delivery, DeliveryState, Fault, Sent
from ports.store import AttemptFilter, DeliveryFilter, Page

_UNFINISHED = (DeliveryState.DUE, DeliveryState.LEASED, DeliveryState.HELD)


@cache
def _as_it_stands() -> sa.Select[Any]:
    """The record, and over it what is so only until it is settled for good."""
    changing = ("state", "due_at", "attempts")
    same = (c for c in delivery.c if c.name not in changing)
    over = (sa.func.coalesce(pending.c[n], delivery.c[n]).label(n) for n in changing)
    from_ = delivery.outerjoin(pending, pending.c.delivery == delivery.c.id)
    return sa.select(*same, *over).select_from(from_)


@cache
def _by_id(lock: bool) -> sa.Select[Any]:
    asked = (delivery.c[name] == sa.bindparam(name) for name in ("id", "tenant", "environment"))
    wanted = _as_it_stands().where(*asked)
    return wanted.with_for_update(key_share=True, of=delivery) if lock else wanted


async def one(conn: AsyncConnection, scope: Scope, id: str, *, lock: bool) -> Delivery | None:
    found = await conn.execute(_by_id(lock), {"id": id, **owner(scope)})
    row = found.mappings().one_or_none()
    return None if row is None else _delivery_of(row)


async def page(
    conn: AsyncConnection, scope: Scope, page: Page, where: DeliveryFilter
) -> list[Delivery]:
    """Newest first: ids sort by time."""
    wanted = _as_it_stands().where(within(delivery, scope), *_rules(where))
    wanted = _of_events(wanted, where)
    found = await conn.execute(_newest_first(wanted, delivery, page))
    return [_delivery_of(row) for row in found.mappings()]


def _newest_first(wanted: sa.Select[Any], table: sa.Table, page: Page) -> sa.Select[Any]:
    if page.after is not None:
        wanted = wanted.where(table.c.id < page.after)
    return wanted.order_by(table.c.id.desc()).limit(max(1, min(page.limit, PAGE_MAX)))


def _rules(where: DeliveryFilter) -> list[sa.ColumnElement[bool]]:
    asked = {"partner": where.partner, "endpoint": where.endpoint, "event": where.event}
    rules = _equal(delivery, asked)
    if where.state in _UNFINISHED:
        rules.append(pending.c.state == str(where.state))
    elif where.state is not None:
        rules.append(delivery.c.state == str(where.state))
    return rules + _between(delivery.c.created_at, where)


def _equal(table: sa.Table, asked: Mapping[str, object]) -> list[sa.ColumnElement[bool]]:
    return [table.c[name] == value for name, value in asked.items() if value is not None]


def _between(
    at: sa.Column[Any], where: DeliveryFilter | AttemptFilter
) -> list[sa.ColumnElement[bool]]:
    """since: from it on. until: before it."""
    rules = []
    if where.since is not None:
        rules.append(at >= where.since)
    if where.until is not None:
        rules.append(at < where.until)
    return rules


def _delivery_of(row: Row) -> Delivery:
    fields = {name: row[name] for name in Delivery.__struct_fields__}
    return msgspec.convert(fields, Delivery)


async def attempts(conn: AsyncConnection, scope: Scope, id: str) -> list[Attempt]:
    """Oldest first."""
    found = await rows.all_of(conn, attempt, scope, attempt.c.delivery == id)
    return [_attempt_of(row) for row in found]


async def attempts_page(
    conn: AsyncConnection, scope: Scope, page: Page, where: AttemptFilter
) -> list[Attempt]:
    """Newest first: ids sort by time."""
    fault = None if where.fault is None else str(where.fault)
    asked = {"endpoint": where.endpoint, "status": where.status, "fault": fault}
    rules = _equal(attempt, asked) + _between(attempt.c.at, where)
    wanted = sa.select(attempt).where(within(attempt, scope), *rules)
    if where.partner is not None:
        theirs = sa.select(endpoint.c.id).where(endpoint.c.partner == where.partner)
        wanted = wanted.where(attempt.c.endpoint.in_(theirs))
    if where.types or where.subject is not None:
        wanted = wanted.join(delivery, delivery.c.id == attempt.c.delivery)
        wanted = _of_events(wanted, where)
    found = await conn.execute(_newest_first(wanted, attempt, page))
    return [_attempt_of(row) for row in found.mappings()]


def _of_events(wanted: sa.Select[Any], where: DeliveryFilter | AttemptFilter) -> sa.Select[Any]:
    """Of *wanted*, which is of deliveries, those of such events."""
    if where.types:
        wanted = wanted.where(delivery.c.event_type.in_(where.types))
    if where.subject is None:
        return wanted
    about = event.c.id == delivery.c.event
    return wanted.join(event, about).where(event.c.aggregateid == where.subject)


def _attempt_of(row: Row) -> Attempt:
    sent = {name: row[name] for name in Sent.__struct_fields__}
    return Attempt(
        id=row["id"],
        delivery=row["delivery"],
        endpoint=row["endpoint"],
        number=row["number"],
        at=row["at"],
        sent=Sent(**{**sent, "fault": Fault(row["fault"])}),
    )
