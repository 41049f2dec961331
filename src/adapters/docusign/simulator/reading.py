"""An envelope definition, read strictly: unknown names, wrong types and empty hands are refused."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from adapters.docusign.simulator.reject import Rejection, invalid

Number = Annotated[str, Meta(pattern=r"^[0-9]{1,9}$")]
Flag = Literal["true", "false"]
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class _Strict(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    pass


class SignHere(_Strict, frozen=True):
    document_id: Number
    page_number: Number
    x_position: Number
    y_position: Number


class Tabs(_Strict, frozen=True):
    sign_here_tabs: tuple[SignHere, ...]


class NewSigner(_Strict, frozen=True):
    recipient_id: Number
    routing_order: Number
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    email: str
    tabs: Tabs


class NewRecipients(_Strict, frozen=True):
    signers: Annotated[tuple[NewSigner, ...], Meta(min_length=1)]


class NewDocument(_Strict, frozen=True):
    document_id: Number
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    file_extension: Literal["pdf"]
    document_base64: str


class NewField(_Strict, frozen=True):
    name: Annotated[str, Meta(max_length=50)]
    value: Annotated[str, Meta(max_length=100)]
    show: Flag
    required: Flag


class NewFields(_Strict, frozen=True):
    text_custom_fields: tuple[NewField, ...]


class Expirations(_Strict, frozen=True):
    expire_enabled: Flag
    expire_after: Number
    expire_warn: Number


class Notification(_Strict, frozen=True):
    use_account_defaults: Flag
    expirations: Expirations


class EnvelopeEvent(_Strict, frozen=True):
    envelope_event_status_code: str


class RecipientEvent(_Strict, frozen=True):
    recipient_event_status_code: str


class EventData(_Strict, frozen=True):
    version: Literal["restv2.1"]
    include_data: tuple[str, ...] = ()


class EventNotification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: Annotated[str, Meta(pattern=r"^https?://")]
    include_hmac: Flag = msgspec.field(name="includeHMAC")
    logging_enabled: Flag = msgspec.field(name="loggingEnabled")
    require_acknowledgment: Flag = msgspec.field(name="requireAcknowledgment")
    delivery_mode: Literal["SIM", "aggregate"] = msgspec.field(name="deliveryMode")
    event_data: EventData = msgspec.field(name="eventData")
    envelope_events: tuple[EnvelopeEvent, ...] = msgspec.field(name="envelopeEvents")
    recipient_events: tuple[RecipientEvent, ...] = msgspec.field(name="recipientEvents")


class Definition(_Strict, frozen=True):
    email_subject: Annotated[str, Meta(min_length=1, max_length=100)]
    status: Literal["sent"]
    transaction_id: Annotated[str, Meta(min_length=36, max_length=36)]
    documents: Annotated[tuple[NewDocument, ...], Meta(min_length=1, max_length=1)]
    recipients: NewRecipients
    custom_fields: NewFields
    email_blurb: Annotated[str, Meta(max_length=10_000)] = ""
    notification: Notification | None = None
    event_notification: EventNotification | None = None


class Voiding(_Strict, frozen=True):
    status: Literal["voided"]
    voided_reason: Annotated[str, Meta(min_length=1, max_length=200)]


def definition(body: bytes) -> tuple[Definition, bytes]:
    """The definition and its PDF."""
    try:
        found = msgspec.json.decode(body, type=Definition)
    except (msgspec.MsgspecError, UnicodeDecodeError) as e:
        raise invalid(str(e)) from None
    signers = found.recipients.signers
    if len({s.recipient_id for s in signers}) < len(signers):
        raise Rejection(400, "RECIPIENT_ID_DUPLICATED")
    for signer in signers:
        if not _MAIL.fullmatch(signer.email):
            raise Rejection(400, "INVALID_EMAIL_ADDRESS_FOR_RECIPIENT")
        if not signer.tabs.sign_here_tabs:
            raise Rejection(400, "INVALID_TAB_OPERATION")
    return found, _pdf(found.documents[0].document_base64)


def _pdf(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Rejection(400, "INVALID_CONTENT_TYPE", "not base64") from None
    if not raw.startswith(b"%PDF-") or b"%%EOF" not in raw[-1024:]:
        raise Rejection(400, "UNABLE_TO_CONVERT_DOCUMENT", "System was unable to convert it")
    return raw


def voiding(body: bytes) -> Voiding:
    try:
        return msgspec.json.decode(body, type=Voiding)
    except (msgspec.MsgspecError, UnicodeDecodeError) as e:
        raise invalid(str(e)) from None
