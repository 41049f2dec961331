"""Privy's callbacks: unsigned, so that they only make us ask."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

import msgspec

from adapters.privyid.mapping import ShortText
from core.domain.agreements.agreement import SignatureHint
from ports.errors import BrokenContract
from ports.inbound_webhook import PATH_TAIL, InboundFact, Rejected, Verified


class Named(msgspec.Struct, frozen=True):
    reference_number: ShortText
    document_token: ShortText | None = None


class Wrapped(msgspec.Struct, frozen=True):
    data: Named


class PrivyidWebhooks:
    """secret: the end of the address that Privy was given, "" takes nothing."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Verified | Rejected:
        """Whoever knows the address may speak, and is not believed. The same words within a
        minute are one message, so that nobody makes us ask more often."""
        if not self._secret:
            return Rejected("no secret of the callback address is configured")
        if not hmac.compare_digest(
            headers.get(PATH_TAIL, "").encode("utf-8", "replace"), self._secret
        ):
            return Rejected("not called by the address that Privy was given")
        try:
            _decode(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return Rejected("it names no document")
        minute = int(now.timestamp() // 60)
        return Verified(sha256(b"%d:" % minute + raw).hexdigest()[:40], "callback")

    def parse(self, raw: bytes) -> tuple[InboundFact, ...]:
        try:
            named = _decode(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            named = None
        if named is None:
            raise BrokenContract("it names no document", vendor="privyid", operation="parse")
        return (SignatureHint(named.reference_number, named.document_token),)


def _decode(raw: bytes) -> Named:
    """The names stand at the top or under `data`; where is not known for certain."""
    try:
        return msgspec.json.decode(raw, type=Named)
    except msgspec.ValidationError:
        return msgspec.json.decode(raw, type=Wrapped).data
