"""DocuSign's words: what we send, what comes back, and what each of it means in ours."""

from __future__ import annotations

import base64
import math
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from adapters._kit.answer import Answer
from adapters._kit.unreadable import Unreadable
from adapters._kit.verdict import Fault, Kind
from core.domain.agreements.agreement import SignatureFact, SignatureState, SignerFact, SignerState
from ports.errors import BrokenContract, Misconfigured, OutcomeUnknown, Unavailable
from ports.esign import AgreementOrder, SignerOrder

OUR_AGREEMENT = "serai_agreement"
INCLUDE = "custom_fields,recipients"
TOKEN, USERINFO = "/oauth/token", "/oauth/userinfo"
LONGEST_SUBJECT, LONGEST_REASON = 100, 200
ShortText = Annotated[str, Meta(min_length=1, max_length=255)]
_SPACE = uuid.UUID("5c0d3f0e-8b1a-5d2c-9e47-0a6b7c8d9e0f")  # ours, for transaction ids
_DAY_S = 86_400


class Token(msgspec.Struct, frozen=True):
    access_token: ShortText | Annotated[str, Meta(min_length=1, max_length=10_000)]
    expires_in: Annotated[int, Meta(ge=1)]


class Account(msgspec.Struct, frozen=True):
    account_id: ShortText
    base_uri: ShortText
    is_default: bool = False


class UserInfo(msgspec.Struct, frozen=True):
    accounts: tuple[Account, ...]


class Created(msgspec.Struct, frozen=True, rename="camel"):
    envelope_id: ShortText
    status: str
    status_date_time: str | None = None


class TextField(msgspec.Struct, frozen=True):
    name: str = ""
    value: str = ""


class CustomFields(msgspec.Struct, frozen=True, rename="camel"):
    text_custom_fields: tuple[TextField, ...] | None = None


class Signer(msgspec.Struct, frozen=True, rename="camel"):
    recipient_id: str = ""
    status: str = ""
    signed_date_time: str | None = None


class Recipients(msgspec.Struct, frozen=True):
    signers: tuple[Signer, ...] | None = None


class Envelope(msgspec.Struct, frozen=True, rename="camel"):
    envelope_id: ShortText
    status: str
    status_changed_date_time: str | None = None
    completed_date_time: str | None = None
    expire_date_time: str | None = None
    voided_date_time: str | None = None
    custom_fields: CustomFields | None = None
    recipients: Recipients | None = None


class TransactionStatus(msgspec.Struct, frozen=True, rename="camel"):
    envelope_id: str = ""
    transaction_id: str = ""


class Found(msgspec.Struct, frozen=True, rename="camel"):
    envelopes: tuple[Envelope, ...] | None = None
    envelope_transaction_statuses: tuple[TransactionStatus, ...] | None = None


class ErrorBody(msgspec.Struct, frozen=True, rename="camel"):
    error_code: ShortText


class OauthError(msgspec.Struct, frozen=True):
    error: ShortText


# --------------------------------------------------------------------------- what we send


def transaction_id(key: str) -> str:
    """The same for the same key, always."""
    return str(uuid.uuid5(_SPACE, key))


def envelope(order: AgreementOrder, key: str, now: datetime) -> dict[str, Any]:
    """Unreadable: its time is over."""
    body: dict[str, Any] = {
        "emailSubject": order.title[:LONGEST_SUBJECT],
        "status": "sent",
        "transactionId": transaction_id(key),
        "documents": [
            {
                "documentId": "1",
                "name": order.title[:LONGEST_SUBJECT],
                "fileExtension": "pdf",
                "documentBase64": base64.b64encode(order.pdf).decode(),
            }
        ],
        "recipients": {"signers": [_signer(n, s) for n, s in enumerate(order.signers, 1)]},
        "customFields": {
            "textCustomFields": [
                {
                    "name": OUR_AGREEMENT,
                    "value": order.reference,
                    "show": "false",
                    "required": "false",
                }
            ]
        },
    }
    if order.message:
        body["emailBlurb"] = order.message
    if order.expires_at is not None:
        body["notification"] = _expiring(order.expires_at, now)
    if order.callback_url is not None:
        body["eventNotification"] = _told_at(order.callback_url)
    return body


