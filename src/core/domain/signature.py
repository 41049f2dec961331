"""Standard Webhooks 1.0, version v1: HMAC-SHA256 over `id.timestamp.body`."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"
TOLERANCE_S = 300  # what every reference library uses, past and future


def secret_from(entropy: bytes) -> str:
    """A signing secret from 24 to 64 random bytes."""
    if not 24 <= len(entropy) <= 64:
        raise ValueError("a signing secret has 24 to 64 bytes")
    return PREFIX + base64.b64encode(entropy).decode("ascii")


def key_of(secret: str) -> bytes:
    """The key inside a `whsec_…`. ValueError: it is not one."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"a signing secret begins with {PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a signing secret is standard base64 after its prefix") from None
    if not 24 <= len(key) <= 64:
        raise ValueError("a signing secret has 24 to 64 bytes")
    return key


def sign(secret: str, message_id: str, timestamp: int, raw: bytes) -> str:
    """One `v1,…` token. timestamp: unix seconds of this attempt."""
    if "." in message_id:
        raise ValueError("a webhook id has no full stop")
    signed = b"%s.%d.%s" % (message_id.encode("ascii"), timestamp, raw)
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode("ascii")


def headers(secrets: Iterable[str], message_id: str, timestamp: int, raw: bytes) -> dict[str, str]:
    """The three headers of one attempt; one signature for every secret still valid."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(s, message_id, timestamp, raw) for s in secrets),
    }
