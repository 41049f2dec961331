"""What a property, a room type or a plan may be called, and where it may be."""

from __future__ import annotations

from importlib import resources

import pytest

from core.domain.country import COUNTRIES
from core.domain.stock.wording import wrong_with


@pytest.mark.parametrize(
    "said",
    [
        {"code": "MKH-1_a.b"},
        {"name": "Dār al-Ḥaram"},
        {"country": "SA"},
        {"latitude": -90, "longitude": 180.0},
        {"latitude": None, "longitude": None},
        {"max_adults": 9, "max_children": 0, "places": 15},
        {"active": False},
    ],
)
def test_what_may_be_said(said: dict[str, object]) -> None:
    assert list(wrong_with(said)) == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("code", ["", "bad code !", "a b", "MKH\n", "x" * 41]),
        ("name", ["", " ", "\t", " Dar", "Dar\n", "x" * 201]),
        ("country", ["sa", "SAU", "XX", "", "SA\n"]),
        ("category", ["x" * 21]),
        ("max_adults", [0, 10]),
        ("max_children", [-1, 7]),
        ("places", [-1, 16]),
        ("latitude", [-90.1, 999, float("nan"), float("inf")]),
        ("longitude", [-180.1, 180.1]),
    ],
)
def test_what_may_not(name: str, values: list[object]) -> None:
    for value in values:
        assert [f.pointer for f in wrong_with({name: value})] == [f"/{name}"], value


def test_a_place_is_a_latitude_and_a_longitude() -> None:
    for given, missing in (("latitude", "longitude"), ("longitude", "latitude")):
        (fault,) = wrong_with({given: 5.0, missing: None})
        assert (fault.pointer, given in fault.message) == (f"/{missing}", True)


def test_the_countries_are_those_of_the_time_zone_database() -> None:
    table = (resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text()
    lines = [line for line in table.splitlines() if not line.startswith("#")]
    assert {line.partition("\t")[0] for line in lines} == COUNTRIES
