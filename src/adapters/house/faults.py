"""The store's own words, as a caller of a supplier understands them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ports.errors import BrokenContract, OutcomeUnknown, Unavailable
from ports.store import Away, Busy, Violated

VENDOR = "house"


@contextmanager
def asking(operation: str) -> Iterator[None]:
    """A question: it may be asked again."""
    try:
        yield
    except (Busy, Away, TimeoutError) as e:
        raise Unavailable(_said(e), vendor=VENDOR, operation=operation) from e


@contextmanager
def ordering(operation: str) -> Iterator[None]:
    """What is written: when the database went away, nobody knows whether it was."""
    try:
        yield
    except Busy as e:
        raise Unavailable(_said(e), vendor=VENDOR, operation=operation) from e
    except Away as e:
        raise OutcomeUnknown(_said(e), vendor=VENDOR, operation=operation) from e
    except Violated as e:
        raise BrokenContract(_said(e), vendor=VENDOR, operation=operation) from e


def _said(error: Exception) -> str:
    return str(error) or "no answer in time"
