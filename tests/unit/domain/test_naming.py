"""What nobody can see in a name is not taken, and everything that is read stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.naming import seen, unseen_in

UNSEEN = {
    "turns the direction": "\u202e",
    "ends an embedding": "\u202c",
    "isolates": "\u2066",
    "marks the direction": "\u200f",
    "has no width": "\u200b",
    "joins": "\u200d",
    "a byte order mark": "\ufeff",
    "a soft hyphen": "\u00ad",
    "a Hangul filler": "\u3164",
    "an empty Braille cell": "\u2800",
    "a variation selector": "\ufe0f",
    "a tag": "\U000e0041",
    "a control": "\x07",
    "a line": "\n",
    "a line of its own": "\u2028",
    "private": "\ue000",
    "half a pair": "\ud800",
}
NAMES = (
    *("Siti Nurhaliza", "O'Brien-Smith", "Đặng Thị Ngọc Thịnh", "José", "Jose\u0301"),
    *("محمد بن عبد الله", "مُحَمَّد", "王小明", "김철수", "नरेन्द्र", "Jr."),
)


@pytest.mark.parametrize("character", UNSEEN.values(), ids=UNSEEN)
def test_what_nobody_sees_is_named_by_its_code_and_its_place(character: str) -> None:
    fault = unseen_in(f"Siti{character} Contoh") or ""
    assert f"U+{ord(character):04X}" in fault
    assert "character 5:" in fault
    assert "plain text" in fault
    assert character not in fault
    assert "Siti" not in fault
    assert seen(f"Siti{character} Contoh") == "Siti Contoh"


@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_script_are_taken(name: str) -> None:
    assert (unseen_in(name), seen(name)) == (None, name)


@pytest.mark.parametrize(
    "between", ["\t", "\n", "\r\n", "\x0b", "\x85", "\u2028", " \t ", "\t\u200b"], ids=ascii
)
def test_two_names_on_two_lines_stay_two(between: str) -> None:
    assert seen(f"Anna{between}Maria") == "Anna Maria"
    assert seen(f"{between}Anna{between}") == "Anna"


@given(st.text())
def test_what_is_left_is_seen(text: str) -> None:
    assert unseen_in(seen(text)) is None
    assert (unseen_in(text) is None) == (seen(text) == text)
