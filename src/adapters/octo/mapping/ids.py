"""The uuids a booking has at the supplier, minted from our own reference.

The same reference always gives the same uuids, in every process: so a repeat is the same
booking, and what became of one is asked without having kept anything.
"""

from __future__ import annotations

import uuid

OURS = uuid.UUID("6f0a5d3c-8f0e-5b6a-9d1e-2b7c4a9e5f10")


def booking(key: str) -> str:
    return str(uuid.uuid5(OURS, key))


def ticket(key: str, place: int) -> str:
    """place: of the ticket in the order, from 0."""
    return str(uuid.uuid5(OURS, f"{key}/{place}"))


def is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def same(one: str, other: str) -> bool:
    return one.lower() == other.lower()
