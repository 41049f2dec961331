"""How each aggregate becomes a row and back. Columns and body are made from the same value."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any, Generic, TypeVar

import msgspec

from adapters.sql import channel_tables, filing_tables, stock_tables, tables
from adapters.sql.rows import Row
from adapters.sql.seals import Seals
from core.domain.agreements.agreement import Agreement
from core.domain.agreements.akad.template import Template
from core.domain.bookings.activity import Voucher
from core.domain.bookings.booking import Booking
from core.domain.bookings.kept_pnr import KeptPnr
from core.domain.bookings.offer import Quote
from core.domain.bookings.voucher import VoucherSheet
from core.domain.channels.channel import Channel
from core.domain.channels.parity import Breach, Reading
from core.domain.channels.pulling import Pull, Watch
from core.domain.channels.push import Push
from core.domain.channels.reservation import Acknowledgement, Reservation
from core.domain.connections.connection import Connection, QueueWatch, VendorAccount
from core.domain.filings.departure import Departure, Pilgrim
from core.domain.filings.filing import Filing
from core.domain.filings.pilgrim_import import PilgrimImport
from core.domain.filings.roster import Entry
from core.domain.inbound.inbox import InboxMessage, InboxState
from core.domain.inbound.rejection import Rejection
from core.domain.payments.payment import Payment, Refund
from core.domain.payments.payment_plan import PaymentPlan
from core.domain.secret import Secret
from core.domain.stock.allotment import Allotment
from core.domain.stock.holding import Hold
from core.domain.stock.property import Property
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from core.domain.stock.sale import Sale
from core.domain.tenancy import ApiKey, LegalEntity
from core.domain.webhooks.partner import Endpoint, Partner, SigningSecret
from core.domain.webhooks.recovery import Recovery
from core.domain.webhooks.signature import private_from, private_of
from core.domain.webhooks.signing_key import SigningKey
from ports.vault import Unreadable

T = TypeVar("T", bound=msgspec.Struct)


class Kind(Generic[T]):
    """columns: what is asked by, as fields of the value that are also columns of the table."""

    def __init__(self, table: Any, type_: type[T], *columns: str) -> None:
        self.table = table
        self._columns = columns
        self._decoder = msgspec.json.Decoder(type_)

    def row(self, value: T, seals: Seals) -> dict[str, Any]:
        """The columns of *value*, without its scope."""
        asked = {name: _plain(getattr(value, name)) for name in ("id", *self._columns)}
        return {**asked, "body": msgspec.json.encode(value).decode()}

    def value(self, row: Row, seals: Seals) -> T:
        """Unreadable: its secrets do not open. msgspec.ValidationError: it is no such thing."""
        return self._decoder.decode(row["body"])


class Checked(Kind[T]):
    """A kind whose rows fall due; any put ends the lease of whoever checks it."""

    def row(self, value: T, seals: Seals) -> dict[str, Any]:
        return {**super().row(value, seals), "checked_until": None}


class Accounts(Kind[VendorAccount]):
    """The credential lies sealed beside the body. One that is not given is left as it was."""

    def row(self, value: VendorAccount, seals: Seals) -> dict[str, Any]:
        row = super().row(msgspec.structs.replace(value, credential=None), seals)
        if value.credential is None:
            return row
        words = {name: secret.reveal() for name, secret in value.credential.items()}
        sealed = seals.seal("account", value.id, "credential", msgspec.json.encode(words))
        return {**row, "credential": sealed}

    def value(self, row: Row, seals: Seals) -> VendorAccount:
        account = super().value(row, seals)
        if row["credential"] is None:
            return account
        try:
            words = seals.open("account", account.id, "credential", row["credential"])
        except Unreadable:
            return account
        credential = msgspec.json.decode(words, type=dict[str, str])
        return msgspec.structs.replace(
            account, credential={name: Secret(word) for name, word in credential.items()}
        )


class Endpoints(Kind[Endpoint]):
    """The signing secrets lie sealed beside the body."""

    def row(self, value: Endpoint, seals: Seals) -> dict[str, Any]:
        row = super().row(msgspec.structs.replace(value, secrets=()), seals)
        words = [(s.value.reveal(), s.expires_at) for s in value.secrets]
        sealed = seals.seal("endpoint", value.id, "secrets", msgspec.json.encode(words))
        mark = blake2b(row["body"].encode() + sealed, digest_size=12).hexdigest()
        return {**row, "secrets": sealed, "fingerprint": mark}

    def value(self, row: Row, seals: Seals) -> Endpoint:
        endpoint = super().value(row, seals)
        secrets = signing_secrets(endpoint.id, row["secrets"], seals)
        return msgspec.structs.replace(endpoint, secrets=secrets)


def signing_secrets(endpoint: str, sealed: bytes, seals: Seals) -> tuple[SigningSecret, ...]:
    words = _secrets.decode(seals.open("endpoint", endpoint, "secrets", sealed))
    return tuple(SigningSecret(Secret(word), expires_at) for word, expires_at in words)


class SigningKeys(Kind[SigningKey]):
    """No body. The private half is sealed; one that is not given is left as it was."""

    def row(self, value: SigningKey, seals: Seals) -> dict[str, Any]:
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        private = fields.pop("private")
        if private is None:
            return fields
        raw = private_of(private.reveal())
        return {**fields, "private": seals.seal("signing_key", value.id, "private", raw)}

    def value(self, row: Row, seals: Seals) -> SigningKey:
        fields = {name: row[name] for name in SigningKey.__struct_fields__}
        return SigningKey(**{**fields, "private": _private(row, seals)})


def _private(row: Row, seals: Seals) -> Secret | None:
    if row["private"] is None:
        return None
    try:
        raw = seals.open("signing_key", row["id"], "private", row["private"])
    except Unreadable:
        return None
    return Secret(private_from(raw))


class Inbox(Kind[InboxMessage]):
    """No body: every field is a column, and raw is sealed."""

    def row(self, value: InboxMessage, seals: Seals) -> dict[str, Any]:
        fields = {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
        fields["raw"] = seals.seal("inbox", value.id, "raw", value.raw)
        due = value.received_at if value.state is InboxState.RECEIVED else None
        return {**fields, "check_at": due, "checked_until": None}

    def value(self, row: Row, seals: Seals) -> InboxMessage:
        fields = {name: row[name] for name in InboxMessage.__struct_fields__}
        fields["raw"] = seals.open("inbox", row["id"], "raw", row["raw"])
        return msgspec.convert(fields, InboxMessage)


class Rejections(Kind[Rejection]):
    """No body: every field is a column."""

    def row(self, value: Rejection, seals: Seals) -> dict[str, Any]:
        return msgspec.structs.asdict(value)

    def value(self, row: Row, seals: Seals) -> Rejection:
        return Rejection(**{name: row[name] for name in Rejection.__struct_fields__})


class VoucherSheets(Kind[VoucherSheet]):
    """No body: every field is a column, and the vouchers are sealed."""

    def row(self, value: VoucherSheet, seals: Seals) -> dict[str, Any]:
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        plain = msgspec.json.encode(fields.pop("vouchers"))
        sealed = seals.seal("voucher", value.id, "sealed", plain)
        return {**fields, "sealed": sealed, "checked_until": None}

    def value(self, row: Row, seals: Seals) -> VoucherSheet:
        plain = seals.open("voucher", row["id"], "sealed", row["sealed"])
        fields = {name: row[name] for name in VoucherSheet.__struct_fields__ if name != "vouchers"}
        return VoucherSheet(**fields, vouchers=_vouchers.decode(plain))


class QueueWatches(Kind[QueueWatch]):
    """No body."""

    def row(self, value: QueueWatch, seals: Seals) -> dict[str, Any]:
        return {"id": value.id, "check_at": value.check_at, "checked_until": None}

    def value(self, row: Row, seals: Seals) -> QueueWatch:
        return QueueWatch(row["id"], row["check_at"])


class Imports(Checked[PilgrimImport]):
    """What is still to go in is personal and lies sealed beside the body."""

    def row(self, value: PilgrimImport, seals: Seals) -> dict[str, Any]:
        row = super().row(msgspec.structs.replace(value, entries=()), seals)
        words = msgspec.json.encode(value.entries)
        return {**row, "entries": seals.seal("pilgrim_import", value.id, "entries", words)}

    def value(self, row: Row, seals: Seals) -> PilgrimImport:
        words = seals.open("pilgrim_import", row["id"], "entries", row["entries"])
        return msgspec.structs.replace(super().value(row, seals), entries=_entries.decode(words))


class Pushes(Kind[Push]):
    """When it is due, and how far it looked, are told by their columns alone: whoever notices a
    change, or restores a backup, writes only those."""

    def row(self, value: Push, seals: Seals) -> dict[str, Any]:
        return {**super().row(value, seals), "failing": value.failure is not None}

    def value(self, row: Row, seals: Seals) -> Push:
        told = {name: row[name] for name in ("check_at", "cursor")}
        return msgspec.structs.replace(super().value(row, seals), **told)


class Reservations(Kind[Reservation]):
    """What a person looks for has a column, though it is reckoned."""

    def row(self, value: Reservation, seals: Seals) -> dict[str, Any]:
        looked_for = {
            "has_unmapped": bool(value.unmapped),
            "is_overbooked": value.is_overbooked,
        }
        return {**super().row(value, seals), **looked_for}


class Acknowledgements(Checked[Acknowledgement]):
    def row(self, value: Acknowledgement, seals: Seals) -> dict[str, Any]:
        return {**super().row(value, seals), "message": value.told.message}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value  # an enum as its own word


_vouchers = msgspec.json.Decoder(tuple[Voucher, ...])
_entries = msgspec.json.Decoder(tuple[Entry, ...])
_secrets = msgspec.json.Decoder(list[tuple[str, datetime | None]])

ENTITY = Kind(tables.entity, LegalEntity)
ACCOUNT = Accounts(tables.account, VendorAccount, "adapter")
CONNECTION = Kind(tables.connection, Connection, "entity", "account", "adapter", "state")
PARTNER = Kind(tables.partner, Partner)
ENDPOINT = Endpoints(tables.endpoint, Endpoint, "partner", "url", "state")
SIGNING_KEY = SigningKeys(tables.signing_key, SigningKey)
API_KEY = Kind(tables.api_key, ApiKey, "digest", "partner")
QUOTE = Kind(tables.quote, Quote, "entity", "expires_at")
BOOKING = Checked(
    tables.booking,
    Booking,
    *("entity", "connection", "quote", "partner", "state", "reference", "vendor_reference"),
    *("created_at", "check_at"),
)
PNR = Checked(
    tables.pnr,
    KeptPnr,
    *("booking", "entity", "connection", "locator", "partner", "state", "created_at", "check_at"),
)
VOUCHER_SHEET = VoucherSheets(tables.voucher, VoucherSheet)
QUEUE_WATCH = QueueWatches(tables.queue_watch, QueueWatch)
PAYMENT = Checked(
    tables.payment,
    Payment,
    *("booking", "plan", "entity", "connection", "partner", "state", "gateway_reference"),
    *("charge_reference", "created_at", "check_at"),
)
PAYMENT_PLAN = Checked(
    tables.payment_plan,
    PaymentPlan,
    *("entity", "booking", "partner", "state", "created_at", "check_at"),
)
REFUND = Checked(
    tables.refund, Refund, "payment", "booking", "partner", "state", "created_at", "check_at"
)
AGREEMENT = Checked(
    tables.agreement,
    Agreement,
    *("entity", "connection", "partner", "state", "vendor_reference", "created_at", "check_at"),
)
TEMPLATE = Kind(tables.template, Template, "name", "version")
RECOVERY = Checked(tables.recovery, Recovery, "endpoint", "partner", "state", "check_at")
INBOX = Inbox(tables.inbox, InboxMessage)
REJECTION = Rejections(tables.rejection, Rejection)
PROPERTY = Kind(stock_tables.property, Property, "entity", "code")
ROOM_TYPE = Kind(stock_tables.room_type, RoomType, "property", "code")
RATE_PLAN = Kind(stock_tables.rate_plan, RatePlan, "property", "code")
ALLOTMENT = Checked(stock_tables.allotment, Allotment, "property", "room_type", "state", "check_at")
HOLD = Checked(stock_tables.hold, Hold, "property", "allotment", "state", "reference", "check_at")
SALE = Kind(stock_tables.sale, Sale, "connection", "property", "reference", "state")
DEPARTURE = Kind(filing_tables.departure, Departure, "entity", "connection")
PILGRIM = Kind(filing_tables.pilgrim, Pilgrim, "departure", "person", "reference")
FILING = Checked(
    filing_tables.filing, Filing, "departure", "connection", "kind", "state", "check_at"
)
IMPORT = Imports(filing_tables.pilgrim_import, PilgrimImport, "departure", "state", "check_at")
CHANNEL = Kind(channel_tables.channel, Channel, "connection", "property", "property_code", "state")
PUSH = Pushes(channel_tables.push, Push, "property", "quiet_s", "active", "cursor", "check_at")
PULL = Checked(channel_tables.pull, Pull, "check_at")
WATCH = Checked(channel_tables.watch, Watch, "check_at")
RESERVATION = Reservations(
    channel_tables.reservation,
    Reservation,
    *("connection", "channel", "property", "reference", "state", "created_at"),
)
ACKNOWLEDGEMENT = Acknowledgements(
    channel_tables.acknowledgement,
    Acknowledgement,
    *("connection", "reservation", "due_by", "acknowledged_at", "check_at"),
)
BREACH = Kind(channel_tables.breach, Breach, "channel", "room", "plan", "state")
READING = Kind(channel_tables.reading, Reading, "channel", "room", "plan")
