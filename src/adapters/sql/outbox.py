"""What happened and what follows from it: events, deliveries, the audit trail, request keys.

The event table keeps the column names of Debezium's outbox router.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Index, PrimaryKeyConstraint, Table, UniqueConstraint

from adapters.sql.columns import (
    at,
    known_environment,
    metadata,
    owned,
    partial,
    refers,
    sealed,
    text,
    whole,
)
from adapters.sql.types import JsonText

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
    refers("partner", "partner"),
    UniqueConstraint("tenant", "environment", "aggregateid", "sequence"),
    UniqueConstraint("tenant", "environment", "position"),
    partial("ix_event_unsealed", "tenant", "environment", "id", where="position IS NULL"),
)

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
    text("lease", null=True),
    at("lease_until", null=True),
    refers("event", "event"),
    refers("endpoint", "endpoint"),
    Index("ix_delivery_event", "event"),
    partial("ix_delivery_due", "endpoint", "due_at", where="state = 'due'"),
    partial("ix_delivery_leased", "lease_until", where="state = 'leased'"),
    postgresql_with={"fillfactor": 80},
)

attempt = owned(
    "attempt",
    text("delivery"),
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
    sa.Column("retry_after_s", sa.Double, nullable=True),
    refers("delivery", "delivery"),
    Index("ix_attempt_delivery", "delivery", "number"),
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
