"""What every place of blobs must check, whoever keeps it."""

from __future__ import annotations

import re

from ports.blobs import BlobMissing, address_of

_ADDRESS = re.compile(r"[0-9a-f]{64}")


def known(address: str) -> str:
    """*address*, if it can be one: it becomes part of a path. BlobMissing: it cannot."""
    if not _ADDRESS.fullmatch(address):
        raise BlobMissing("this is no address of a blob")
    return address


def whole(address: str, raw: bytes) -> bytes:
    """BlobMissing: these are not the bytes that were put."""
    if address_of(raw) != address:
        raise BlobMissing(f"what lies under {address} is not what was put there")
    return raw
