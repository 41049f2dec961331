"""The statements that take deliveries back on PostgreSQL: each row fenced by its own lease."""

# ruff: noqa: S608  (nothing but this file's own constants is put into the texts)

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ports.store import Settlement


class _Fact(msgspec.Struct, omit_defaults=True):
    """What is said of one delivery. attempt None: it was not sent."""

    delivery: str
    lease: str
    state: str
    charged: bool
    wait_s: float | None = None
    attempt: str | None = None
    fault: str | None = None
    status: int | None = None
    elapsed_ms: int | None = None
    first_byte_ms: int | None = None
    address: str | None = None
    error: str | None = None
    excerpt: str | None = None
    retry_after_s: float | None = None
    dns_ms: int | None = None
    connect_ms: int | None = None
    tls_ms: int | None = None
    headers: str | None = None


_TYPES = {"charged": "bool", "wait_s": "float8", "status": "bigint", "retry_after_s": "float8"}
_READ = ", ".join(
    f"{name} {_TYPES.get(name, 'bigint' if name.endswith('_ms') else 'text')}"
    for name in _Fact.__struct_fields__
)
_SENT = _Fact.__struct_fields__[6:]
_KEPT = "p.delivery, p.tenant, p.environment, p.endpoint"
_TOLD = ", ".join(f"u.{name}" for name in ("attempt", *_SENT))
_COLUMNS = ", ".join(_SENT)

# $1 the facts as one JSON text: arrays cost the driver three times as much · $2 strict.
#
# A lease is there only while its delivery is leased. attempts was counted when it was claimed; what was not
# sent is counted back.
#
# The end of an ordered delivery lets the next one go, which needs the lock of strict order: it
# is left out here unless that is held, and comes a second time, with it.
SETTLE = f"""
WITH u AS MATERIALIZED (
    SELECT *, attempt IS NOT NULL AS sent FROM json_to_recordset($1::text::json) AS u ({_READ})
),
over AS (
    DELETE FROM pending AS p USING u
    WHERE p.delivery = u.delivery AND p.lease = u.lease AND u.wait_s IS NULL
        AND (NOT p.ordered OR $2)
    RETURNING {_KEPT}, p.subject, p.ordered, u.state,
        CASE WHEN u.sent THEN p.attempts ELSE p.attempts - 1 END AS attempts, {_TOLD}
),
again AS (
    UPDATE pending AS p
    SET state = 'due', due_at = now() + u.wait_s * interval '1 second',
        tier = CASE WHEN u.sent THEN 1 ELSE p.tier END,
        attempts = CASE WHEN u.sent THEN p.attempts ELSE p.attempts - 1 END,
        failures = p.failures + (u.sent AND u.charged)::int,
        asked = p.asked AND NOT u.sent, lease = NULL, lease_until = NULL
    FROM u
    WHERE p.delivery = u.delivery AND p.lease = u.lease AND u.wait_s IS NOT NULL
    RETURNING {_KEPT}, p.attempts, {_TOLD}
),
done AS (
    UPDATE delivery AS d
    SET state = o.state, settled_at = now(), attempts = o.attempts
    FROM over AS o WHERE d.id = o.delivery
),
tried AS (
    INSERT INTO attempt
        (id, delivery, tenant, environment, endpoint, number, at, {_COLUMNS})
    SELECT attempt, delivery, tenant, environment, endpoint, attempts, now(), {_COLUMNS}
    FROM over WHERE attempt IS NOT NULL
    UNION ALL
    SELECT attempt, delivery, tenant, environment, endpoint, attempts, now(), {_COLUMNS}
    FROM again WHERE attempt IS NOT NULL
)
SELECT delivery, CASE WHEN ordered THEN endpoint END, subject FROM over
UNION ALL
SELECT delivery, NULL, NULL FROM again
"""

# $1 endpoints · $2 a subject of each: the lowest that is held of each is to be looked at.
WAKE = """
UPDATE pending SET due_at = now()
WHERE delivery IN (
    SELECT next.delivery
    FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS t (endpoint, subject)) AS lane
    CROSS JOIN LATERAL (
        SELECT p.delivery FROM pending AS p
        WHERE p.endpoint = lane.endpoint AND p.subject = lane.subject AND p.ordered
            AND p.state = 'held'
        ORDER BY p.sequence LIMIT 1
    ) AS next
)
"""

_HELD = """
FROM unnest($1::text[], $2::text[]) AS u (delivery, lease)
WHERE p.delivery = u.delivery AND p.lease = u.lease
"""

EXTEND = f"""
UPDATE pending AS p SET lease_until = now() + $3::float8 * interval '1 second'
{_HELD} RETURNING p.delivery
"""

RELEASE = f"""
UPDATE pending AS p
SET state = 'due', due_at = now(), attempts = p.attempts - 1, lease = NULL, lease_until = NULL
{_HELD}
"""

# What waits for its order, once an endpoint wants none any more.
UNHOLD = """
UPDATE pending SET state = 'due', due_at = created_at
WHERE endpoint = $1 AND ordered AND state = 'held'
"""
HOLDS = "SELECT EXISTS (SELECT FROM pending WHERE endpoint = $1 AND ordered AND state = 'held')"


def facts(settlements: Sequence[Settlement]) -> str:
    """For SETTLE. By delivery: then no two of these can wait for each other in a circle."""
    by_delivery = sorted(settlements, key=lambda s: s.claimed.delivery)
    return _encode([_fact(s) for s in by_delivery]).decode()


_encode = msgspec.json.Encoder().encode


def _fact(s: Settlement) -> _Fact:
    claimed, outcome, sent = s.claimed, s.outcome, s.sent
    state, wait_s = outcome.state.value, outcome.wait_s
    if sent is None:
        return _Fact(claimed.delivery, claimed.lease, state, outcome.charged, wait_s)
    return _Fact(
        claimed.delivery,
        claimed.lease,
        state,
        outcome.charged,
        wait_s,
        s.attempt,
        sent.fault.value,
        sent.status,
        sent.elapsed_ms,
        sent.first_byte_ms,
        sent.address,
        storable(sent.error),
        storable(sent.excerpt),
        sent.retry_after_s,
        sent.dns_ms,
        sent.connect_ms,
        sent.tls_ms,
        storable(sent.headers),
    )


def storable(text: str) -> str:
    """PostgreSQL keeps any character but one."""
    return text.replace("\0", "\ufffd") if "\0" in text else text
