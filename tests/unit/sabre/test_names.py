"""A name goes into a ticket as it stands in the passport, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sabre.mapping.names import LONGEST, Unwritable, written
from core.domain.person import PassengerType
from ports.gds import Traveller


def a_traveller(name: str, surname: str, title: str = "") -> Traveller:
    return Traveller(3, PassengerType.ADULT, name, surname, title)


@pytest.mark.parametrize(
    ("name", "surname", "title", "told"),
    [
        ("Siti", "Contoh", "Mrs", ("CONTOH", "SITI MRS", "SITI")),
        ("siti  nur", " Contoh ", "", ("CONTOH", "SITI NUR", "SITI NUR")),
        ("Nur'aini", "O’Brien-Baru", "", ("OBRIEN BARU", "NURAINI", "NURAINI")),
        ("Jürgen", "Weiß", "Mr.", ("WEISS", "JURGEN MR", "JURGEN")),
        ("Łukasz", "Ærøskøbing", "", ("AEROSKOBING", "LUKASZ", "LUKASZ")),
        ("Şükrü", "Yıldız", "", ("YILDIZ", "SUKRU", "SUKRU")),
        ("Đặng", "Nguyễn", "", ("NGUYEN", "DANG", "DANG")),
        ("", "Suharto", "MR", ("SUHARTO", "SUHARTO MR", "SUHARTO")),
        ("Suharto", "", "", ("SUHARTO", "SUHARTO", "SUHARTO")),
        ("Siti", "Contoh", "Hajjah", ("CONTOH", "SITI", "SITI")),
    ],
)
def test_it_is_folded_as_in_the_passport(
    name: str, surname: str, title: str, told: tuple[str, ...]
) -> None:
    assert written(a_traveller(name, surname, title)) == told


@pytest.mark.parametrize(
    "letters", ["سيتي", "王", "Сити", "Siti2", "Siti/Contoh", "Siti\n\x00", "😀"]
)
def test_what_cannot_be_written_names_the_field_and_not_the_name(letters: str) -> None:
    for name, surname, field in ((letters, "Contoh", "name"), ("Siti", letters, "surname")):
        with pytest.raises(Unwritable, match=f"the {field} of passenger 3") as refused:
            written(a_traveller(name, surname))
        assert letters not in str(refused.value)


def test_nobody_has_no_name() -> None:
    with pytest.raises(Unwritable, match="no name"):
        written(a_traveller(" ", ""))


def test_a_long_name_loses_its_title_then_later_given_names_and_never_half_of_one() -> None:
    surname = "A" * 42
    assert written(a_traveller("SITI NURAINI", surname, "Mrs")).given == "SITI NURAINI"
    assert written(a_traveller("SITI NURAINI RAHMAWATI", surname)).given == "SITI NURAINI"
    with pytest.raises(Unwritable, match="longer than"):
        written(a_traveller("B" * 20, surname))


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["", "Mr", "MRS", "?"]))
def test_it_is_always_capitals_and_spaces_within_the_length_or_refused(
    name: str, surname: str, title: str
) -> None:
    try:
        told = written(a_traveller(name, surname, title))
    except Unwritable:
        return
    for part in told:
        assert part
        assert all("A" <= c <= "Z" or c == " " for c in part)
        assert part == " ".join(part.split())
    assert len(told.surname) + 1 + len(told.given) <= LONGEST
