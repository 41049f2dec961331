"""Bytes too large for the database, each under the digest of itself."""

from __future__ import annotations

import hashlib
from typing import Protocol


class BlobMissing(Exception):
    """There is nothing under this address, or what lies there is not what was put."""


class BlobsAway(Exception):
    """The place where blobs are kept cannot be used now; nothing was changed. Holds no secret."""


def address_of(raw: bytes) -> str:
    """SHA-256 in lower-case hex: where *raw* is kept, and how it is known to be whole."""
    return hashlib.sha256(raw).hexdigest()


class Blobs(Protocol):
    """What is put under an address never changes, so every method may be repeated freely.

    Whoever puts personal data seals it first: nothing is encrypted here.
    BlobsAway: from every method, when the place cannot be used.
    """

    async def put(self, raw: bytes) -> str:
        """Keep *raw* for good; its address. A second put of the same bytes changes nothing."""
        ...

    async def get(self, address: str) -> bytes:
        """What was put, verified. BlobMissing: it is not there, or was changed."""
        ...

    async def forget(self, address: str) -> None:
        """Delete it; forgetting what is not there is no error."""
        ...
