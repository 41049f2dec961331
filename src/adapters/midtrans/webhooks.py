"""Midtrans' notifications: whether one is from Midtrans, and what it hints at.

The signature covers order_id, status_code and gross_amount, and neither the state nor the
refunds, and nothing in it ever ends. So a notification is a hint: whoever changes or repeats
one makes us ask Midtrans, and gains no more.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import msgspec

from adapters.midtrans import mapping
from adapters.midtrans.amounts import AmountNotTaken, from_midtrans
from ports.errors import BrokenContract
from ports.inbound_webhook import Hint, InboundFact, Rejected, Verified


class Notification(msgspec.Struct, frozen=True):
    order_id: mapping.ShortText
    status_code: mapping.ShortText
    gross_amount: mapping.ShortText
    signature_key: mapping.ShortText
    transaction_status: mapping.ShortText
    transaction_id: str | None = None
    merchant_id: str | None = None
    currency: str | None = None


class MidtransWebhooks:
    """server_key: also what signs. merchant: whose notifications are for us, "" any."""

    def __init__(self, server_key: str, *, merchant: str) -> None:
        self._key = server_key
        self._merchant = merchant

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Verified | Rejected:
        """Its id is the digest of all its bytes, for Midtrans gives it none."""
        found = _decode(raw)
        if found is None:
            return Rejected("not a notification")
        signed = found.order_id + found.status_code + found.gross_amount + self._key
        expected = hashlib.sha512(signed.encode("utf-8")).hexdigest()
        if not hmac.compare_digest(expected.encode(), found.signature_key.encode("utf-8")):
            return Rejected("the signature does not match")
        if self._merchant and found.merchant_id not in (None, self._merchant):
            return Rejected("of another merchant")
        return Verified(hashlib.sha256(raw).hexdigest(), found.transaction_status.lower()[:40])

    def parse(self, raw: bytes) -> tuple[InboundFact, ...]:
        found = _decode(raw)
        if found is None:
            raise BrokenContract("not of the promised shape", vendor="midtrans", operation="parse")
        try:
            amount = from_midtrans(found.gross_amount, found.currency)
        except AmountNotTaken as e:
            reason = str(e)
        else:
            return (Hint(found.order_id, found.transaction_id, amount),)
        raise BrokenContract(reason, vendor="midtrans", operation="parse")


def _decode(raw: bytes) -> Notification | None:
    try:
        return msgspec.json.decode(raw, type=Notification)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