def _signer(number: int, order: SignerOrder) -> dict[str, Any]:
    """One after the other: each has a place of their own in the routing order."""
    mark = order.mark
    return {
        "recipientId": str(number),
        "routingOrder": str(number),
        "name": order.name[:100],
        "email": order.email or "",
        "tabs": {
            "signHereTabs": [
                {
                    "documentId": "1",
                    "pageNumber": str(mark.page),
                    "xPosition": str(round(mark.x)),
                    "yPosition": str(round(mark.y)),
                }
            ]
        },
    }


def _expiring(ends: datetime, now: datetime) -> dict[str, Any]:
    """DocuSign counts whole days from sending: never more than was allowed, but one at least."""
    seconds = (ends - now).total_seconds()
    if seconds <= 0:
        raise Unreadable("its time is over")
    days = max(1, math.floor(seconds / _DAY_S))
    return {
        "useAccountDefaults": "false",
        "expirations": {"expireEnabled": "true", "expireAfter": str(days), "expireWarn": "0"},
    }


def _told_at(url: str) -> dict[str, Any]:
    envelope_events = ("sent", "delivered", "completed", "declined", "voided")
    recipient_events = ("Sent", "Completed", "Declined")
    return {
        "url": url,
        "includeHMAC": "true",
        "loggingEnabled": "true",
        "requireAcknowledgment": "true",
        "deliveryMode": "SIM",
        "eventData": {"version": "restv2.1", "includeData": ["custom_fields", "recipients"]},
        "envelopeEvents": [{"envelopeEventStatusCode": name} for name in envelope_events],
        "recipientEvents": [{"recipientEventStatusCode": name} for name in recipient_events],
    }


def voiding(reason: str) -> dict[str, str]:
    """DocuSign wants a reason, and shows it to the signers."""
    said = reason.strip()[:LONGEST_REASON] or "Taken back by the sender"
    return {"status": "voided", "voidedReason": said}


# ------------------------------------------------------------------------ what comes back

_STATES = {
    "sent": SignatureState.SENT,
    "delivered": SignatureState.SENT,
    "signed": SignatureState.SENT,  # by all, and not yet sealed
    "processing": SignatureState.SENT,
    "completed": SignatureState.SIGNED,
    "declined": SignatureState.DECLINED,
    "voided": SignatureState.VOIDED,
    "deleted": SignatureState.VOIDED,
    "timedout": SignatureState.EXPIRED,
}
_SIGNERS = {
    "created": SignerState.WAITING,
    "sent": SignerState.ASKED,
    "delivered": SignerState.ASKED,
    "autoresponded": SignerState.ASKED,  # the e-mail came back; the signer may still be written to
    "faxpending": SignerState.ASKED,
    "completed": SignerState.SIGNED,
    "signed": SignerState.SIGNED,
    "declined": SignerState.DECLINED,
}


def fact(found: Envelope) -> SignatureFact:
    """Unreadable: a status we do not know, a draft, or a signer who is none of ours."""
    state = _STATES.get(found.status.lower())
    if state is None:
        raise Unreadable("of a status that is not known")
    signers = (found.recipients.signers if found.recipients else None) or ()
    changed = found.completed_date_time or found.voided_date_time or found.status_changed_date_time
    return SignatureFact(
        vendor_reference=found.envelope_id,
        reference=_reference(found),
        state=_expired(found) if state is SignatureState.VOIDED else state,
        signers=tuple(_signer_fact(s) for s in signers),
        at=instant(changed) if changed else None,
    )


def _reference(found: Envelope) -> str:
    fields = (found.custom_fields.text_custom_fields if found.custom_fields else None) or ()
    return next((f.value for f in fields if f.name == OUR_AGREEMENT), "")


def _expired(found: Envelope) -> SignatureState:
    """An envelope that ran out of time is voided by DocuSign itself, a little later."""
    ends, voided = found.expire_date_time, found.voided_date_time
    if ends and voided and instant(voided) >= instant(ends):
        return SignatureState.EXPIRED
    return SignatureState.VOIDED


def _signer_fact(signer: Signer) -> SignerFact:
    state = _SIGNERS.get(signer.status.lower())
    if state is None or not signer.recipient_id.isascii() or not signer.recipient_id.isdigit():
        raise Unreadable("a signer's status or number is not known")
    at = instant(signer.signed_date_time) if signer.signed_date_time else None
    return SignerFact(int(signer.recipient_id[:9]) - 1, state, at)


