"""Ids that vendors give: some are blank, or such that nothing can be kept under them."""

from __future__ import annotations

import hashlib

MOST_CHARACTERS = 255  # of any language they fit into an index; no vendor we know has longer ones


def is_usable(id: str) -> bool:
    """Something can be kept under *id*, and found again."""
    return bool(id.strip()) and len(id) <= MOST_CHARACTERS and "\0" not in id


def kept_id(id: str, raw: bytes) -> str:
    """Under which a message is kept, the same for a repeat: *id*, or a digest of it where it is
    not usable; of *raw* where it is blank, so that two messages without an id are two."""
    if is_usable(id):
        return id
    named = id.encode(errors="backslashreplace") if id.strip() else raw
    return f"unnamed-{hashlib.sha256(named).hexdigest()[:32]}"
