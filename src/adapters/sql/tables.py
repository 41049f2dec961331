"""The aggregates; those of the stock are in stock_tables.py. Each is kept whole in `body`; what is asked by has a column beside it."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlalchemy import text as literal

from adapters.sql.columns import (
    at,
    body,
    due,
    known_environment,
    metadata,
    owned,
    partial,
    refers,
    sealed,
    text,
    whole,
)

# One word sealed by the vault: a wrong key is found when the store opens, not at the first row.
sentinel = Table("sentinel", metadata, text("name", primary_key=True), sealed("sealed"))

tenant = Table("tenant", metadata, text("id", primary_key=True), at("created_at"), body())

# The end of the feed and of the audit chain of one scope; whoever holds the row may extend them.
head = Table(
    "head",
    metadata,
    text("tenant", primary_key=True),
    text("environment", primary_key=True),
    whole("feed_position"),
    whole("audit_position"),
    text("audit_digest"),
    ForeignKeyConstraint(["tenant"], ["tenant.id"]),
    known_environment(),
)

entity = owned("entity", body())

account = owned("account", text("adapter"), sealed("credential", null=True), body())

connection = owned(
    "connection",
    text("entity"),
    text("account"),
    text("adapter"),
    text("state"),
    body(),
    refers("entity", "entity"),
    refers("account", "account"),
)

partner = owned("partner", body())

# fingerprint: another one whenever anything else of the row is another.
endpoint = owned(
    "endpoint",
    text("partner"),
    text("url"),
    text("state"),
    sealed("secrets"),
    body(),
    text("fingerprint", server_default=literal("''")),
    refers("partner", "partner"),
)

# Private halves lie sealed; of one scope at most one signs without an end.
signing_key = owned(
    "signing_key",
    text("public"),
    sealed("private", null=True),
    at("created_at"),
    at("signs_until", null=True),
    at("shown_until", null=True),
    partial(
        "uq_signing_key_newest",
        *("tenant", "environment"),
        where="signs_until IS NULL",
        unique=True,
    ),
)

api_key = owned(
    "api_key",
    text("digest"),
    text("partner", null=True),
    body(),
    refers("partner", "partner"),
    UniqueConstraint("digest"),
)

# Erased: key and data are gone, the row stays, so that it is known that there was somebody.
person = owned(
    "person",
    sealed("wrapped_key", null=True),
    sealed("sealed", null=True),
    at("erased_at", null=True),
)

quote = owned("quote", text("entity"), at("expires_at"), body(), refers("entity", "entity"))

booking = owned(
    "booking",
    text("entity"),
    text("connection"),
    text("quote"),
    text("partner", null=True),
    text("state"),
    text("reference"),
    text("vendor_reference"),
    at("created_at"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("entity", "entity"),
    refers("connection", "connection"),
    refers("quote", "quote"),
    refers("partner", "partner"),
    UniqueConstraint("tenant", "environment", "connection", "vendor_reference"),
    Index(None, "tenant", "environment", "reference"),
    Index("ix_booking_quote", "quote"),
    due("booking"),
)

# One of each booking of a flight.
pnr = owned(
    "pnr",
    text("booking"),
    text("entity"),
    text("connection"),
    text("locator"),
    text("partner", null=True),
    text("state"),
    at("created_at"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("booking", "booking"),
    refers("entity", "entity"),
    refers("connection", "connection"),
    refers("partner", "partner"),
    UniqueConstraint("booking"),
    Index(None, "connection", "locator"),
    due("pnr"),
)

# Its id is the booking's. What opens doors lies sealed.
voucher = owned(
    "voucher",
    at("created_at"),
    at("issued_at", null=True),
    whole("checks"),
    text("why"),
    sealed("sealed"),
    at("check_at", null=True),
    at("checked_until", null=True),
    refers("id", "booking"),
    due("voucher"),
)

# Its id is the connection's whose queues are read.
queue_watch = owned(
    "queue_watch",
    at("check_at"),
    at("checked_until", null=True),
    refers("id", "connection"),
    due("queue_watch"),
)

payment_plan = owned(
    "payment_plan",
    text("entity"),
    text("booking", null=True),
    text("partner", null=True),
    text("state"),
    at("created_at"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("entity", "entity"),
    refers("booking", "booking"),
    refers("partner", "partner"),
    due("payment_plan"),
)

# Of a booking, of a plan, or of both.
payment = owned(
    "payment",
    text("booking", null=True),
    text("plan", null=True),
    text("entity"),
    text("connection"),
    text("partner", null=True),
    text("state"),
    text("gateway_reference", null=True),
    text("charge_reference", null=True),
    at("created_at"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("booking", "booking"),
    refers("plan", "payment_plan"),
    refers("entity", "entity"),
    refers("connection", "connection"),
    refers("partner", "partner"),
    Index(None, "booking"),
    Index(None, "plan"),
    Index("ix_payment_charge", "connection", "charge_reference"),
    due("payment"),
)

refund = owned(
    "refund",
    text("payment"),
    text("booking", null=True),
    text("partner", null=True),
    text("state"),
    at("created_at"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("payment", "payment"),
    refers("booking", "booking"),
    refers("partner", "partner"),
    Index(None, "payment"),
    due("refund"),
)

# What goes out by hand has no connection.
agreement = owned(
    "agreement",
    text("entity"),
    text("connection", null=True),
    text("partner", null=True),
    text("state"),
    text("vendor_reference", null=True),
    at("created_at"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("entity", "entity"),
    refers("connection", "connection"),
    refers("partner", "partner"),
    due("agreement"),
)

template = owned(
    "template",
    text("name"),
    whole("version"),
    body(),
    UniqueConstraint("tenant", "environment", "name", "version"),
)

inbox = owned(
    "inbox",
    text("connection"),
    text("vendor_id"),
    text("type"),
    text("state"),
    text("note"),
    whole("attempts"),
    at("received_at"),
    at("handled_at", null=True),
    text("reason", server_default=literal("''")),
    sealed("raw"),
    at("check_at", null=True),
    at("checked_until", null=True),
    refers("connection", "connection"),
    UniqueConstraint("connection", "vendor_id"),
    due("inbox"),
)

rejection = owned(
    "rejection",
    *(text(name) for name in ("connection", "adapter", "reason", "digest")),
    *(whole(name) for name in ("size", "passed_over")),
    at("received_at"),
    refers("connection", "connection"),
    Index("ix_rejection_connection", "connection", "id"),
)

# Of one endpoint at most one runs at a time.
recovery = owned(
    "recovery",
    text("endpoint"),
    text("partner"),
    text("state"),
    at("check_at", null=True),
    at("checked_until", null=True),
    body(),
    refers("endpoint", "endpoint"),
    refers("partner", "partner"),
    Index("ix_recovery_endpoint", "endpoint", "id"),
    partial("uq_recovery_running", "endpoint", where="state = 'running'", unique=True),
    due("recovery"),
)