def instant(text: str) -> datetime:
    """ISO 8601 with up to seven digits of a second. Unreadable: it is none."""
    head, point, tail = text.partition(".")
    digits = len(tail) - len(tail.lstrip("0123456789"))
    trimmed = f"{head}.{tail[: min(digits, 6)]}{tail[digits:]}" if point else text
    try:
        at = datetime.fromisoformat(trimmed)
    except ValueError:
        raise Unreadable("a time that cannot be read") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def sent(created: Created, order: AgreementOrder) -> SignatureFact:
    """Unreadable: it is not sent after all."""
    if created.status.lower() not in ("sent", "delivered", "completed"):
        raise Unreadable("created, and not sent")
    waiting = [SignerState.WAITING] * (len(order.signers) - 1)
    states = (SignerState.ASKED, *waiting)
    return SignatureFact(
        vendor_reference=created.envelope_id,
        reference=order.reference,
        state=SignatureState.SENT,
        signers=tuple(SignerFact(n, state) for n, state in enumerate(states)),
        at=instant(created.status_date_time) if created.status_date_time else None,
    )


_BEST = (
    SignatureState.VOIDED,
    SignatureState.EXPIRED,
    SignatureState.DECLINED,
    SignatureState.SENT,
    SignatureState.SIGNED,
)


def best(facts: Iterable[SignatureFact]) -> SignatureFact | None:
    """Of several under one transaction id, the one that got furthest."""
    return max(facts, key=lambda f: _BEST.index(f.state), default=None)


# -------------------------------------------------------------------------------- refusals

CONSENT = "consent_required"
_LATER = {
    "HOURLY_APIINVOCATION_LIMIT_EXCEEDED": 600.0,
    "BURST_APIINVOCATION_LIMIT_EXCEEDED": 30.0,
    "HOURLY_ENVELOPE_POLLING_LIMIT_EXCEEDED": 900.0,
}
_OURS_TO_MEND = frozenset(
    {
        "AUTHORIZATION_INVALID_TOKEN",
        "USER_AUTHENTICATION_FAILED",
        "PARTNER_AUTHENTICATION_FAILED",
        "USER_LACKS_PERMISSIONS",
        "ACCOUNT_LACKS_PERMISSIONS",
        "ACCOUNT_NOT_AUTHORIZED_FOR_ENVELOPE",
        "ACCOUNT_HAS_BEEN_SUSPENDED",
        "ENVELOPE_ALLOWANCE_EXCEEDED",
    }
)
INVALID_TOKEN = "AUTHORIZATION_INVALID_TOKEN"  # noqa: S105
ABSENT = frozenset({"ENVELOPE_DOES_NOT_EXIST", "INVALID_ENVELOPE_ID"})


def read_fault(answer: Answer) -> Fault:
    """What DocuSign's error says. Its limits come with 400 as well as with 429; a 4xx that is not
    in its words (a proxy's page) is no refusal."""
    code = error_code(answer)
    if code is None:
        clear = answer.status >= 500 or answer.status in (401, 403, 407, 408, 429)
        return Fault(kind=None if clear else _unclear(answer))
    wait = _LATER.get(code.upper())
    if wait is not None:
        return Fault(code, Unavailable, _reset(answer) or wait)
    if code in _OURS_TO_MEND:
        return Fault(code, Misconfigured)
    return Fault(code)


def error_code(answer: Answer) -> str | None:
    try:
        return msgspec.json.decode(answer.body, type=ErrorBody).error_code
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _unclear(answer: Answer) -> Kind:
    return BrokenContract if answer.repeatable else OutcomeUnknown


def _reset(answer: Answer) -> float | None:
    """X-RateLimit-Reset is the second, since 1970, at which the hour begins anew."""
    date, reset = answer.headers.get("date"), answer.headers.get("x-ratelimit-reset", "")
    if date is None or not (reset.isascii() and reset.isdigit() and len(reset) < 12):
        return None
    try:
        wait = int(reset) - parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError):
        return None
    return wait if 0 < wait <= 3600 else None


def read_oauth_fault(answer: Answer) -> Fault:
    """Whatever the sign-in refuses is ours to mend, and says how in one word."""
    try:
        code = msgspec.json.decode(answer.body, type=OauthError).error
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Fault()
    return Fault(code, Misconfigured if answer.status < 500 else None)


JSON: Mapping[str, str] = {"content-type": "application/json", "accept": "application/json"}
PDF: Mapping[str, str] = {"accept": "application/pdf"}
