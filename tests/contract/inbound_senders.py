"""The vendors that send webhooks, each with a genuine message and a hand that signs others."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from adapters import registry
from ports.inbound_webhook import InboundWebhook
from tests.contract.payment_rigs import (
    BUSINESS,
    CALLBACK_TOKEN,
    KEY,
    MERCHANT,
    MIDTRANS_KEY,
    WEBHOOK_SECRET,
    XENDIT_KEY,
)

SIGNED_AT = 1_795_392_000
FIXTURES = Path(__file__).parents[2] / "fixtures"


class Signed(msgspec.Struct, frozen=True):
    """A message as it arrives."""

    headers: dict[str, str]
    raw: bytes


class Sender(msgspec.Struct, frozen=True):
    """webhooks: what is tested. vector: a message whose signature was computed elsewhere.

    sign: any other body, by the published scheme; `secret` and `at` may be changed.
    header: where the signature is; None: in the body. timed: it ends five minutes later.
    covers: the fields of the body that are signed; None: every byte is. What is not covered
    may be changed by whoever saw a message once, so all it may be is a hint.
    elsewhere: what to change in the body, and sign, to be another account's message.
    spoil: what to replace in the body so that it is no longer of the promised shape.
    """

    webhooks: InboundWebhook
    vector: Signed
    sign: Callable[..., Signed]
    header: str | None
    timed: bool
    covers: tuple[str, ...] | None
    elsewhere: tuple[dict[str, Any], ...]
    spoil: tuple[bytes, bytes]

    @property
    def proves(self) -> bool:
        """A message of it is taken at its word."""
        return self.covers is None

    def changed(self, **fields: Any) -> Signed:
        return self.sign(json.dumps({**json.loads(self.vector.raw), **fields}).encode())


def inbound(adapter: str, **config: str) -> InboundWebhook:
    manifest = registry.load(adapter)
    assert manifest.inbound is not None
    return manifest.inbound(msgspec.convert(config, manifest.config))


def stripe_webhooks(secret: str = WEBHOOK_SECRET, key: str = KEY) -> InboundWebhook:
    return inbound("stripe", api_key=key, webhook_secret=secret)


def stripe_signed(
    raw: bytes,
    at: int = SIGNED_AT,
    secret: str = WEBHOOK_SECRET,
    secrets: tuple[str, ...] | None = None,
) -> Signed:
    signed = b"%d.%s" % (at, raw)
    keys = (secret,) if secrets is None else secrets
    v1 = [hmac.new(s.encode(), signed, hashlib.sha256).hexdigest() for s in keys]
    header = ",".join([f"t={at}", *(f"v1={v}" for v in v1)])
    return Signed({"stripe-signature": header}, raw)


STRIPE_BODY = (FIXTURES / "stripe/webhook/completed/body.json").read_bytes()
# HMAC-SHA256 over "1795392000." and STRIPE_BODY under WEBHOOK_SECRET, computed with openssl.
STRIPE_V1 = "33f77891835c14e10454505690e956547647e95ba9bf205be8e836fcc93fd971"


def midtrans_signed(raw: bytes, at: int = 0, secret: str = MIDTRANS_KEY) -> Signed:
    """What it needs is in the body, so a body that is no object stays as it is."""
    try:
        body = json.loads(raw)
        signed = body["order_id"] + body["status_code"] + body["gross_amount"] + secret
    except (ValueError, TypeError, KeyError, RecursionError):
        return Signed({}, raw)
    body["signature_key"] = hashlib.sha512(signed.encode()).hexdigest()
    return Signed({}, (json.dumps(body, indent=2) + "\n").encode())


# Its signature_key was computed with openssl, from the four texts put together.
MIDTRANS_BODY = (FIXTURES / "midtrans/webhook/settled/body.json").read_bytes()

XENDIT_BODY = (FIXTURES / "xendit/webhook/invoice_paid/body.json").read_bytes()


def xendit_signed(raw: bytes, at: int = 0, secret: str = CALLBACK_TOKEN) -> Signed:
    """The same token with every message: it signs nothing."""
    return Signed({"x-callback-token": secret}, raw)


SENDERS = {
    "midtrans": Sender(
        webhooks=inbound("midtrans", server_key=MIDTRANS_KEY, merchant_id=MERCHANT),
        vector=Signed({}, MIDTRANS_BODY),
        sign=midtrans_signed,
        header=None,
        timed=False,
        covers=("order_id", "status_code", "gross_amount", "signature_key"),
        elsewhere=({"merchant_id": "G999999999"},),
        spoil=(b'"settlement"', b"7"),
    ),
    "stripe": Sender(
        webhooks=stripe_webhooks(),
        vector=Signed({"stripe-signature": f"t={SIGNED_AT},v1={STRIPE_V1}"}, STRIPE_BODY),
        sign=stripe_signed,
        header="stripe-signature",
        timed=True,
        covers=None,
        elsewhere=({"livemode": True}, {"account": "acct_other"}),
        spoil=(b'"paid"', b"7"),
    ),
    "xendit": Sender(
        webhooks=inbound(
            "xendit",
            secret_key=XENDIT_KEY,
            callback_token=CALLBACK_TOKEN,
            business_id=BUSINESS,
        ),
        vector=Signed({"x-callback-token": CALLBACK_TOKEN}, XENDIT_BODY),
        sign=xendit_signed,
        header="x-callback-token",
        timed=False,
        covers=(),
        elsewhere=({"user_id": "5f00000000000000000000bb"},),
        spoil=(b'"PAID"', b"7"),
    ),
}
