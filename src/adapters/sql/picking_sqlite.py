"""The statements of claiming on SQLite. :now is the injected clock's, as all times are."""

# ruff: noqa: S608  (nothing but this file's own constants is put into the texts)

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from adapters.sql.claim import ASKED_BEYOND
from adapters.sql.outbox import event, pace, pending
from adapters.sql.tables import endpoint
from adapters.sql.types import Instant

_INSTANT = ("now", "until")


def _text(sql: str) -> sa.TextClause:
    found = sa.text(sql)
    return found.bindparams(
        *(sa.bindparam(name, type_=Instant) for name in _INSTANT if f":{name}" in sql)
    )


def listed(column: sa.Column[str], name: str = "ids") -> sa.ColumnElement[bool]:
    """A list of any length as one parameter."""
    values = sa.text(f"SELECT value FROM json_each(:{name})")
    return column.in_(values.columns(value=sa.Text).scalar_subquery())


# The due index is walked from endpoint to endpoint, whatever their backlogs.
_WITH_DUE = """
WITH RECURSIVE hop (endpoint) AS (
    SELECT * FROM (
        SELECT endpoint FROM pending WHERE state = 'due' ORDER BY endpoint LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT p.endpoint FROM pending AS p
        WHERE p.state = 'due' AND p.endpoint > hop.endpoint ORDER BY p.endpoint LIMIT 1
    ) FROM hop WHERE hop.endpoint IS NOT NULL
)"""
_FIRST_DUE = """(
    SELECT p.due_at FROM pending AS p
    WHERE p.endpoint = hop.endpoint AND p.state = 'due' AND p.tier = {tier}
    ORDER BY p.due_at LIMIT 1
)"""
_FIRST, _RETRY = (_FIRST_DUE.format(tier=tier) for tier in (0, 1))
_ROOM = """CAST(max(c.cap, 1) AS INTEGER) - (
    SELECT count(*) FROM pending AS p WHERE p.endpoint = c.endpoint AND p.state = 'leased'
)"""

RECLAIM = _text(
    """
    UPDATE pending SET state = 'due', lease = NULL, lease_until = NULL
    WHERE state = 'leased' AND lease_until <= :now
    """
)

# The writer is alone, so that what is seen here is all there is.
IN_ORDER = _text(
    """
    UPDATE pending SET (state, due_at) = (
        SELECT CASE WHEN x.free THEN 'due' ELSE 'held' END,
            CASE WHEN x.free THEN pending.due_at ELSE pending.skip_at END
        FROM (SELECT pending.skip_at <= :now OR NOT EXISTS (
            SELECT 1 FROM pending AS b
            WHERE b.endpoint = pending.endpoint AND b.subject = pending.subject AND b.ordered
                AND b.sequence < pending.sequence
        ) AS free) AS x
    )
    WHERE state = 'held' AND due_at <= :now
    """
)

ASKED = _text(
    f"""
    SELECT p.delivery FROM pending AS p
    JOIN endpoint AS e ON e.id = p.endpoint JOIN pace AS c ON c.endpoint = p.endpoint
    WHERE p.state = 'due' AND p.asked AND p.due_at <= :now AND e.state = 'active'
        AND {_ROOM} > -{ASKED_BEYOND}
    ORDER BY p.due_at LIMIT :limit
    """
)

TURN = _text(
    f"""
    {_WITH_DUE}
    SELECT hop.endpoint, {_ROOM} AS room
    FROM hop
    CROSS JOIN pace AS c ON c.endpoint = hop.endpoint
    CROSS JOIN endpoint AS e ON e.id = hop.endpoint
    WHERE e.state = 'active' AND (c.resume_at IS NULL OR c.resume_at <= :now) AND room > 0
        AND ({_FIRST} <= :now OR {_RETRY} <= :now)
    ORDER BY c.served_at, hop.endpoint
    LIMIT :limit
    """
)

# In the order of :ids, from each its earliest; CROSS JOIN keeps that order and uses the index.
PICKED = _text(
    """
    SELECT served.value, p.delivery
    FROM json_each(:ids) AS served CROSS JOIN pending AS p ON p.delivery IN (
        SELECT x.delivery FROM pending AS x
        WHERE x.endpoint = served.value AND x.state = 'due' AND x.tier = :tier
            AND x.due_at <= :now AND NOT x.asked
        ORDER BY x.due_at LIMIT :each
    )
    ORDER BY served.key, p.due_at
    """
)

