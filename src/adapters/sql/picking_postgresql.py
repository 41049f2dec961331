"""The statements that hand out deliveries on PostgreSQL. All times are the database's own.

They are fixed texts, run as they are: built by SQLAlchemy they cost half as much again, in the
one place where each microsecond counts for every delivery.
"""

# ruff: noqa: S608  (nothing but this file's own constants is put into the texts)

from __future__ import annotations

from adapters.sql.claim import ASKED_BEYOND, ASKED_IN, RETRY_IN, SHARE

# Who has something due: the due index is walked from endpoint to endpoint, so that a backlog of
# a million costs as much as one row.
_HOP = """hop (endpoint) AS (
    (SELECT endpoint FROM pending WHERE state = 'due' AND {when} ORDER BY endpoint LIMIT 1)
    UNION ALL
    SELECT (
        SELECT p.endpoint FROM pending AS p
        WHERE p.state = 'due' AND p.endpoint > hop.endpoint ORDER BY p.endpoint LIMIT 1
    ) FROM hop WHERE hop.endpoint IS NOT NULL
)"""
_WITH_DUE = "WITH RECURSIVE " + _HOP.format(when="true")

_FIRST_DUE = """(
    SELECT p.due_at FROM pending AS p
    WHERE p.endpoint = hop.endpoint AND p.state = 'due' AND p.tier = {tier}
    ORDER BY p.due_at LIMIT 1
)"""
_FIRST, _RETRY = (_FIRST_DUE.format(tier=tier) for tier in (0, 1))

_LEASED = """(
    SELECT count(*) FROM pending AS p WHERE p.endpoint = c.endpoint AND p.state = 'leased'
)"""
_MAY_BE_SERVED = "(c.resume_at IS NULL OR c.resume_at <= now())"

