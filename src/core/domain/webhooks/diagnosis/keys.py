"""The keys a message may have been signed with, and what may have been signed with them."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from core.domain.webhooks.diagnosis.finding import Cause, Finding, Known
from core.domain.webhooks.partner import SigningSecret
from core.domain.webhooks.signature import PRIVATE, key_of
from core.domain.webhooks.signature import SECRET as PREFIX

T = TypeVar("T")
MOST_HASHED = 32 * 2**20  # bytes of one search; what is likely comes first
_SECRET = rf"(?:{PREFIX}|{PRIVATE})[A-Za-z0-9+/\\=_-]*"


class Key(msgspec.Struct, frozen=True):
    """newest: of this endpoint, and without an end. expired_at: it ended then, else None.
    elsewhere: the endpoint it belongs to, "" for this one."""

    value: bytes
    secret: str
    newest: bool = False
    expired_at: datetime | None = None
    elsewhere: str = ""

    @property
    def valid(self) -> bool:
        return not self.elsewhere and self.expired_at is None


def keys(known: Known, moment: datetime) -> list[Key]:
    """This endpoint's first. What holds no key is left out."""
    own = [_key(s, moment) for s in known.secrets]
    others = [_key(s, moment, id) for id, secrets in known.elsewhere for s in secrets]
    return [key for key in (*own, *others) if key is not None]


def _key(secret: SigningSecret, moment: datetime, elsewhere: str = "") -> Key | None:
    text, ends = secret.value.reveal(), secret.expires_at
    expired = ends if ends is not None and ends <= moment else None
    try:
        return Key(key_of(text), text, ends is None, expired, elsewhere)
    except ValueError:
        return None


def secret_finding(key: Key) -> Finding | None:
    """What is to be said of the key that a message was signed with. None: it is the newest."""
    if key.elsewhere:
        return Finding(
            Cause.SECRET_OF_ANOTHER_ENDPOINT,
            f"It is signed with the secret of another endpoint, {key.elsewhere}.",
            "Each endpoint has a secret of its own: verify with that endpoint's, "
            "or look why its messages arrive here.",
        )
    if key.expired_at is not None:
        return Finding(
            Cause.SECRET_EXPIRED,
            f"It is signed with a secret that was rotated out and ended at {said(key.expired_at)}.",
            "Verify with the newest secret; a message that was held back that long can be resent.",
        )
    if not key.newest:
        return Finding(
            Cause.SECRET_ROTATED,
            "It is signed with the old secret only, which is still good: it was signed before the "
            "rotation.",
            "Until the old secret ends, let the receiver accept the old one and the new one.",
        )
    return None


def hashed(candidates: Iterable[tuple[bytes, T]]) -> Iterator[tuple[bytes, T]]:
    """*candidates* until enough bytes were hashed: hostile input must not keep a hub busy."""
    left = MOST_HASHED
    for content, about in candidates:
        left -= len(content) + 64
        if left < 0:
            return
        yield content, about


def digest(key: bytes, content: bytes, name: str = "sha256") -> bytes:
    return hmac.new(key, content, getattr(hashlib, name)).digest()


def hiding(every: Iterable[Key]) -> Callable[[str], str]:
    """A function that stars out every known secret, and whatever looks like one."""
    bare = {key.secret.removeprefix(PREFIX) for key in every}
    texts = bare | {text.replace("/", "\\/") for text in bare}  # as some write it in JSON
    secret = re.compile("|".join([*map(re.escape, sorted(texts, key=len, reverse=True)), _SECRET]))
    return lambda text: secret.sub(lambda found: "*" * len(found.group()), text)


def said(at: datetime) -> str:
    try:
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    except OverflowError:  # at either end of the calendar
        return at.isoformat()
