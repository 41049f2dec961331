"""Which events a recovery sends again: counted in one statement, walked in the feed's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.feed import event_of
from adapters.sql.outbox import delivery, event, pending
from adapters.sql.rows import within
from core.domain.event import TEST, Event
from core.domain.events.catalogue.endpoints import PING
from core.domain.tenancy import Scope
from core.domain.webhooks.delivery import DeliveryState
from core.domain.webhooks.recovery import Tally, Wanted, What

# Whatever else became of a delivery, its event was taken, is on its way, or need not arrive.
_MISSED = (str(DeliveryState.EXHAUSTED), str(DeliveryState.CANCELLED))


async def tally(conn: AsyncConnection, scope: Scope, wanted: Wanted) -> Tally:
    """The events are looked at once, whatever their number."""
    count = sa.func.count().label("count")
    ends = [
        extreme(column)
        for column in (event.c.occurred_at, event.c.position)
        for extreme in (sa.func.min, sa.func.max)
    ]
    asked = (
        sa.select(event.c.type, count, *ends)
        .where(event.c.position.is_not(None), *_wanted(scope, wanted))
        .group_by(event.c.type)
        .order_by(event.c.type)
    )
    found = (await conn.execute(asked)).all()
    if not found:
        return Tally({})
    types, counts, first_at, last_at, first, last = zip(*found, strict=True)
    return Tally(
        dict(zip(types, counts, strict=True)), min(first_at), max(last_at), min(first), max(last)
    )


async def events(
    conn: AsyncConnection, scope: Scope, wanted: Wanted, after: int, up_to: int, limit: int
) -> Sequence[Event]:
    asked = (
        sa.select(event)
        .where(event.c.position > after, event.c.position <= up_to, *_wanted(scope, wanted))
        .order_by(event.c.position)
        .limit(limit)
    )
    return [event_of(row) for row in (await conn.execute(asked)).mappings()]


async def unfinished(conn: AsyncConnection, scope: Scope, endpoint: str, at_most: int) -> int:
    """Each of the three is an index of its own, so that no backlog makes the count long."""
    of_it = (within(pending, scope), pending.c.endpoint == endpoint)
    counts = [
        sa.select(sa.func.count())
        .select_from(
            sa.select(pending.c.delivery).where(*of_it, sa.text(rows)).limit(at_most).subquery()
        )
        .scalar_subquery()
        for rows in ("state = 'due'", "state = 'leased'", "state = 'held' AND ordered")
    ]
    count: int = (await conn.execute(sa.select(counts[0] + counts[1] + counts[2]))).scalar_one()
    return min(count, at_most)


def _wanted(scope: Scope, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    rules = [
        within(event, scope),
        event.c.occurred_at >= wanted.since,
        event.c.occurred_at < wanted.until,
        event.c.type != PING,
        *(_matches(patterns) for patterns in wanted.types),
        ~_about(wanted.endpoint),
        sa.or_(event.c.aggregatetype != TEST, _delivered(wanted.endpoint)),
    ]
    if wanted.partner is not None:
        rules.append(event.c.partner == wanted.partner)
    if wanted.what is What.UNDELIVERED:
        alive = sa.or_(event.c.valid_until.is_(None), event.c.valid_until > wanted.at)
        rules += [alive, ~_delivered(wanted.endpoint, delivery.c.state.not_in(_MISSED))]
    return rules


def _matches(patterns: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """As core.domain.event.matches; by substr, since LIKE reads the _ of a type as any letter."""
    if "*" in patterns:
        return sa.true()
    whole = [p for p in patterns if not p.endswith(".*")]
    stems = [p.removesuffix("*") for p in patterns if p.endswith(".*")]
    begins = (sa.func.substr(event.c.type, 1, len(stem)) == stem for stem in stems)
    return sa.or_(event.c.type.in_(whole), *begins)


def _delivered(endpoint: str, *state: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """There is a delivery of the event to *endpoint*."""
    its = (delivery.c.event == event.c.id, delivery.c.endpoint == endpoint)
    return sa.exists().where(*its, *state).correlate(event)


def _about(endpoint: str) -> sa.ColumnElement[bool]:
    """The event is about the endpoint, or a delivery to it: it is not told through itself."""
    other: Any = delivery.alias("other")
    to_it = sa.exists().where(other.c.id == event.c.aggregateid, other.c.endpoint == endpoint)
    return sa.or_(
        event.c.aggregateid == endpoint,
        sa.and_(event.c.aggregatetype == "delivery", to_it.correlate(event)),
    )