# $1 endpoints in turn; NULL: to be looked for, least recently served first, and told · $2 how
# many were found when they were last looked for · $3 how many in all · $4 of those tried before
# · $5 lease · $6 its seconds · $7 of how many endpoints beyond those that fill the batch if each
# has its share.
#
# Whoever holds an endpoint's row of pace, and sees the leases of the last who held it (its
# served_at is the one of our snapshot), alone takes from that endpoint's rows: no cap is passed,
# and no row of pending need be locked. What a person asked for goes without that row.
#
# Of each endpoint's room, and of the whole, one place in four goes to what was tried
# before and is due again: new events must not keep it waiting for ever.
#
# Nothing waits for the disk: a claim that a crash undoes was a lease, and its deliveries are
# due again, as if it had ended.
PICK = f"""
WITH RECURSIVE quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true)),
asked AS MATERIALIZED (
    SELECT p.delivery, p.endpoint
    FROM pending AS p
    JOIN endpoint AS e ON e.id = p.endpoint AND e.state = 'active'
    JOIN pace AS c ON c.endpoint = p.endpoint AND {_LEASED} < floor(c.cap) + {ASKED_BEYOND}
    WHERE p.state = 'due' AND p.asked AND p.due_at <= now()
    ORDER BY p.due_at LIMIT greatest($3 / {ASKED_IN}, 1)
    FOR UPDATE OF p SKIP LOCKED
),
{_HOP.format(when="$1::text[] IS NULL")},
looked AS MATERIALIZED (
    SELECT hop.endpoint, c.served_at
    FROM hop
    JOIN pace AS c ON c.endpoint = hop.endpoint AND {_MAY_BE_SERVED}
    JOIN endpoint AS e ON e.id = hop.endpoint AND e.state = 'active'
    WHERE ({_FIRST} <= now() OR {_RETRY} <= now()) AND floor(greatest(c.cap, 1)) > {_LEASED}
),
line AS MATERIALIZED (
    SELECT coalesce($1, ARRAY(SELECT endpoint FROM looked ORDER BY served_at NULLS FIRST)) AS all
),
share AS MATERIALIZED (
    SELECT greatest({SHARE}, $3 / greatest(coalesce($2, cardinality(line.all)), 1)) AS each
    FROM line
),
turn AS MATERIALIZED (
    SELECT t.endpoint, t.place
    FROM line, share,
        unnest(line.all[1:$3 / share.each + $7]) WITH ORDINALITY AS t (endpoint, place)
),
served AS MATERIALIZED (
    SELECT
        t.endpoint, t.place,
        least((SELECT each FROM share), floor(greatest(c.cap, 1))::bigint - {_LEASED}) AS room
    FROM turn AS t
    JOIN endpoint AS e ON e.id = t.endpoint AND e.state = 'active'
    JOIN pace AS seen ON seen.endpoint = t.endpoint
    JOIN pace AS c ON c.endpoint = t.endpoint AND {_MAY_BE_SERVED}
        AND c.served_at IS NOT DISTINCT FROM seen.served_at
    FOR UPDATE OF c SKIP LOCKED
),
kept AS MATERIALIZED (
    SELECT s.endpoint, (
        SELECT count(*) FROM (
            SELECT FROM pending AS p
            WHERE p.endpoint = s.endpoint AND p.state = 'due' AND p.tier = 1
                AND p.due_at <= now() AND NOT p.asked
            LIMIT least((greatest(s.room, 0) + {RETRY_IN - 1}) / {RETRY_IN}, $4::bigint)
        ) AS x
    ) AS retries
    FROM served AS s
),
first AS MATERIALIZED (
    SELECT of_it.delivery, s.endpoint
    FROM served AS s JOIN kept AS k ON k.endpoint = s.endpoint CROSS JOIN LATERAL (
        SELECT p.delivery FROM pending AS p
        WHERE p.endpoint = s.endpoint AND p.state = 'due' AND p.tier = 0 AND p.due_at <= now()
            AND NOT p.asked
        ORDER BY p.due_at LIMIT greatest(s.room - k.retries, 0)
    ) AS of_it
    ORDER BY s.place
    LIMIT greatest($3 - (SELECT count(*) FROM asked) - least(
        (SELECT sum(retries) FROM kept)::bigint, ($3 + {RETRY_IN - 1}) / {RETRY_IN}, $4::bigint), 0)
),
again AS MATERIALIZED (
    SELECT of_it.delivery, s.endpoint
    FROM (
        SELECT s.*, (SELECT count(*) FROM first AS f WHERE f.endpoint = s.endpoint) AS taken
        FROM served AS s
    ) AS s CROSS JOIN LATERAL (
        SELECT p.delivery FROM pending AS p
        WHERE p.endpoint = s.endpoint AND p.state = 'due' AND p.tier = 1 AND p.due_at <= now()
            AND NOT p.asked
        ORDER BY p.due_at LIMIT greatest(s.room - s.taken, 0)
    ) AS of_it
    ORDER BY s.place
    LIMIT greatest(least(
        $4::bigint, $3 - (SELECT count(*) FROM asked) - (SELECT count(*) FROM first)), 0)
),
mark AS (
    UPDATE pace SET served_at = clock_timestamp()
    WHERE endpoint = ANY(ARRAY(SELECT endpoint FROM first UNION SELECT endpoint FROM again))
),
taken AS (
    UPDATE pending AS p
    SET state = 'leased', lease = $5, lease_until = now() + $6::float8 * interval '1 second',
        attempts = p.attempts + 1
    WHERE p.state = 'due' AND p.delivery = ANY(ARRAY(
        SELECT delivery FROM asked
        UNION ALL SELECT delivery FROM first
        UNION ALL SELECT delivery FROM again
    ))
    RETURNING p.delivery, p.attempts, p.failures, p.created_at, p.once, p.event, p.endpoint
)
SELECT
    about.now, about.strict, CASE WHEN row_number() OVER () = 1 THEN about.turn END,
    t.delivery, t.attempts, t.failures, t.created_at, t.once,
    v.coalesce IS NOT NULL AND EXISTS (
        SELECT FROM event AS n
        WHERE n.tenant = v.tenant AND n.environment = v.environment
            AND n.aggregateid = v.aggregateid AND n.coalesce = v.coalesce
            AND n.sequence > v.sequence AND n.type = v.type
    ),
    v.id, v.type, v.occurred_at, v.schema, v.aggregateid, v.sequence, v.payload::text,
    v.valid_until, v.aggregatetype,
    t.endpoint, e.fingerprint,
    c.cap, c.threshold, c.breaker, c.failures, c.pauses, c.warned, c.resume_at, c.failing_since,
    c.cut_at
FROM (
    SELECT
        now() AS now,
        EXISTS (SELECT FROM pending WHERE state = 'held' AND due_at <= now()) AS strict,
        CASE WHEN $1 IS NULL THEN line.all END AS turn
    FROM quick, line
) AS about
LEFT JOIN (
    taken AS t
    JOIN event AS v ON v.id = t.event
    JOIN endpoint AS e ON e.id = t.endpoint
    JOIN pace AS c ON c.endpoint = t.endpoint
) ON true
"""
ABOUT = 3  # columns before those of CLAIMED

