"""DocuSign Connect: whether a message is really from DocuSign and for us, and what it tells."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from adapters._kit.unreadable import Unreadable
from adapters.docusign import mapping
from ports.errors import BrokenContract
from ports.inbound_webhook import InboundFact, Rejected, Verified

HEADERS = tuple(f"x-docusign-signature-{n}" for n in range(1, 101))
# Connect tries for 15 days. What is older is a replay, and asking makes up for it.
OLDEST, AHEAD = timedelta(days=15), timedelta(minutes=5)


class Data(msgspec.Struct, frozen=True, rename="camel"):
    account_id: mapping.ShortText
    envelope_id: mapping.ShortText
    recipient_id: str | None = None
    envelope_summary: msgspec.Raw = msgspec.Raw()


class Event(msgspec.Struct, frozen=True, rename="camel"):
    event: mapping.ShortText
    generated_date_time: mapping.ShortText
    data: Data


class DocusignWebhooks:
    """key: the Connect key, "" before it is known. account: whose messages are taken; "" takes
    those of any account that signs with the key."""

    def __init__(self, key: str, *, account: str) -> None:
        self._key = key.encode()
        self._account = account.lower()

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Verified | Rejected:
        """Every key of the account signs, each in a header of its own, so that one may be
        replaced by another: any that matches will do."""
        if not self._key:
            return Rejected("no Connect key is configured")
        given = [headers[name] for name in HEADERS if name in headers]
        if not given:
            return Rejected("no X-DocuSign-Signature header")
        expected = base64.b64encode(hmac.digest(self._key, raw, sha256))
        # every one is compared, so that time tells nothing of which came close
        matches = [hmac.compare_digest(expected, g.encode("utf-8", "replace")) for g in given]
        if not any(matches):
            return Rejected("no signature matches")
        return self._addressed(raw, now)

    def _addressed(self, raw: bytes, now: datetime) -> Verified | Rejected:
        try:
            event = _decode(raw)
            at = mapping.instant(event.generated_date_time)
        except Unreadable:
            return Rejected("signed, but not an event")
        if not -AHEAD <= now - at <= OLDEST:
            return Rejected("generated too long ago, or in the future")
        if self._account and event.data.account_id.lower() != self._account:
            return Rejected("of another account")
        parts = (event.event, event.data.envelope_id, event.data.recipient_id or "")
        id = sha256("\n".join((*parts, event.generated_date_time)).encode()).hexdigest()
        return Verified(id[:40], event.event)

    def parse(self, raw: bytes) -> tuple[InboundFact, ...]:
        """() also for envelopes that were not sent by us, and for what tells no state."""
        try:
            event = _decode(raw)
            if not event.event.startswith(("envelope-", "recipient-")):
                return ()
            if event.event == "envelope-created" or bytes(event.data.envelope_summary) in (
                b"",
                b"null",
            ):
                return ()
            envelope = msgspec.json.decode(event.data.envelope_summary, type=mapping.Envelope)
            if envelope.envelope_id.lower() != event.data.envelope_id.lower():
                raise Unreadable("it tells of another envelope than it is about")
            fact = mapping.fact(envelope)
        except (ValueError, msgspec.MsgspecError, RecursionError) as e:  # ValueError: not UTF-8
            reason = str(e) if isinstance(e, Unreadable) else "not of the promised shape"
        else:
            return (fact,) if fact.reference else ()
        raise BrokenContract(reason, vendor="docusign", operation="parse")


def _decode(raw: bytes) -> Event:
    try:
        return msgspec.json.decode(raw, type=Event)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Unreadable("not an event") from None
