from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from core.domain.agreements.agreement import Mark


class CannotTypeset(Exception):
    """The layout and its data make no page: a glyph no font has, a layout that is wrong."""


class Typeset(msgspec.Struct, frozen=True):
    """pdf: the same bytes for the same data, always. marks: where each role signs."""

    pdf: bytes
    marks: Mapping[str, Mark]


class Typesetter(Protocol):
    async def typeset(self, layout: str, data: Mapping[str, Any]) -> Typeset:
        """*data* (plain JSON values) set by the layout of that name. CannotTypeset: it fails,
        or only with a warning; a page with a hole in it is never handed out."""
        ...
