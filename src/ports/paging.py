"""How a list is walked."""

from __future__ import annotations

import msgspec


class Page(msgspec.Struct, frozen=True):
    """Newest first. after: the last id of the page before; None starts. limit: 1 to 200."""

    after: str | None = None
    limit: int = 50
