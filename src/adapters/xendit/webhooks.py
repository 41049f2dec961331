"""Xendit's callbacks: whether one is from Xendit, and what it hints at.

What proves it is a token that is the same in every callback, for ever, and says nothing of the
body. So a callback is a hint: whoever saw one makes us ask Xendit, and gains no more.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec

from adapters.xendit import mapping
from adapters.xendit.amounts import AmountNotTaken, from_xendit
from core.domain.money import Money
from ports.errors import BrokenContract
from ports.inbound_webhook import Hint, InboundFact, Rejected, Verified


class InvoiceCallback(msgspec.Struct, frozen=True):
    """A bare invoice."""

    id: mapping.ShortText
    external_id: mapping.ShortText
    status: mapping.ShortText
    amount: Decimal
    user_id: str | None = None
    currency: str | None = None


class RefundData(msgspec.Struct, frozen=True):
    """amount: as a number or as text, they do both."""

    id: mapping.ShortText
    amount: Decimal
    currency: mapping.ShortText
    reference_id: str | None = None
    invoice_id: str | None = None


class Envelope(msgspec.Struct, frozen=True):
    """Everything newer than invoices. data may be an envelope again."""

    event: mapping.ShortText
    data: msgspec.Raw
    business_id: str | None = None


class XenditWebhooks:
    """token: the account's verification token, "" before it is known. business: whose
    callbacks are for us, "" any."""

    def __init__(self, token: str, *, business: str) -> None:
        self._token = token.encode("utf-8")
        self._business = business

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Verified | Rejected:
        """Its id is the digest of all its bytes: what their header says is not signed either."""
        if not self._token:
            return Rejected("no verification token is configured")
        given = headers.get("x-callback-token", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._token):
            return Rejected("the token does not match")
        found = _decode(raw)
        if found is None:
            return Rejected("not a callback")
        if isinstance(found, InvoiceCallback):
            business, type = found.user_id, f"invoice.{found.status.lower()}"
        else:
            business, type = found.business_id, found.event
        if self._business and business not in (None, self._business):
            return Rejected("of another business")
        return Verified(hashlib.sha256(raw).hexdigest(), type[:60])

    def parse(self, raw: bytes) -> tuple[InboundFact, ...]:
        """() also for what was not begun by us: a refund without a reference."""
        reason = "not of the promised shape"
        try:
            found = _decode(raw)
            if isinstance(found, InvoiceCallback):
                amount = from_xendit(found.amount, found.currency or "IDR")
                return (Hint(found.external_id, found.id, amount),)
            if found is not None:
                return _refund(found) if found.event.startswith("refund.") else ()
        except AmountNotTaken as e:
            reason = str(e)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            pass
        raise BrokenContract(reason, vendor="xendit", operation="parse")


def _refund(found: Envelope) -> tuple[Hint, ...]:
    data = msgspec.json.decode(_innermost(found).data, type=RefundData, strict=False)
    if not data.reference_id:
        return ()
    amount: Money = from_xendit(data.amount, data.currency)
    return (Hint(data.reference_id, data.invoice_id, amount),)


def _innermost(found: Envelope) -> Envelope:
    """Their own samples put the envelope into an envelope."""
    try:
        return msgspec.json.decode(found.data, type=Envelope)
    except msgspec.ValidationError:
        return found


def _decode(raw: bytes) -> InvoiceCallback | Envelope | None:
    try:
        return msgspec.json.decode(raw, type=InvoiceCallback)
    except msgspec.ValidationError:
        pass
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    try:
        return msgspec.json.decode(raw, type=Envelope)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
