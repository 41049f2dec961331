"""10,000 random operations: a cell is never beyond its limit, unless a channel's reservation
forced it, and then that was said. What the cells hold is what the takers hold, to the room."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from core.domain.stay import Stay
from core.domain.stock import moves
from core.domain.stock.allotment import Allotment, AllotmentState, drawn, released, returned
from core.domain.stock.cell import CellChange, InventoryCell, changed
from core.domain.stock.holding import Hold, HoldState, ended
from core.domain.stock.moves import Key, Move, Moved, Rooms, moved
from tests.unit.domain.stock.given import DAY, NOW

NIGHTS = 6
LATER = NOW + timedelta(minutes=20)
stays = st.builds(
    lambda first, length: Stay(DAY + timedelta(first), DAY + timedelta(first + length)),
    st.integers(0, NIGHTS - 1),
    st.integers(1, 4),
)
rooms = st.builds(Rooms, st.sampled_from(["rmt_1", "rmt_2"]), stays, st.integers(1, 3))


class Ledger(RuleBasedStateMachine):
    holds = Bundle("holds")
    sales = Bundle("sales")
    groups = Bundle("groups")

    def __init__(self) -> None:
        super().__init__()
        self.cells: dict[Key, InventoryCell] = {}
        self.told: Counter[Key] = Counter()
        self.taken: list[list[Move]] = []
        self.groups_now: dict[str, Allotment] = {}
        self.numbers = 0

    def take(self, wanted: tuple[Move, ...], *, force: bool = False) -> bool:
        done = moved(self.cells, wanted, force=force)
        if not isinstance(done, Moved):
            assert not force
            return False
        for short in done.forced:
            self.told[short.room_type, short.night] += short.missing
        assert force or not done.forced
        self.cells |= {(c.room_type, c.night): c for c in done.cells}
        self.taken.append(list(wanted))
        return True

    @rule(
        room=st.sampled_from(["rmt_1", "rmt_2"]),
        night=st.integers(0, NIGHTS + 3),
        capacity=st.integers(0, 5),
        oversell=st.integers(0, 1),
        stop_sell=st.booleans(),
    )
    def set_a_night(
        self, room: str, night: int, capacity: int, oversell: int, stop_sell: bool
    ) -> None:
        key: tuple[str, date] = (room, DAY + timedelta(night))
        cell = self.cells.get(key) or InventoryCell(*key)
        made = changed(cell, CellChange(capacity, oversell, stop_sell))
        if isinstance(made, InventoryCell):
            assert made.forced <= cell.forced
            self.cells[key] = made

    @rule(target=holds, line=rooms)
    def hold(self, line: Rooms) -> Any:
        held = self.take(moves.hold([line]))
        return Hold("hld", "prp", (line,), NOW, LATER, "key") if held else None

    @rule(target=sales, line=rooms)
    def sell(self, line: Rooms) -> Any:
        return line if self.take(moves.sell([line])) else None

    @rule(target=sales, line=rooms)
    def a_channel_sold(self, line: Rooms) -> Any:
        self.take(moves.sell([line]), force=True)
        return line

    @rule(hold=consumes(holds), to=st.sampled_from([HoldState.RELEASED, HoldState.EXPIRED]))
    def give_back(self, hold: Hold | None, to: HoldState) -> None:
        if hold is None:
            return
        kept = False
        if hold.allotment is not None:
            group = self.groups_now[hold.allotment]
            self.groups_now[group.id], kept = returned(group, hold.rooms[0])
        assert self.take(ended(hold, to, LATER, to_group=kept)[1])

    @rule(target=sales, hold=consumes(holds))
    def settle(self, hold: Hold | None) -> Any:
        if hold is None or hold.allotment is not None:
            return None
        assert self.take(ended(hold, HoldState.SOLD, NOW)[1])
        return hold.rooms[0]

    @rule(line=consumes(sales))
    def cancel(self, line: Rooms | None) -> None:
        if line is not None:
            assert self.take(moves.cancel([line]))

    @rule(target=sales, before=consumes(sales), after=rooms, force=st.booleans())
    def modify(self, before: Rooms | None, after: Rooms, force: bool) -> Any:
        if before is None:
            return None
        return after if self.take(moves.modify([before], [after]), force=force) else before

    @rule(target=groups, line=rooms)
    def open_a_group(self, line: Rooms) -> Any:
        if not self.take(moves.hold([line])):
            return None
        self.numbers += 1
        id, empty = f"alt_{self.numbers}", (0,) * line.stay.nights
        stay = (line.room_type, line.stay, line.count)
        self.groups_now[id] = Allotment(id, "prp", "G", *stay, DAY, LATER, NOW, empty)
        return id

    @rule(target=holds, id=groups, line=rooms)
    def draw(self, id: str | None, line: Rooms) -> Any:
        if id is None or self.groups_now[id].state is AllotmentState.RELEASED:
            return None
        line = msgspec.structs.replace(line, room_type=self.groups_now[id].room_type)
        after = drawn(self.groups_now[id], line)
        if not isinstance(after, Allotment):
            return None
        self.groups_now[id] = after
        return Hold("hld", "prp", (line,), NOW, LATER, "key", allotment=id)

    @rule(id=consumes(groups))
    def release_a_group(self, id: str | None) -> None:
        if id is not None:
            self.groups_now[id], back = released(self.groups_now[id])
            assert self.take(back)

    @invariant()
    def no_cell_is_beyond_its_limit_unsaid(self) -> None:
        for key, cell in self.cells.items():
            assert cell.taken <= cell.limit + cell.forced
            assert cell.forced <= self.told[key]

    def teardown(self) -> None:
        for move in moves.together(m for one in self.taken for m in one):
            cell = self.cells[move.key]
            assert (cell.held, cell.sold) == (move.held, move.sold)


TestLedger = Ledger.TestCase
TestLedger.settings = settings(
    max_examples=100,
    stateful_step_count=100,
    suppress_health_check=list(HealthCheck),
)
