"""A list of the store to its end: what is oldest is what is stuck longest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from ports.paging import Page

MOST = 200


class Listed(Protocol):
    @property
    def id(self) -> str: ...


L = TypeVar("L", bound=Listed)


async def every(ask: Callable[[Page], Awaitable[Sequence[L]]]) -> list[L]:
    """All that *ask* lists, newest first, page after page."""
    found: list[L] = []
    page = Page(limit=MOST)
    while True:
        some = await ask(page)
        found += some
        if len(some) < MOST:
            return found
        page = Page(after=some[-1].id, limit=MOST)
