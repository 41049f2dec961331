"""What happened and what follows from it: events, deliveries, the audit trail, request keys.

The event table keeps the column names of Debezium's outbox router.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint

from adapters.sql.columns import (
    at,
    flag,
    known_environment,
    metadata,
    number,
    owned,
    partial,
    refers,
    sealed,
    text,
    whole,
)
from adapters.sql.types import JsonText

# Rows that are written many times in a short life: room to write them in place, and a vacuum
# that comes early.
CHURNED = {
    "fillfactor": 50,
    "autovacuum_vacuum_scale_factor": 0.0,
    "autovacuum_vacuum_threshold": 5000,
    "autovacuum_vacuum_cost_delay": 0,
    "autovacuum_analyze_scale_factor": 0.1,
    "autovacuum_analyze_threshold": 1000,
}

# Where each subject's count of events stands.
subject = Table(
    "subject",
    metadata,
    text("tenant"),
    text("environment"),
    text("id"),
    whole("sequence"),
    PrimaryKeyConstraint("tenant", "environment", "id"),
    sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
    known_environment(),
)

event = owned(
    "event",
    text("aggregatetype"),
    text("aggregateid"),
    text("type"),
    text("schema"),
    whole("sequence"),
    sa.Column("payload", JsonText, nullable=False),
    text("partner", null=True),
    at("occurred_at"),
    whole("position", null=True),
    at("valid_until", null=True),
    text("coalesce", null=True),
    refers("partner", "partner"),
    UniqueConstraint("tenant", "environment", "aggregateid", "sequence"),
    UniqueConstraint("tenant", "environment", "position"),
    Index("ix_event_occurred", "tenant", "environment", "occurred_at"),
    partial("ix_event_unsealed", "tenant", "environment", "id", where="position IS NULL"),
    partial(
        "ix_event_coalesce",
        *("tenant", "environment", "aggregateid", "coalesce", "sequence"),
        where="coalesce IS NOT NULL",
    ),
)

# The record, kept. Until a delivery is settled for good its state, due_at and attempts are those
# of its row in pending; nothing here is indexed that settling changes.
delivery = owned(
    "delivery",
    text("event"),
    text("event_type"),
    text("endpoint"),
    text("partner"),
    text("state"),
    at("due_at"),
    whole("attempts"),
    at("created_at"),
    at("settled_at", null=True),
    refers("event", "event"),
    refers("endpoint", "endpoint"),
    Index("ix_delivery_event", "event"),
    Index("ix_delivery_endpoint", "endpoint", "id"),
    postgresql_with={"fillfactor": 50},
)

# What is still to be done, and nothing else: claims cost the same whatever the history.
# tier: 0 a first attempt, 1 tried before or sent again. asked: a person waits for it. once: not
# tried again. ordered: waits for what is before it of its subject, until skip_at.
pending = Table(
    "pending",
    metadata,
    text("delivery", primary_key=True),
    text("tenant"),
    text("environment"),
    text("endpoint"),
    text("event"),
    text("state"),
    whole("tier"),
    at("due_at"),
    whole("attempts"),
    whole("failures"),
    text("lease", null=True),
    at("lease_until", null=True),
    at("created_at"),
    at("valid_until", null=True),
    flag("asked"),
    flag("once"),
    flag("ordered"),
    text("subject"),
    whole("sequence"),
    at("skip_at", null=True),
    refers("delivery", "delivery"),
    known_environment(),
    partial("ix_pending_due", "endpoint", "tier", "due_at", where="state = 'due'"),
    partial("ix_pending_leased", "endpoint", where="state = 'leased'"),
    partial("ix_pending_asked", "due_at", where="state = 'due' AND asked"),
    partial("ix_pending_held", "due_at", where="state = 'held'"),
    partial("ix_pending_lane", "endpoint", "subject", "sequence", where="ordered"),
    postgresql_with=CHURNED,
)

# One row for each endpoint, written with every claim: without an index but its key, so that
# PostgreSQL writes it in place. served_at: when it was last claimed for.
pace = Table(
    "pace",
    metadata,
    text("endpoint", primary_key=True),
    text("tenant"),
    text("environment"),
    at("served_at", null=True),
    number("cap"),
    number("threshold"),
    text("breaker"),
    whole("failures"),
    whole("pauses"),
    whole("warned"),
    at("resume_at", null=True),
    at("failing_since", null=True),
    at("cut_at", null=True),
    refers("endpoint", "endpoint"),
    known_environment(),
    postgresql_with=CHURNED,
)

# On PostgreSQL a partition for each day of `at`: what is old is dropped whole.
attempt = Table(
    "attempt",
    metadata,
    text("tenant"),
    text("environment"),
    text("id"),
    text("delivery"),
    text("endpoint"),
    whole("number"),
    at("at"),
    text("fault"),
    whole("status", null=True),
    whole("elapsed_ms"),
    whole("first_byte_ms", null=True),
    whole("dns_ms", null=True),
    whole("connect_ms", null=True),
    whole("tls_ms", null=True),
    text("address", null=True),
    text("error"),
    text("excerpt"),
    text("headers"),
    number("retry_after_s", null=True),
    PrimaryKeyConstraint("tenant", "environment", "id", "at"),
    Index("ix_attempt_delivery", "delivery"),
    Index("ix_attempt_endpoint", "endpoint", "id"),
    postgresql_partition_by="RANGE (at)",
)

audit = owned(
    "audit",
    at("at"),
    text("actor"),
    text("action"),
    text("subject"),
    text("reason"),
    sa.Column("before", JsonText, nullable=True),
    sa.Column("after", JsonText, nullable=True),
    text("request", null=True),
    whole("position", null=True),
    text("previous", null=True),
    text("digest", null=True),
    UniqueConstraint("tenant", "environment", "position"),
    Index("ix_audit_subject", "tenant", "environment", "subject", "id"),
    partial("ix_audit_unsealed", "tenant", "environment", "id", where="position IS NULL"),
)

# The stored answer is sealed: it may tell of persons.
idempotency = Table(
    "idempotency",
    metadata,
    text("tenant"),
    text("environment"),
    text("principal"),
    text("key"),
    text("fingerprint"),
    at("started_at"),
    text("resource", null=True),
    whole("status", null=True),
    text("media_type", null=True),
    sealed("answer", null=True),
    PrimaryKeyConstraint("tenant", "environment", "principal", "key"),
    sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
    known_environment(),
    Index("ix_idempotency_started", "started_at"),
)
