"""The agency's signing keys: their lives for the operator, their public halves for everybody."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Sequence
from typing import Literal

import msgspec

from core.domain.webhooks import signing_key as domain
from core.domain.webhooks.signature import public_of


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """id: the `kid` in the key set. public_key: `whpk_…`.

    signs_until: null, it signs until it is rotated. shown_until: then it leaves the key set.
    """

    id: str
    public_key: str
    created_at: datetime.datetime
    signs_until: datetime.datetime | None
    shown_until: datetime.datetime | None


class SigningKeys(msgspec.Struct, frozen=True):
    """Newest first; all that are in the key set. key_set: its address, for receivers."""

    data: tuple[SigningKey, ...]
    key_set: str


class Jwk(msgspec.Struct, frozen=True):
    """An ed25519 public key (RFC 8037). x: base64url of its 32 bytes.

    webhook_key: the same as Standard Webhooks writes it, `whpk_…`.
    """

    kid: str
    x: str
    webhook_key: str
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    use: Literal["sig"] = "sig"
    alg: Literal["EdDSA"] = "EdDSA"


class KeySet(msgspec.Struct, frozen=True):
    """A JSON Web Key Set (RFC 7517), newest key first. A message is ours if any key verifies."""

    keys: tuple[Jwk, ...]


def signing_key(of: domain.SigningKey) -> SigningKey:
    return SigningKey(
        id=of.id,
        public_key=of.public,
        created_at=of.created_at,
        signs_until=of.signs_until,
        shown_until=of.shown_until,
    )


def key_set(of: Sequence[domain.SigningKey]) -> KeySet:
    return KeySet(tuple(_jwk(key) for key in of))


def _jwk(of: domain.SigningKey) -> Jwk:
    x = base64.urlsafe_b64encode(public_of(of.public)).rstrip(b"=").decode("ascii")
    return Jwk(kid=of.id, x=x, webhook_key=of.public)