TAKE = _text(
    """
    UPDATE pending
    SET state = 'leased', lease = :lease, lease_until = :until, attempts = attempts + 1
    WHERE delivery IN (SELECT value FROM json_each(:ids))
    """
)
MARK = sa.update(pace).where(listed(pace.c.endpoint)).values(served_at=sa.bindparam("at"))

_newer = event.alias("newer")
_superseded = sa.and_(
    event.c.coalesce.is_not(None),
    sa.exists().where(
        *(
            _newer.c[name] == event.c[name]
            for name in ("tenant", "environment", "aggregateid", "type", "coalesce")
        ),
        _newer.c.sequence > event.c.sequence,
    ),
)
_pending = (pending.c[n] for n in ("delivery", "attempts", "failures", "created_at", "once"))
_event = (
    event.c[n]
    for n in ("id", "type", "occurred_at", "schema", "aggregateid", "sequence", "payload")
)
_pace = (
    pace.c[n] for n in ("cap", "threshold", "breaker", "failures", "pauses", "warned", "resume_at")
)

# Rows of CLAIMED.
CLAIM: sa.Select[Any] = (
    sa.select(
        *_pending,
        _superseded,
        *_event,
        event.c.valid_until,
        event.c.aggregatetype,
        pending.c.endpoint,
        endpoint.c.fingerprint,
        *_pace,
        pace.c.failing_since,
        pace.c.cut_at,
    )
    .join(event, event.c.id == pending.c.event)
    .join(endpoint, endpoint.c.id == pending.c.endpoint)
    .join(pace, pace.c.endpoint == pending.c.endpoint)
    .where(listed(pending.c.delivery))
)

NEXT_DUE = _text(
    f"""
    {_WITH_DUE}
    SELECT min(at) AS at FROM (
        SELECT min(max(
            min(coalesce({_FIRST}, '~'), coalesce({_RETRY}, '~')), coalesce(c.resume_at, '')
        )) AS at
        FROM hop
        CROSS JOIN pace AS c ON c.endpoint = hop.endpoint
        CROSS JOIN endpoint AS e ON e.id = hop.endpoint
        WHERE e.state = 'active' AND {_ROOM} > 0
        UNION ALL
        SELECT min(p.due_at) FROM pending AS p JOIN endpoint AS e ON e.id = p.endpoint
        WHERE p.state = 'due' AND p.asked AND e.state = 'active'
        UNION ALL
        SELECT min(due_at) FROM pending WHERE state = 'held'
        UNION ALL
        SELECT min(lease_until) FROM pending WHERE state = 'leased'
    )
    """
).columns(at=Instant)

OLDEST = _text(
    f"""
    {_WITH_DUE}
    SELECT min({_FIRST}) AS first, min({_RETRY}) AS retry
    FROM hop
    CROSS JOIN pace AS c ON c.endpoint = hop.endpoint
    CROSS JOIN endpoint AS e ON e.id = hop.endpoint
    WHERE e.state = 'active' AND c.breaker = 'closed'
    """
).columns(first=Instant, retry=Instant)

# Of endpoints that may be sent to, and what a worker held that is there no more.
PAST_DUE = _text(
    f"""
    {_WITH_DUE}
    SELECT min(at) AS at, (
        SELECT count(*) FROM pending WHERE state = 'leased' AND lease_until > :now
    ) AS in_hand
    FROM (
        SELECT max(
            min(coalesce({_FIRST}, '~'), coalesce({_RETRY}, '~')), coalesce(c.resume_at, '')
        ) AS at
        FROM hop
        CROSS JOIN pace AS c ON c.endpoint = hop.endpoint
        CROSS JOIN endpoint AS e ON e.id = hop.endpoint
        WHERE e.state = 'active' AND c.breaker = 'closed'
        UNION ALL
        SELECT min(lease_until) FROM pending WHERE state = 'leased'
    )
    """
).columns(at=Instant, in_hand=sa.Integer)

COUNT = _text("SELECT count(*) FROM (SELECT 1 FROM pending WHERE state = :state LIMIT :at_most)")
