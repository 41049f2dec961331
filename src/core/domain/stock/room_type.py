"""A kind of room: rooms of one type are sold by number, not by door."""

from __future__ import annotations

import msgspec

from core.domain.stay import Occupancy


class RoomType(msgspec.Struct, frozen=True):
    """code: the tenant's own, unique within its property. places: people at most, children too.

    active: False: it is no longer sold.
    """

    id: str
    property: str
    code: str
    name: str
    max_adults: int
    max_children: int = 0
    places: int = 0
    active: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.max_adults <= 9 or not 0 <= self.max_children <= 6:
            raise ValueError("max_adults is 1 to 9 and max_children 0 to 6")
        if self.places < 0:
            raise ValueError("places is 0 (as many as adults and children) or more")

    def people(self) -> int:
        """At most; so many may pay as adults, for a plan counts its older children as such."""
        every = self.max_adults + self.max_children
        return min(self.places or every, every)

    def sleeps(self, occupancy: Occupancy) -> bool:
        adults, children = occupancy.adults, len(occupancy.children)
        fits = adults <= self.max_adults and children <= self.max_children
        return fits and adults + children <= self.people()
