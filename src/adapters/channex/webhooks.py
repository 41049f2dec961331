"""Channex's webhooks. They are unsigned: one with our secret in its header is a hint to look.

Nothing of a body is believed; it only says at which property something waits in the feed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import msgspec

from core.domain.channels.channel_reservation import ReservationHint
from ports.errors import BrokenContract
from ports.inbound_webhook import InboundFact, Rejected, Verified

HEADER = "x-serai-secret"
VENDOR = "channex"
_BOOKINGS = ("booking", "non_acked_booking")


class Event(msgspec.Struct, frozen=True):
    """payload: left out where the webhook is set so; it is not read."""

    event: str
    property_id: str = ""
    timestamp: str = ""


class ChannexWebhooks:
    """secret: what the operator put into the webhook's headers at Channex; "" takes none."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode("utf-8")

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Verified | Rejected:
        """The vendor has no id of a message: ours tells apart what came at different seconds, so
        that two bookings told in the same words are two hints. A hint too many does no harm."""
        if not self._secret:
            return Rejected("no webhook secret is configured")
        given = headers.get(HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            return Rejected(f"the header {HEADER} does not hold the secret")
        event = _read(raw)
        if event is None:
            return Rejected("of Channex, but not an event")
        digest = hashlib.sha256(b"%d." % now.timestamp() + raw).hexdigest()
        return Verified(digest, event.event[:64])

    def parse(self, raw: bytes) -> tuple[InboundFact, ...]:
        event = _read(raw)
        if event is None:
            raise BrokenContract("not an event", vendor=VENDOR, operation="parse")
        if event.event.startswith(_BOOKINGS):
            # Some ids look like a card number, and were masked before they were kept.
            return (ReservationHint("" if "*" in event.property_id else event.property_id),)
        return ()


def _read(raw: bytes) -> Event | None:
    try:
        event = msgspec.json.decode(raw, type=Event)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return event if event.event else None
