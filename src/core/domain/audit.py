"""The append-only trail of who did what, hash-chained once it is committed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

GENESIS = "0" * 64


class AuditEntry(msgspec.Struct, frozen=True):
    """before, after: the object without secrets or personal data, None where there was none.

    position, previous, digest: its place in the chain; None until it is sealed.
    """

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    request: str | None = None
    position: int | None = None
    previous: str | None = None
    digest: str | None = None


class Broken(msgspec.Struct, frozen=True):
    """Where the chain does not hold, and how that shows."""

    position: int
    entry: str
    why: str


_canonical = msgspec.json.Encoder(order="sorted")


def digest_of(entry: AuditEntry, position: int, previous: str) -> str:
    """SHA-256 over the entry's facts, its place and the digest before it."""
    facts = msgspec.structs.replace(entry, position=position, previous=previous, digest=None)
    return hashlib.sha256(_canonical.encode(facts)).hexdigest()


def sealed(entry: AuditEntry, position: int, previous: str) -> AuditEntry:
    return msgspec.structs.replace(
        entry,
        position=position,
        previous=previous,
        digest=digest_of(entry, position, previous),
    )


def verify(entries: Iterable[AuditEntry]) -> tuple[int, Broken | None]:
    """Walk a whole chain in order; how many held, and the first that did not."""
    previous, count = GENESIS, 0
    for entry in entries:
        want = count + 1
        if entry.position != want:
            return count, Broken(want, entry.id, f"expected position {want}, not {entry.position}")
        if entry.previous != previous:
            return count, Broken(want, entry.id, "it does not follow the entry before it")
        if entry.digest != digest_of(entry, want, previous):
            return count, Broken(want, entry.id, "its content was changed after it was sealed")
        previous, count = entry.digest, want
    return count, None
