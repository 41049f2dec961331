"""One error for whatever arrived and is not what it should be, wherever that is seen."""

from __future__ import annotations


class Unreadable(ValueError):
    """Nothing that we can rely on. Its words are ours: they quote nothing of the message."""
