"""Envelope encryption with AES-256-GCM under the hub's own keys.

A seal is: version (1) · key id (8) · nonce (12) · wrapped data key (48) · nonce (12) · text.
Every seal has a data key of its own, so no key ever sees enough messages for its nonces
to collide (NIST SP 800-38D, 8.3). The context is authenticated with both layers.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ports.vault import Unreadable

KEY_BYTES = 32
_VERSION, _ID, _NONCE, _WRAPPED = b"\x01", 8, 12, KEY_BYTES + 16
_HEAD = len(_VERSION) + _ID
_SHORTEST = _HEAD + _NONCE + _WRAPPED + _NONCE + 16


class EnvelopeVault:
    """keys: 32 bytes each. The first seals; every one of them opens, so keys can be rotated."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError(f"a vault has one or more keys of {KEY_BYTES} bytes")
        self._keys = {_id_of(key): AESGCM(key) for key in keys}
        self._first = _id_of(keys[0])

    def seal(self, plain: bytes, context: str) -> bytes:
        data_key, wrapping, nonce = AESGCM.generate_key(256), os.urandom(_NONCE), os.urandom(_NONCE)
        head = _VERSION + self._first
        bound = head + context.encode()
        wrapped = self._keys[self._first].encrypt(wrapping, data_key, bound)
        return head + wrapping + wrapped + nonce + AESGCM(data_key).encrypt(nonce, plain, bound)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Unreadable: wrong key, wrong context or changed bytes."""
        head, rest = sealed[:_HEAD], sealed[_HEAD:]
        if len(sealed) < _SHORTEST or head[:1] != _VERSION:
            raise Unreadable("these bytes are not a seal")
        key = self._keys.get(head[1:])
        if key is None:
            raise Unreadable(f"sealed under key {head[1:].hex()}, which this hub does not have")
        bound = head + context.encode()
        wrapping, rest = rest[:_NONCE], rest[_NONCE:]
        wrapped, rest = rest[:_WRAPPED], rest[_WRAPPED:]
        try:
            data_key = key.decrypt(wrapping, wrapped, bound)
            return AESGCM(data_key).decrypt(rest[:_NONCE], rest[_NONCE:], bound)
        except InvalidTag:
            raise Unreadable("the seal is broken, or belongs to another place") from None


def new_key() -> str:
    """A fresh key, as the settings take it: 32 bytes in base64url."""
    return base64.urlsafe_b64encode(AESGCM.generate_key(256)).decode("ascii")


def key_from(text: str) -> bytes:
    """A key from base64, either alphabet. ValueError: it is not one; the text is not repeated."""
    try:
        raw = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError(f"an encryption key is {KEY_BYTES} bytes in base64")
    return raw


def _id_of(key: bytes) -> bytes:
    return hashlib.sha256(b"serai vault key id\x00" + key).digest()[:_ID]
