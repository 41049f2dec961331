"""Taking rooms: whole or not at all, and never beyond the limit unless a channel forced it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.stock import moves
from core.domain.stock.cell import CellChange, InventoryCell, Overtaken, changed
from core.domain.stock.moves import Move, Moved, Rooms, Short, Shortage, moved
from tests.unit.domain.stock.given import DAY, cells, nights

THREE = [Rooms("rmt_1", nights(3))]


def test_free_counts_what_may_still_be_sold() -> None:
    cell = InventoryCell("rmt_1", DAY, capacity=5, sold=2, held=1, oversell=1)
    assert cell.free == 3
    assert msgspec.structs.replace(cell, stop_sell=True).free == 0
    assert InventoryCell("rmt_1", DAY, capacity=1, sold=3, forced=2).free == 0


def test_more_than_there_is_cannot_be_said() -> None:
    with pytest.raises(ValueError, match="more is taken"):
        InventoryCell("rmt_1", DAY, capacity=1, sold=2)


def test_every_short_night_is_named_and_nothing_taken() -> None:
    stock = cells(3, capacity=1)
    stock["rmt_1", DAY] = InventoryCell("rmt_1", DAY, capacity=1, sold=1)
    stock["rmt_1", DAY + timedelta(2)] = InventoryCell("rmt_1", DAY + timedelta(2), stop_sell=True)
    short = moved(stock, moves.sell(THREE))
    assert isinstance(short, Short)
    assert short.first == Shortage("rmt_1", DAY, 1)
    assert [n.night for n in short.nights] == [DAY, DAY + timedelta(2)]


def test_a_modification_touches_only_the_difference() -> None:
    later = [Rooms("rmt_1", nights(3, DAY + timedelta(1)))]
    assert moves.modify(THREE, later) == (
        Move("rmt_1", DAY, sold=-1),
        Move("rmt_1", DAY + timedelta(3), sold=1),
    )
    full = cells(4, capacity=1, sold=1)
    full["rmt_1", DAY + timedelta(3)] = InventoryCell("rmt_1", DAY + timedelta(3), capacity=1)
    assert isinstance(moved(full, moves.modify(THREE, later)), Moved)


def test_what_is_settled_needs_no_room_of_its_own() -> None:
    full = cells(3, capacity=1, held=1, stop_sell=True)
    done = moved(full, moves.settle(THREE))
    assert isinstance(done, Moved)
    assert all((c.held, c.sold) == (0, 1) for c in done.cells)


def test_force_takes_what_is_not_there_and_says_so() -> None:
    full = cells(2, capacity=1, sold=1)  # the third night was never set
    done = moved(full, moves.sell(THREE), force=True)
    assert isinstance(done, Moved)
    assert [(c.sold, c.forced) for c in done.cells] == [(2, 1), (2, 1), (1, 1)]
    assert [s.missing for s in done.forced] == [1, 1, 1]
    back = moved({(c.room_type, c.night): c for c in done.cells}, moves.cancel(THREE))
    assert isinstance(back, Moved)
    assert [(c.sold, c.forced) for c in back.cells] == [(1, 0), (1, 0), (0, 0)]


def test_more_cannot_be_given_back_than_was_taken() -> None:
    with pytest.raises(ValueError, match="counted from 0"):
        moved(cells(3, capacity=1), moves.cancel(THREE))


def test_fewer_rooms_than_are_taken_cannot_be_set() -> None:
    cell = InventoryCell("rmt_1", DAY, capacity=5, sold=2, held=1)
    assert changed(cell, CellChange(capacity=2)) == Overtaken("rmt_1", DAY, 3, 2)
    lower = changed(cell, CellChange(capacity=2, oversell=1, stop_sell=True))
    assert isinstance(lower, InventoryCell)
    assert (lower.limit, lower.free) == (3, 0)
    forced = InventoryCell("rmt_1", DAY, capacity=1, sold=3, forced=2)
    more = changed(forced, CellChange(capacity=2))
    assert isinstance(more, InventoryCell)
    assert more.forced == 1


_CELLS = st.builds(
    lambda capacity, oversell, stop, sold, held: InventoryCell(
        "rmt_1",
        DAY,
        capacity=capacity,
        oversell=oversell,
        stop_sell=stop,
        sold=sold,
        held=held,
        forced=max(0, sold + held - capacity - oversell),
    ),
    *(st.integers(0, 6), st.integers(0, 2), st.booleans(), st.integers(0, 6), st.integers(0, 4)),
)
_MOVES = st.builds(Move, st.just("rmt_1"), st.just(DAY), st.integers(-3, 5), st.integers(-3, 5))


@given(_CELLS, st.lists(_MOVES, max_size=4), st.booleans())
def test_a_limit_is_passed_only_by_force_and_only_as_far_as_is_said(
    cell: InventoryCell, asked: list[Move], force: bool
) -> None:
    try:
        done = moved({("rmt_1", DAY): cell}, asked, force=force)
    except ValueError:
        assert cell.sold + sum(m.sold for m in asked) < 0 or (
            cell.held + sum(m.held for m in asked) < 0
        )
        return
    rise = sum(m.held + m.sold for m in asked)
    if isinstance(done, Short):
        assert not force
        assert rise > cell.free
        return
    for after in done.cells:
        assert after.taken == cell.taken + rise
        assert after.forced == max(0, after.taken - after.limit)
        assert sum(s.missing for s in done.forced) == max(0, after.forced - cell.forced)
        if not force:
            assert after.forced <= cell.forced


@given(st.lists(_MOVES, max_size=6))
def test_what_is_done_and_undone_is_nothing(asked: list[Move]) -> None:
    assert moves.together([*asked, *moves.undo(asked)]) == ()
