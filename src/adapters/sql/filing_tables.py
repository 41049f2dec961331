"""Departures, pilgrims with their dossiers, filings, imports."""

from __future__ import annotations

from sqlalchemy import Index, Table, UniqueConstraint

from adapters.sql.columns import (
    at,
    body,
    due,
    known_environment,
    metadata,
    owned,
    refers,
    sealed,
    text,
)

departure = owned(
    "departure",
    text("entity"),
    text("connection"),
    body(),
    refers("entity", "entity"),
    refers("connection", "connection"),
)

pilgrim = owned(
    "pilgrim",
    text("departure"),
    text("person"),
    text("reference"),
    body(),
    refers("departure", "departure"),
    refers("person", "person"),
    UniqueConstraint("departure", "reference"),
)

# One field of a person's dossier, under the person's own key.
dossier = Table(
    "dossier",
    metadata,
    text("person", primary_key=True),
    text("field", primary_key=True),
    text("tenant"),
    text("environment"),
    sealed("sealed"),
    refers("person", "person"),
    known_environment(),
)

filing = owned(
    "filing",
    text("departure"),
    text("connection"),
    text("kind"),
    text("state"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("departure", "departure"),
    refers("connection", "connection"),
    UniqueConstraint("departure", "kind"),
    due("filing"),
)

# What is still to go in lies sealed beside the body.
pilgrim_import = owned(
    "pilgrim_import",
    text("departure"),
    text("state"),
    at("check_at", null=True),
    at("checked_until", null=True),
    sealed("entries"),
    body(),
    refers("departure", "departure"),
    Index("ix_pilgrim_import_departure", "departure"),
    due("pilgrim_import"),
)
