"""Standard Webhooks 1.0: what is signed, and the forms of secrets, keys and signatures.

v1 is HMAC-SHA256 under a secret that both sides know. v1a is ed25519: who verifies needs the
public half only. The signature of v1a itself is made behind ports.signer.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

SECRET, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
V1, V1A = "v1", "v1a"
TOLERANCE_S = 300  # what every reference library uses, past and future
OVERLAP = timedelta(hours=24)  # what was rotated out signs beside the new for so long
# As many of a kind may sign one message: a longer header would be refused by many a receiver.
MOST = 10
_KEY_BYTES = 32


def secret_from(entropy: bytes) -> str:
    """A signing secret from 24 to 64 random bytes."""
    if not 24 <= len(entropy) <= 64:
        raise ValueError("a signing secret has 24 to 64 bytes")
    return _worded(SECRET, entropy)


def key_of(secret: str) -> bytes:
    """The key inside a `whsec_…`. ValueError: it is not one."""
    key = _inside(secret, SECRET, "a signing secret")
    if not 24 <= len(key) <= 64:
        raise ValueError("a signing secret has 24 to 64 bytes")
    return key


def private_from(raw: bytes) -> str:
    """`whsk_…` from the 32 bytes of an ed25519 private key."""
    return _worded(PRIVATE, _whole(raw, "a private key"))


def private_of(text: str) -> bytes:
    """The 32 bytes inside a `whsk_…`. ValueError: it is not one."""
    return _whole(_inside(text, PRIVATE, "a private key"), "a private key")


def public_from(raw: bytes) -> str:
    """`whpk_…` from the 32 bytes of an ed25519 public key."""
    return _worded(PUBLIC, _whole(raw, "a public key"))


def public_of(text: str) -> bytes:
    """The 32 bytes inside a `whpk_…`. ValueError: it is not one."""
    return _whole(_inside(text, PUBLIC, "a public key"), "a public key")


def signed_content(message_id: str, timestamp: int, raw: bytes) -> bytes:
    """What both versions sign. timestamp: unix seconds of the attempt.

    ValueError: an id with a full stop could be shifted into the timestamp.
    """
    if not message_id or "." in message_id or not message_id.isascii():
        raise ValueError("a webhook id is ASCII, has no full stop and is not empty")
    return b"%s.%d.%s" % (message_id.encode("ascii"), timestamp, raw)


def hmac_of(secret: str, content: bytes) -> bytes:
    """The signature of v1. ValueError: *secret* is not one."""
    return hmac.digest(key_of(secret), content, "sha256")


class TooManySign(msgspec.Struct, frozen=True):
    """As many sign already as a header may hold. until: then the first of them stops."""

    until: datetime


def token(version: str, signature: bytes) -> str:
    """One signature as a `webhook-signature` header holds it."""
    return f"{version},{base64.b64encode(signature).decode('ascii')}"


class Token(NamedTuple):
    """One signature of a header, read."""

    version: str
    signature: bytes


def tokens(header: str) -> tuple[Token, ...]:
    """The signatures in *header*. What is none is passed over, as one of a later version is."""
    split = (text.partition(",") for text in header.split(" "))
    read = ((version, _decoded(signature)) for version, comma, signature in split if comma)
    return tuple(Token(version, raw) for version, raw in read if version and raw)


def _worded(prefix: str, raw: bytes) -> str:
    return prefix + base64.b64encode(raw).decode("ascii")


def _inside(text: str, prefix: str, what: str) -> bytes:
    if not text.startswith(prefix):
        raise ValueError(f"{what} begins with {prefix}")
    raw = _decoded(text.removeprefix(prefix))
    if raw is None:
        raise ValueError(f"{what} is standard base64 after its prefix")
    return raw


def _decoded(text: str) -> bytes | None:
    """None: it is not standard base64, or could be written otherwise."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:  # also for what is not ASCII
        return None
    return raw if base64.b64encode(raw) == text.encode("ascii") else None


def _whole(raw: bytes, what: str) -> bytes:
    if len(raw) != _KEY_BYTES:
        raise ValueError(f"{what} has {_KEY_BYTES} bytes")
    return raw
