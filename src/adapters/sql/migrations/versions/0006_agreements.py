"""Agreements, and the templates they are made from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Index, UniqueConstraint

from adapters.sql.types import Instant, JsonText

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    check_at = sa.text("check_at IS NOT NULL")
    op.create_table(
        "agreement",
        *_owned("entity"),
        *(_text(name, null=True) for name in ("connection", "partner", "vendor_reference")),
        _text("state"),
        Column("created_at", Instant, nullable=False),
        Column("check_at", Instant, nullable=True),
        Column("checked_until", Instant, nullable=True),
        Column("body", JsonText, nullable=False),
        *(_refers(name) for name in ("entity", "connection", "partner")),
        *_rules(),
        Index("ix_agreement_due", "check_at", postgresql_where=check_at, sqlite_where=check_at),
    )
    op.create_table(
        "template",
        *_owned("name"),
        Column("version", sa.BigInteger, nullable=False),
        Column("body", JsonText, nullable=False),
        *_rules(),
        UniqueConstraint("tenant", "environment", "name", "version"),
    )


def _owned(*names: str) -> list[Column[str]]:
    return [_text("id", key=True), *(_text(n) for n in ("tenant", "environment", *names))]


def _rules() -> list[sa.Constraint]:
    return [
        ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        UniqueConstraint("tenant", "environment", "id"),
        sa.CheckConstraint("environment IN ('test', 'live')", name="environment"),
    ]


def _text(name: str, *, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, sa.Text, nullable=null, primary_key=key)


def _refers(name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant", "environment", name],
        [f"{name}.tenant", f"{name}.environment", f"{name}.id"],
    )
