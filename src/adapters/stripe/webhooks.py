"""Stripe's webhooks: whether one is really from Stripe and for us, and what it tells."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

import msgspec

from adapters._kit.unreadable import Unreadable
from adapters.stripe.mapping import payments
from core.domain.payments.payment import Checkout, CheckoutState
from ports.errors import BrokenContract
from ports.inbound_webhook import InboundFact, Rejected, Verified

TOLERANCE_S = 300
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_MOST_SIGNATURES = 16  # Stripe sends one for each secret still valid: two, while one is rolled


class EventData(msgspec.Struct, frozen=True):
    object: msgspec.Raw


class Event(msgspec.Struct, frozen=True):
    """account: set when it happened at a connected account. data: absent in thin (v2) events."""

    id: payments.ShortText
    object: str
    type: payments.ShortText
    livemode: bool
    account: str | None = None
    data: EventData | None = None


class StripeWebhooks:
    """secret: the endpoint's `whsec_…`, "" before it is known. live: the connection's mode."""

    def __init__(self, secret: str, *, live: bool) -> None:
        self._key = secret.encode("utf-8")
        self._live = live

    def verify(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> Verified | Rejected:
        if not self._key:
            return Rejected("no signing secret is configured")
        read = _read_header(headers.get("stripe-signature"))
        if isinstance(read, Rejected):
            return read
        timestamp, signatures = read
        expected = hmac.new(self._key, b"%s.%s" % (timestamp, raw), sha256).hexdigest()
        # every one is compared, so that time tells nothing of which came close
        matches = [hmac.compare_digest(expected.encode(), given) for given in signatures]
        if not any(matches):
            return Rejected("no signature matches")
        if abs(now.timestamp() - int(timestamp)) > TOLERANCE_S:
            return Rejected("signed too long ago, or in the future")
        return self._addressed(raw)

    def _addressed(self, raw: bytes) -> Verified | Rejected:
        try:
            event = _decode(raw)
        except Unreadable:
            return Rejected("signed, but not an event")
        if event.livemode != self._live:
            return Rejected("of the other mode (test or live)")
        if event.account is not None:
            return Rejected("of a connected account, not of ours")
        return Verified(event.id, event.type)

    def parse(self, raw: bytes) -> tuple[InboundFact, ...]:
        """() also for what was not begun by us: it carries no reference of ours."""
        try:
            return self._facts(_decode(raw))
        except (ValueError, msgspec.MsgspecError, RecursionError) as e:  # ValueError: not UTF-8
            reason = str(e) if isinstance(e, Unreadable) else "not of the promised shape"
        raise BrokenContract(reason, vendor="stripe", operation="parse")

    def _facts(self, event: Event) -> tuple[InboundFact, ...]:
        if event.object != "event" or event.data is None:
            return ()
        body = event.data.object
        if event.type in _SESSION_EVENTS:
            return self._checkout(event.type, msgspec.json.decode(body, type=payments.Session))
        if event.type in ("refund.created", "refund.updated", "refund.failed"):
            return _refunds([msgspec.json.decode(body, type=payments.Refund)])
        if event.type in ("charge.dispute.created", "charge.dispute.funds_withdrawn"):
            return _disputes(msgspec.json.decode(body, type=payments.Dispute))
        if event.type == "charge.refunded":
            refunds = msgspec.json.decode(body, type=payments.Charge).refunds
            return _refunds(refunds.data if refunds else [])
        return ()

    def _checkout(self, type: str, session: payments.Session) -> tuple[Checkout, ...]:
        if session.mode != "payment" or not session.client_reference_id:
            return ()
        found = payments.checkout(session, live=self._live)
        if type == "checkout.session.async_payment_failed":
            # complete and unpaid: this checkout can never be paid any more
            return (msgspec.structs.replace(found, state=CheckoutState.EXPIRED, url=None),)
        return (found,) if found.state is _SESSION_EVENTS[type] else ()


_SESSION_EVENTS = {
    "checkout.session.completed": CheckoutState.PAID,
    "checkout.session.async_payment_succeeded": CheckoutState.PAID,
    "checkout.session.async_payment_failed": CheckoutState.EXPIRED,
    "checkout.session.expired": CheckoutState.EXPIRED,
}


def _refunds(refunds: list[payments.Refund]) -> tuple[InboundFact, ...]:
    return tuple(fact for fact in map(payments.refund, refunds) if fact.reference)


def _disputes(dispute: payments.Dispute) -> tuple[InboundFact, ...]:
    """An inquiry (`warning_…`) takes nothing yet, and one that is over nothing more."""
    if dispute.status not in ("needs_response", "under_review", "lost"):
        return ()
    fact = payments.dispute(dispute)
    return () if fact is None else (fact,)


def _decode(raw: bytes) -> Event:
    try:
        return msgspec.json.decode(raw, type=Event)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Unreadable("not an event") from None


def _read_header(header: str | None) -> tuple[bytes, list[bytes]] | Rejected:
    """`t=<unix>,v1=<hex>[,v1=<hex>…]`; other schemes are passed over."""
    if header is None:
        return Rejected("no Stripe-Signature header")
    items = [item.strip().partition("=") for item in header[:4096].split(",")]
    times = [value for name, _, value in items if name == "t"]
    signatures = [value.encode("utf-8", "replace") for name, _, value in items if name == "v1"]
    if len(times) != 1 or not _TIMESTAMP.fullmatch(times[0]):
        return Rejected("not exactly one timestamp in the Stripe-Signature header")
    if not 1 <= len(signatures) <= _MOST_SIGNATURES:
        return Rejected("no signature of a known scheme")
    return times[0].encode("ascii"), signatures