# Who holds it is alone in deciding what of a strict order may go: see IN_ORDER and WAKE.
ALONE = "SELECT pg_advisory_xact_lock(7237114525032)"
UNHURRIED = "SET LOCAL synchronous_commit = off"

# What is held and due is looked at: it goes if nothing of its subject is pending before it, or
# if it waited long enough; else it sleeps until the settling of the one before wakes it.
#
# None is forgotten. Where this sees a held row it also sees all of its subject before it, since
# the row of the subject's counter is held from the sequence to the commit. So what is before it
# is either seen as pending, or settled and gone. Its settling holds the same lock and, with a
# snapshot taken under that lock, wakes the lowest held row it sees: had we put it to sleep before
# that, it is woken; had it not been committed by then, it is due as it was inserted, and looked
# at after that, when nothing is before it any more.
IN_ORDER = """
UPDATE pending AS p
SET state = CASE WHEN x.free THEN 'due' ELSE 'held' END,
    due_at = CASE WHEN x.free THEN p.due_at ELSE p.skip_at END
FROM (
    SELECT h.delivery, h.skip_at <= now() OR NOT EXISTS (
        SELECT FROM pending AS b
        WHERE b.endpoint = h.endpoint AND b.subject = h.subject AND b.ordered
            AND b.sequence < h.sequence
    ) AS free
    FROM pending AS h
    WHERE h.state = 'held' AND h.due_at <= now()
    ORDER BY h.due_at LIMIT 1000
) AS x
WHERE p.delivery = x.delivery AND p.state = 'held'
"""

RECLAIM = """
WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE pending
SET state = 'due', lease = NULL, lease_until = NULL
WHERE delivery IN (
    SELECT p.delivery FROM pending AS p, quick
    WHERE p.state = 'leased' AND p.lease_until <= now()
    LIMIT 1000
    FOR UPDATE OF p SKIP LOCKED
)
"""

NEXT_DUE = f"""
{_WITH_DUE}
SELECT extract(epoch FROM least(
    (
        SELECT min(greatest(least({_FIRST}, {_RETRY}), c.resume_at))
        FROM hop
        JOIN pace AS c ON c.endpoint = hop.endpoint
        JOIN endpoint AS e ON e.id = hop.endpoint AND e.state = 'active'
        WHERE floor(greatest(c.cap, 1)) > {_LEASED}
    ),
    (
        SELECT p.due_at FROM pending AS p
        JOIN endpoint AS e ON e.id = p.endpoint AND e.state = 'active'
        WHERE p.state = 'due' AND p.asked ORDER BY p.due_at LIMIT 1
    ),
    (SELECT p.due_at FROM pending AS p WHERE p.state = 'held' ORDER BY p.due_at LIMIT 1),
    (SELECT min(p.lease_until) FROM pending AS p WHERE p.state = 'leased')
) - now())::float8
"""

OLDEST = f"""
{_WITH_DUE}
SELECT
    extract(epoch FROM now() - min({_FIRST}))::float8,
    extract(epoch FROM now() - min({_RETRY}))::float8
FROM hop
JOIN pace AS c ON c.endpoint = hop.endpoint AND c.breaker = 'closed'
JOIN endpoint AS e ON e.id = hop.endpoint AND e.state = 'active'
"""

# Of endpoints that may be sent to, and what a worker held that is there no more.
PAST_DUE = f"""
{_WITH_DUE}
SELECT
    extract(epoch FROM now() - least(
        (
            SELECT min(greatest(least({_FIRST}, {_RETRY}), c.resume_at))
            FROM hop
            JOIN pace AS c ON c.endpoint = hop.endpoint AND c.breaker = 'closed'
            JOIN endpoint AS e ON e.id = hop.endpoint AND e.state = 'active'
        ),
        (SELECT min(p.lease_until) FROM pending AS p WHERE p.state = 'leased')
    ))::float8,
    (SELECT count(*) FROM pending AS p WHERE p.state = 'leased' AND p.lease_until > now())
"""

BREAKERS = "SELECT breaker, count(*) FROM pace GROUP BY breaker"

COUNTS = """
SELECT
    (SELECT count(*) FROM (SELECT FROM pending WHERE state = 'due' LIMIT $1) AS x),
    (SELECT count(*) FROM (SELECT FROM pending WHERE state = 'leased' LIMIT $1) AS x),
    (SELECT count(*) FROM (SELECT FROM pending WHERE state = 'held' LIMIT $1) AS x)
"""
