"""Lists that come in pages, each asked for by the id of the last thing of the one before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from adapters._kit.answer import Answer, broken, decode
from ports.errors import VendorError


class Listed(Protocol):
    @property
    def id(self) -> str: ...


L = TypeVar("L", bound=Listed)
L_co = TypeVar("L_co", bound=Listed, covariant=True)


class Page(Protocol[L_co]):
    @property
    def data(self) -> Sequence[L_co]: ...
    @property
    def has_more(self) -> bool: ...


async def read_pages(
    ask: Callable[[str | None], Awaitable[Answer]],
    kind: type[Page[L]],
    *,
    most: int,
    beyond: VendorError,
    absent: Callable[[Answer], bool] = lambda _: False,
) -> tuple[Answer, list[L]]:
    """The last answer, and what all pages hold.

    ask: for what follows that id, from the beginning for None. most: pages; *beyond* is raised
    when more would follow. absent: whether an answer says that there is no such list.
    """
    found: list[L] = []
    after: str | None = None
    for _ in range(most):
        answer = await ask(after)
        if absent(answer):
            return answer, found
        page = decode(answer, kind)
        found += page.data
        if not page.has_more:
            return answer, found
        if not page.data or page.data[-1].id == after:
            raise broken(answer, "more is said to follow, and nothing does")
        after = page.data[-1].id
    raise beyond
