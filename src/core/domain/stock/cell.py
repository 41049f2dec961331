"""What there is of a room type on one night, and who may take of it."""

from __future__ import annotations

from datetime import date

import msgspec


class InventoryCell(msgspec.Struct, frozen=True, gc=False):
    """Rooms of one type on one night (a local date; the night that begins on it).

    capacity: rooms there are. oversell: how many more may be sold, knowingly. sold, held: taken
    for good, and for a while. forced: how many were taken beyond both, by a channel that had
    sold what was gone; it falls as rooms come back.
    """

    room_type: str
    night: date
    capacity: int = 0
    sold: int = 0
    held: int = 0
    oversell: int = 0
    forced: int = 0
    stop_sell: bool = False

    def __post_init__(self) -> None:
        counts = (self.capacity, self.sold, self.held, self.oversell, self.forced)
        if min(counts) < 0:
            raise ValueError("rooms are counted from 0")
        if self.taken > self.limit + self.forced:
            raise ValueError("more is taken than there is")

    @property
    def taken(self) -> int:
        return self.sold + self.held

    @property
    def limit(self) -> int:
        """What may be taken by whoever asks first."""
        return self.capacity + self.oversell

    @property
    def free(self) -> int:
        """What can be sold now: 0 under a stop-sell."""
        return 0 if self.stop_sell else max(0, self.limit - self.taken)


class CellChange(msgspec.Struct, frozen=True):
    """What a grid is set to; None leaves a thing as it is."""

    capacity: int | None = None
    oversell: int | None = None
    stop_sell: bool | None = None


class Overtaken(msgspec.Struct, frozen=True):
    """The night cannot be set so low: *taken* rooms are sold or held, *allowed* would be left."""

    room_type: str
    night: date
    taken: int
    allowed: int


def changed(cell: InventoryCell, change: CellChange) -> InventoryCell | Overtaken:
    """*cell* as it is set. What was forced is settled by more rooms, never made by fewer."""
    capacity = cell.capacity if change.capacity is None else change.capacity
    oversell = cell.oversell if change.oversell is None else change.oversell
    stop_sell = cell.stop_sell if change.stop_sell is None else change.stop_sell
    over = max(0, cell.taken - capacity - oversell)
    if over > cell.forced:
        return Overtaken(cell.room_type, cell.night, cell.taken, capacity + oversell)
    return msgspec.structs.replace(
        cell, capacity=capacity, oversell=oversell, stop_sell=stop_sell, forced=over
    )
