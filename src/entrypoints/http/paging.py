"""Lists page by cursor: newest first, after the last id of the page before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, Protocol, TypeVar

import msgspec
from msgspec import Meta

from core.domain.ids import FORM
from ports.store import Page

T = TypeVar("T")
Limit = Annotated[int, Meta(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[
    str,
    Meta(
        pattern=f"^{FORM}$",
        description="`next` of the page before.",
    ),
]


class Paging(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    limit: Limit = 50
    after: Cursor | None = None

    @property
    def page(self) -> Page:
        return Page(self.after, self.limit)


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """next: give it as `after` for the next page; null: this was the last."""

    data: tuple[T, ...]
    next: str | None


class HasId(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=HasId)


def listing(rows: Sequence[Row], paging: Paging, show: Callable[[Row], T]) -> Listing[Any]:
    more = len(rows) == paging.limit
    return Listing(tuple(show(r) for r in rows), rows[-1].id if more else None)
