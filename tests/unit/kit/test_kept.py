from __future__ import annotations

import pytest

from adapters._kit.kept import Kept
from tests.fakes.clock import HandClock


class Maker:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


def test_what_is_kept_is_made_once_until_its_age() -> None:
    clock, make = HandClock(), Maker()
    kept = Kept[str, int](clock.monotonic, age_s=60, most=9)
    assert [kept.get("a", make), kept.get("a", make), kept.get("b", make)] == [1, 1, 2]
    clock.move(59.9)
    assert kept.get("a", make) == 1, "being asked for does not make it younger"
    clock.move(0.1)
    assert kept.get("a", make) == 3


def test_nothing_old_stays_where_it_can_be_read() -> None:
    clock = HandClock()
    kept = Kept[str, int](clock.monotonic, age_s=60, most=9)
    kept.get("a", Maker())
    clock.move(30)
    kept.get("b", Maker())
    clock.move(30)
    kept.drop_old()
    assert len(kept) == 1
    clock.move(30)
    kept.drop_old()
    assert len(kept) == 0


def test_the_oldest_makes_room() -> None:
    make = Maker()
    kept = Kept[str, int](HandClock().monotonic, age_s=60, most=2)
    for key in "abc":
        kept.get(key, make)
    assert len(kept) == 2
    assert [kept.get("b", make), kept.get("c", make), kept.get("a", make)] == [2, 3, 4]


def test_a_failure_is_not_kept() -> None:
    kept = Kept[str, int](HandClock().monotonic, age_s=60, most=2)

    def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        kept.get("a", fail)
    assert kept.get("a", Maker()) == 1
