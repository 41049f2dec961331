"""The whole schema of the first version.

Frozen: a later change is a migration of its own, never an edit of this one.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint

from adapters.sql.types import Instant, JsonText

revision = "0001"
down_revision = None


def upgrade() -> None:
    _tenancy()
    _commerce()
    _outbox()


def _text(name: str, *, null: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(name, sa.Text, nullable=null, primary_key=primary_key)


def _at(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Instant, nullable=null)


def _whole(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, sa.BigInteger, nullable=null)


def _json(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, JsonText, nullable=null)


def _body() -> Column[str]:
    return _json("body")


def _sealed(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, sa.LargeBinary, nullable=null)


def _refers(column: str, table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant", "environment", column],
        [f"{table}.tenant", f"{table}.environment", f"{table}.id"],
    )


def _known_environment() -> sa.CheckConstraint:
    return sa.CheckConstraint("environment IN ('test', 'live')", name="environment")


def _owned(name: str, *parts: Column[Any] | sa.Constraint | Index, **options: Any) -> None:
    op.create_table(
        name,
        _text("id", primary_key=True),
        _text("tenant"),
        _text("environment"),
        *parts,
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        UniqueConstraint("tenant", "environment", "id"),
        _known_environment(),
        **options,
    )


def _due(table: str) -> Index:
    return _partial(f"ix_{table}_due", "check_at", where="check_at IS NOT NULL")


def _partial(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _tenancy() -> None:
    op.create_table("sentinel", _text("name", primary_key=True), _sealed("sealed"))

    op.create_table("tenant", _text("id", primary_key=True), _at("created_at"), _body())

    op.create_table(
        "head",
        _text("tenant", primary_key=True),
        _text("environment", primary_key=True),
        _whole("feed_position"),
        _whole("audit_position"),
        _text("audit_digest"),
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        _known_environment(),
    )

    _owned("entity", _body())

    _owned("account", _text("adapter"), _sealed("credential", null=True), _body())

    _owned(
        "connection",
        _text("entity"),
        _text("account"),
        _text("adapter"),
        _text("state"),
        _body(),
        _refers("entity", "entity"),
        _refers("account", "account"),
    )

    _owned("partner", _body())

    _owned(
        "endpoint",
        _text("partner"),
        _text("url"),
        _text("state"),
        _at("served_at", null=True),
        _sealed("secrets"),
        _body(),
        _refers("partner", "partner"),
        Index("ix_endpoint_served", "served_at"),
    )

    _owned(
        "api_key",
        _text("digest"),
        _text("partner", null=True),
        _body(),
        _refers("partner", "partner"),
        UniqueConstraint("digest"),
    )

    _owned(
        "person",
        _sealed("wrapped_key", null=True),
        _sealed("sealed", null=True),
        _at("erased_at", null=True),
    )


def _commerce() -> None:
    _owned("quote", _text("entity"), _at("expires_at"), _body(), _refers("entity", "entity"))

    _owned(
        "booking",
        _text("entity"),
        _text("connection"),
        _text("quote"),
        _text("partner", null=True),
        _text("state"),
        _text("reference"),
        _text("vendor_reference"),
        _at("created_at"),
        _at("check_at", null=True),
        _at("checked_until", null=True),
        _body(),
        _refers("entity", "entity"),
        _refers("connection", "connection"),
        _refers("quote", "quote"),
        _refers("partner", "partner"),
        UniqueConstraint("tenant", "environment", "connection", "vendor_reference"),
        Index(None, "tenant", "environment", "reference"),
        Index("ix_booking_quote", "quote"),
        _due("booking"),
    )

    _owned(
        "payment_plan",
        _text("entity"),
        _text("booking", null=True),
        _text("partner", null=True),
        _text("state"),
        _at("created_at"),
        _at("check_at", null=True),
        _at("checked_until", null=True),
        _body(),
        _refers("entity", "entity"),
        _refers("booking", "booking"),
        _refers("partner", "partner"),
        _due("payment_plan"),
    )

    _owned(
        "payment",
        _text("booking", null=True),
        _text("plan", null=True),
        _text("entity"),
        _text("connection"),
        _text("partner", null=True),
        _text("state"),
        _text("gateway_reference", null=True),
        _at("created_at"),
        _at("check_at", null=True),
        _at("checked_until", null=True),
        _body(),
        _refers("booking", "booking"),
        _refers("plan", "payment_plan"),
        _refers("entity", "entity"),
        _refers("connection", "connection"),
        _refers("partner", "partner"),
        Index(None, "booking"),
        Index(None, "plan"),
        _due("payment"),
    )

    _owned(
        "refund",
        _text("payment"),
        _text("booking", null=True),
        _text("partner", null=True),
        _text("state"),
        _at("created_at"),
        _at("check_at", null=True),
        _at("checked_until", null=True),
        _body(),
        _refers("payment", "payment"),
        _refers("booking", "booking"),
        _refers("partner", "partner"),
        Index(None, "payment"),
        _due("refund"),
    )

    _owned(
        "inbox",
        _text("connection"),
        _text("vendor_id"),
        _text("type"),
        _text("state"),
        _text("note"),
        _whole("attempts"),
        _at("received_at"),
        _sealed("raw"),
        _at("check_at", null=True),
        _at("checked_until", null=True),
        _refers("connection", "connection"),
        UniqueConstraint("connection", "vendor_id"),
        _due("inbox"),
    )


def _outbox() -> None:
    op.create_table(
        "subject",
        _text("tenant"),
        _text("environment"),
        _text("id"),
        _whole("sequence"),
        PrimaryKeyConstraint("tenant", "environment", "id"),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        _known_environment(),
    )

    _owned(
        "event",
        _text("aggregatetype"),
        _text("aggregateid"),
        _text("type"),
        _text("schema"),
        _whole("sequence"),
        _json("payload"),
        _text("partner", null=True),
        _at("occurred_at"),
        _whole("position", null=True),
        _refers("partner", "partner"),
        UniqueConstraint("tenant", "environment", "aggregateid", "sequence"),
        UniqueConstraint("tenant", "environment", "position"),
        _partial("ix_event_unsealed", "tenant", "environment", "id", where="position IS NULL"),
    )

    _owned(
        "delivery",
        _text("event"),
        _text("event_type"),
        _text("endpoint"),
        _text("partner"),
        _text("state"),
        _at("due_at"),
        _whole("attempts"),
        _at("created_at"),
        _at("settled_at", null=True),
        _text("lease", null=True),
        _at("lease_until", null=True),
        _refers("event", "event"),
        _refers("endpoint", "endpoint"),
        Index("ix_delivery_event", "event"),
        _partial("ix_delivery_due", "endpoint", "due_at", where="state = 'due'"),
        _partial("ix_delivery_leased", "lease_until", where="state = 'leased'"),
        postgresql_with={"fillfactor": 80},
    )

    _owned(
        "attempt",
        _text("delivery"),
        _whole("number"),
        _at("at"),
        _text("fault"),
        _whole("status", null=True),
        _whole("elapsed_ms"),
        _whole("first_byte_ms", null=True),
        _whole("dns_ms", null=True),
        _whole("connect_ms", null=True),
        _whole("tls_ms", null=True),
        _text("address", null=True),
        _text("error"),
        _text("excerpt"),
        sa.Column("retry_after_s", sa.Double, nullable=True),
        _refers("delivery", "delivery"),
        Index("ix_attempt_delivery", "delivery", "number"),
    )

    _owned(
        "audit",
        _at("at"),
        _text("actor"),
        _text("action"),
        _text("subject"),
        _text("reason"),
        _json("before", null=True),
        _json("after", null=True),
        _text("request", null=True),
        _whole("position", null=True),
        _text("previous", null=True),
        _text("digest", null=True),
        UniqueConstraint("tenant", "environment", "position"),
        Index("ix_audit_subject", "tenant", "environment", "subject", "id"),
        _partial("ix_audit_unsealed", "tenant", "environment", "id", where="position IS NULL"),
    )

    op.create_table(
        "idempotency",
        _text("tenant"),
        _text("environment"),
        _text("principal"),
        _text("key"),
        _text("fingerprint"),
        _at("started_at"),
        _text("resource", null=True),
        _whole("status", null=True),
        _text("media_type", null=True),
        _sealed("answer", null=True),
        PrimaryKeyConstraint("tenant", "environment", "principal", "key"),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        _known_environment(),
        Index("ix_idempotency_started", "started_at"),
    )
