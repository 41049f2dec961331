"""Pages set by Typst, with the fonts of installed packages and none of this machine's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fontpkg_amiri
import msgspec
import typst

from core.domain.agreements.agreement import Mark
from ports.typesetter import CannotTypeset, Typeset

LAYOUTS = Path(__file__).parent / "layouts"


class _Placed(msgspec.Struct, frozen=True):
    role: str
    page: int
    x: float
    y: float


class TypstTypesetter:
    """Fonts: those inside the wheel, and Amiri for Arabic. Nothing is fetched, and nothing
    outside the folder of layouts is read."""

    def __init__(self) -> None:
        files = Path(fontpkg_amiri.__file__).parent / "files"
        self._fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(files)])

    async def typeset(self, layout: str, data: Mapping[str, Any]) -> Typeset:
        """In a thread: a page takes some 20 ms, in which others are served."""
        return await asyncio.to_thread(self._set, layout, data)

    def _set(self, layout: str, data: Mapping[str, Any]) -> Typeset:
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        try:
            compiler = typst.Compiler(
                str(LAYOUTS / f"{layout}.typ"),
                root=str(LAYOUTS),
                font_paths=self._fonts,
                ignore_system_fonts=True,
                sys_inputs={"data": text},
            )
            # PDF/A-2a: made to be kept, and to be read aloud
            pdf, warnings = compiler.compile_with_warnings(pdf_standards="a-2a", timestamp=0)
            placed = compiler.query("<mark>", field="value")
        except RuntimeError as e:  # TypstError is one, and so is a layout that is not there
            reason = e.message if isinstance(e, typst.TypstError) else str(e)
        else:
            # a warning may be a glyph that no font has: a box on the page
            if not warnings and isinstance(pdf, bytes):
                return Typeset(pdf, _marks(placed))
            reason = "; ".join(w.message for w in warnings) or "it made no document"
        raise CannotTypeset(f"{layout}: {reason}")


def _marks(placed: str) -> dict[str, Mark]:
    marks = msgspec.json.decode(placed, type=list[_Placed])
    return {m.role: Mark(m.page, round(m.x, 2), round(m.y, 2)) for m in marks}
