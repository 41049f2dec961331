"""One Idempotency-Key, one effect, one answer."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

IN_FLIGHT_S = 90  # longer than any request may last
KEEP_S = 7 * 86400


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer as it was given, to be given again."""

    status: int
    body: bytes
    media_type: str = "application/json"


class KeyRecord(msgspec.Struct, frozen=True):
    """What is stored under a key. resource: what the first request made, once it has."""

    key: str
    fingerprint: str
    started_at: datetime
    resource: str | None = None
    answer: Answer | None = None


class Replay(msgspec.Struct, frozen=True):
    """It was answered: give that answer again."""

    answer: Answer


class InFlight(msgspec.Struct, frozen=True):
    """The first request still runs; ask again after *retry_after_s*."""

    retry_after_s: int


class OtherBody(msgspec.Struct, frozen=True):
    """The key was used for another request."""


class Resume(msgspec.Struct, frozen=True):
    """The first request died. resource: what it left behind, None if nothing."""

    resource: str | None


def fingerprint(method: str, path: str, raw: bytes) -> str:
    """SHA-256 over what makes two requests the same."""
    return hashlib.sha256(b"%s %s\n%s" % (method.encode(), path.encode(), raw)).hexdigest()


def decide(record: KeyRecord, print_: str, now: datetime) -> Replay | InFlight | OtherBody | Resume:
    if record.fingerprint != print_:
        return OtherBody()
    if record.answer is not None:
        return Replay(record.answer)
    until = record.started_at + timedelta(seconds=IN_FLIGHT_S)
    if now < until:
        return InFlight(retry_after_s=1)
    return Resume(record.resource)
