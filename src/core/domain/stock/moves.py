"""Every way stock is taken and given back, as one thing: moves over nights.

A hold, a sale, a reservation and an allotment differ in what they count, not in how it is
decided: `moved` takes all of it or nothing, and names every night that is short.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from core.domain.stay import Stay
from core.domain.stock.cell import InventoryCell

Key = tuple[str, date]


class Rooms(msgspec.Struct, frozen=True):
    """*count* rooms of a type on every night of a stay."""

    room_type: str
    stay: Stay
    count: int = 1

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("rooms are at least 1")


class Move(msgspec.Struct, frozen=True, gc=False):
    """How much more (or less) of a type is held and sold on one night."""

    room_type: str
    night: date
    held: int = 0
    sold: int = 0

    @property
    def key(self) -> Key:
        return self.room_type, self.night


class Shortage(msgspec.Struct, frozen=True, gc=False):
    """missing: rooms that are not there on that night."""

    room_type: str
    night: date
    missing: int


class Short(msgspec.Struct, frozen=True):
    """Nothing was taken. nights: every one that is short, the first first."""

    nights: tuple[Shortage, ...]

    @property
    def first(self) -> Shortage:
        return self.nights[0]


class Moved(msgspec.Struct, frozen=True):
    """cells: those that changed, as they are now. forced: by how much each night's limit was
    pushed to take what a channel had sold already."""

    cells: tuple[InventoryCell, ...]
    forced: tuple[Shortage, ...] = ()


def nights(stay: Stay) -> tuple[date, ...]:
    return tuple(stay.check_in + timedelta(days=n) for n in range(stay.nights))


def hold(rooms: Iterable[Rooms]) -> tuple[Move, ...]:
    """Take rooms for a while."""
    return together(Move(r.room_type, n, held=r.count) for r in rooms for n in nights(r.stay))


def sell(rooms: Iterable[Rooms]) -> tuple[Move, ...]:
    return together(Move(r.room_type, n, sold=r.count) for r in rooms for n in nights(r.stay))


def release(rooms: Iterable[Rooms]) -> tuple[Move, ...]:
    """Give back what is held."""
    return undo(hold(rooms))


def cancel(rooms: Iterable[Rooms]) -> tuple[Move, ...]:
    """Give back what is sold."""
    return undo(sell(rooms))


def settle(rooms: Iterable[Rooms]) -> tuple[Move, ...]:
    """What was held is sold."""
    rooms = tuple(rooms)
    return together([*release(rooms), *sell(rooms)])


def modify(before: Iterable[Rooms], after: Iterable[Rooms]) -> tuple[Move, ...]:
    """What is sold becomes something else: the nights that stay are not touched."""
    return together([*cancel(before), *sell(after)])


def undo(moves: Iterable[Move]) -> tuple[Move, ...]:
    return tuple(Move(m.room_type, m.night, -m.held, -m.sold) for m in moves)


def together(moves: Iterable[Move]) -> tuple[Move, ...]:
    """One move a night, in the order in which cells are always locked; none that does nothing."""
    sums: dict[Key, tuple[int, int]] = {}
    for move in moves:
        held, sold = sums.get(move.key, (0, 0))
        sums[move.key] = held + move.held, sold + move.sold
    return tuple(
        Move(room_type, night, held, sold)
        for (room_type, night), (held, sold) in sorted(sums.items())
        if held or sold
    )


def moved(
    cells: Mapping[Key, InventoryCell], moves: Sequence[Move], *, force: bool = False
) -> Moved | Short:
    """*cells* after *moves*, all of them or none. A night without a cell has no rooms.

    force: what is not there is taken all the same, and counted as forced: for a guest who holds
    a confirmation already. A stop-sell then stops nothing either.
    ValueError: more is given back than was taken.
    """
    after: list[InventoryCell] = []
    short: list[Shortage] = []
    for move in together(moves):
        cell = cells.get(move.key) or InventoryCell(*move.key)
        missing = max(0, move.held + move.sold - cell.free)
        if missing and move.held + move.sold > 0 and not force:
            short.append(Shortage(*move.key, missing))
        after.append(_with(cell, move))
    if short:
        return Short(tuple(short))
    return Moved(tuple(after), tuple(_forced(cells, after)))


def _with(cell: InventoryCell, move: Move) -> InventoryCell:
    held, sold = cell.held + move.held, cell.sold + move.sold
    over = max(0, held + sold - cell.limit)
    return msgspec.structs.replace(cell, held=held, sold=sold, forced=over)


def _forced(
    before: Mapping[Key, InventoryCell], after: Iterable[InventoryCell]
) -> Iterable[Shortage]:
    for cell in after:
        was = before.get((cell.room_type, cell.night))
        rise = cell.forced - (was.forced if was else 0)
        if rise > 0:
            yield Shortage(cell.room_type, cell.night, rise)
