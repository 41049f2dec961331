"""The one place where a message gets its headers: every attempt, test and replay is built here."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from core.domain.secret import Secret
from core.domain.webhooks.signature import (
    PRIVATE,
    PUBLIC,
    V1,
    V1A,
    hmac_of,
    private_of,
    public_of,
    signed_content,
    token,
    tokens,
)
from ports.signer import Signer


class Unsignable(Exception):
    """There is nothing to sign with: what signs does not open, or was never made."""


def signed_headers(
    signer: Signer, keys: Iterable[Secret], message_id: str, timestamp: int, raw: bytes
) -> dict[str, str]:
    """All headers of one attempt that are ours to choose, signed by each of *keys* in order.

    keys: `whsec_…` sign by v1, `whsk_…` by v1a. timestamp: unix seconds of this attempt.
    Unsignable: there is no key; nothing goes out unsigned.
    """
    content = signed_content(message_id, timestamp, raw)
    made = " ".join([_signed(signer, key.reveal(), content) for key in keys])
    if not made:
        raise Unsignable("nothing to sign with")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": made,
        "content-type": "application/json",
    }


def _signed(signer: Signer, key: str, content: bytes) -> str:
    if key.startswith(PRIVATE):
        return token(V1A, signer.sign(private_of(key), content))
    return token(V1, hmac_of(key, content))


def is_signed(
    signer: Signer, key: str, header: str, message_id: str, timestamp: int, raw: bytes
) -> bool:
    """Whether a signature in *header* is that of *key* (`whsec_…` or `whpk_…`) over the rest.

    Says nothing about the age of the message. ValueError: *key* is neither, or the id is none.
    """
    content = signed_content(message_id, timestamp, raw)
    if key.startswith(PUBLIC):
        public = public_of(key)
        found = [t.signature for t in tokens(header) if t.version == V1A]
        return any(signer.verify(public, signature, content) for signature in found)
    ours = hmac_of(key, content)
    found = [t.signature for t in tokens(header) if t.version == V1]
    return any(hmac.compare_digest(ours, signature) for signature in found)
