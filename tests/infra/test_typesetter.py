"""Pages are the same bytes for the same data, and never with a hole in them."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from adapters.typesetter.typst import TypstTypesetter
from core.domain.agreements.akad.page import page
from core.domain.agreements.akad.wakalah import FIRST, FORM
from ports.typesetter import CannotTypeset
from tests.unit.domain.given_akad import some_terms

pytestmark = pytest.mark.anyio
TYPESETTER = TypstTypesetter()
AGAIN = """
import asyncio, hashlib
from tests.infra.test_typesetter import TYPESETTER, data
print(hashlib.sha256(asyncio.run(TYPESETTER.typeset("akad", data())).pdf).hexdigest())
"""


def data(**other: Any) -> dict[str, Any]:
    return {**page("agr_1", FIRST, FORM, some_terms(), []), **other}


def test_other_processes_make_the_same_bytes() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", AGAIN], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert len({run.stdout for run in runs}) == 1
    assert re.fullmatch("[0-9a-f]{64}\n", runs[0].stdout)


async def test_it_is_an_archival_pdf_whose_arabic_font_is_inside() -> None:
    pdf = (await TYPESETTER.typeset("akad", data())).pdf
    assert pdf.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2" in pdf
    assert b"+Amiri-Regular" in pdf


async def test_each_role_has_its_place_to_sign_side_by_side() -> None:
    marks = (await TYPESETTER.typeset("akad", data())).marks
    assert set(marks) == set(FORM.roles)
    left, right = marks["muwakkil"], marks["wakil"]
    assert (left.page, left.y) == (right.page, right.y)
    assert 0 < left.x < right.x < 595
    assert 0 < left.y < 842


@pytest.mark.parametrize("text", ["\U0001f54b", "建设", "\u0e01"])
async def test_a_letter_that_no_font_has_is_said_and_not_left_out(text: str) -> None:
    with pytest.raises(CannotTypeset):
        await TYPESETTER.typeset("akad", data(place=f"Jakarta {text}"))


@pytest.mark.parametrize(
    "text", ['#panic("x")', '#read("/etc/passwd")', "$x$ *b* \\ `c`", "<mark>", "عبد الله"]
)
async def test_what_is_said_is_text_and_never_markup(text: str) -> None:
    found = await TYPESETTER.typeset("akad", data(place=text))
    assert set(found.marks) == set(FORM.roles)


async def test_a_layout_that_is_not_there_is_said() -> None:
    for layout in ("lease", "../../../etc/passwd"):
        with pytest.raises(CannotTypeset):
            await TYPESETTER.typeset(layout, data())
