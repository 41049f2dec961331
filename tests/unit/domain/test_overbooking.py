"""Of the rooms taken beyond a night's limit, those that came last are over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.channels.overbooking import marked, over_now
from core.domain.channels.reservation import (
    ForcedNight,
    Reservation,
    ReservationRoom,
    ReservationState,
)
from core.domain.stay import Occupancy, Stay
from core.domain.stock.cell import CellChange, InventoryCell, Overtaken, changed
from core.domain.stock.moves import Key, Move, Moved, modify, moved
from tests.unit.domain.given import NOW, modest

DAY = date(2027, 1, 4)
NIGHT: Key = ("rmt_dlx", DAY)


def forced(rooms: int = 1, at: int = 0, key: Key = NIGHT) -> ForcedNight:
    return ForcedNight(*key, rooms, NOW + timedelta(seconds=at))


def a_reservation(id: str, rooms: int, *of: ForcedNight) -> Reservation:
    stay = Stay(DAY, DAY + timedelta(days=1))
    room = ReservationRoom("DLX", "B1", "rmt_dlx", "rpl_bar", stay, Occupancy(2))
    return Reservation(
        id, "con_1", id, 1, ReservationState.CONFIRMED, "H1", (room,) * rooms, "per_1", NOW, NOW,
        property="prp_1", forced=of,
    )  # fmt: skip


FIRST, SECOND = a_reservation("rsv_1", 1, forced()), a_reservation("rsv_2", 1, forced(at=5))
OF_TWO = a_reservation("rsv_3", 2, forced(at=1), forced(at=9))
GONE = msgspec.structs.replace(SECOND, id="rsv_4", state=ReservationState.CANCELLED)


@pytest.mark.parametrize(
    ("marks", "beyond", "over"),
    [
        ([FIRST], 1, {"rsv_1": 1}),
        ([FIRST], 0, {"rsv_1": 0}),
        ([FIRST, SECOND], 2, {"rsv_1": 1, "rsv_2": 1}),
        ([FIRST, SECOND], 1, {"rsv_1": 0, "rsv_2": 1}),
        ([SECOND, FIRST], 1, {"rsv_1": 0, "rsv_2": 1}),
        ([SECOND, OF_TWO], 1, {"rsv_2": 0, "rsv_3": 1}),
        ([SECOND, OF_TWO], 2, {"rsv_2": 1, "rsv_3": 1}),
        ([SECOND, OF_TWO], 3, {"rsv_2": 1, "rsv_3": 2}),
        ([FIRST, GONE], 1, {"rsv_1": 1, "rsv_4": 0}),
        ([a_reservation("rsv_5", 3, forced(3))], 2, {"rsv_5": 2}),
    ],
)
def test_who_came_last_is_over(marks: list[Reservation], beyond: int, over: dict[str, int]) -> None:
    now = over_now(marks, {NIGHT: beyond})
    told = {id: r.forced if r.is_overbooked else () for id, r in now.items()}
    assert {id: sum(one.rooms for one in of) for id, of in told.items()} == over


OTHER: Key = ("rmt_dlx", DAY + timedelta(days=3))


@pytest.mark.parametrize(
    ("before", "more", "beyond", "after"),
    [
        (a_reservation("rsv_1", 1), [forced()], {NIGHT: 1}, (forced(),)),
        (FIRST, [], {NIGHT: 0}, ()),  # there is room again
        (FIRST, [], {}, (forced(),)),  # nothing has changed
        (FIRST, [forced(key=OTHER)], {OTHER: 1}, (forced(),)),  # which it does not take
        (a_reservation("rsv_3", 1, *OF_TWO.forced), [], {}, (forced(at=9),)),  # one is given back
        (OF_TWO, [], {NIGHT: 1}, (forced(at=9),)),
    ],
)
def test_what_is_marked(
    before: Reservation,
    more: list[ForcedNight],
    beyond: dict[Key, int],
    after: tuple[ForcedNight, ...],
) -> None:
    assert marked(before, more, beyond).forced == after


class Room(NamedTuple):
    """One room that was taken, by the reservation *by* or, "", by whoever asks first."""

    by: str
    at: int


class Night:
    """One night, with all that were taken in the order in which they came; and what we keep."""

    def __init__(self) -> None:
        self.cell = InventoryCell(*NIGHT, capacity=2)
        self.rooms: list[Room] = []
        self.kept: dict[str, Reservation] = {}
        self.now = 0

    def sell(self) -> None:
        """To whoever asks first: only where there is a room."""
        done = moved({NIGHT: self.cell}, [Move(*NIGHT, sold=1)])
        if isinstance(done, Moved):
            (self.cell,) = done.cells
            self.rooms.append(Room("", self.now))

    def give_back(self) -> None:
        ours = [room for room in self.rooms if not room.by]
        if ours:
            self._move([Move(*NIGHT, sold=-1)])
            self.rooms.remove(ours[0])

    def take(self, id: str) -> None:
        """A channel sold one room more of reservation *id*."""
        before = self.kept.get(id) or a_reservation(id, 0)
        self._become(before, a_reservation(id, len(before.rooms) + 1, *before.forced))
        self.rooms.append(Room(id, self.now))

    def cancel(self, id: str) -> None:
        """All of it."""
        if id in self.kept:
            self._become(self.kept[id], a_reservation(id, 0, *self.kept[id].forced))
            self.rooms = [room for room in self.rooms if room.by != id]
            del self.kept[id]

    def set(self, capacity: int) -> None:
        after = changed(self.cell, CellChange(capacity=capacity))
        if not isinstance(after, Overtaken):
            self.cell = after

    def _become(self, before: Reservation, after: Reservation) -> None:
        short = self._move(modify(before.taken, after.taken))
        self.kept[after.id] = marked(after, short, {NIGHT: self.cell.forced})

    def _move(self, moves: Sequence[Move]) -> list[ForcedNight]:
        done = moved({NIGHT: self.cell}, moves, force=True)
        assert isinstance(done, Moved)
        (self.cell,) = done.cells
        return [forced(s.missing, self.now) for s in done.forced]


acts = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["sell", "give_back"])),
        st.tuples(st.sampled_from(["take", "take", "cancel"]), st.sampled_from("abcde")),
        st.tuples(st.just("set"), st.integers(0, 6)),
    ),
    max_size=40,
)


@modest
@given(acts)
def test_they_are_the_last_by_arrival_of_all_that_were_taken(steps: list[tuple[str, ...]]) -> None:
    night = Night()
    for act, *of in steps:
        night.now += 1
        getattr(night, act)(*of)
        beyond = night.cell.forced
        assert beyond == max(0, night.cell.taken - night.cell.limit)
        last = night.rooms[len(night.rooms) - beyond :]
        over = over_now(night.kept.values(), {NIGHT: beyond})
        shown = {id: sum(one.rooms for one in r.forced) for id, r in over.items()}
        assert {id: n for id, n in shown.items() if n} == {
            id: sum(room.by == id for room in last) for id in {room.by for room in last}
        }
