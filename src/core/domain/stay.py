"""A stay, and who sleeps in a room."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

MAX_NIGHTS = 90  # of what may be asked for
LONGEST_NIGHTS = 1000  # of what a channel may have sold


class Stay(msgspec.Struct, frozen=True):
    """Local dates at the property; check-out is exclusive. What is asked for is bound more
    narrowly, by `asked_stay`; what a channel has sold is kept, as long as it can be meant."""

    check_in: date
    check_out: date

    def __post_init__(self) -> None:
        if not 1 <= self.nights <= LONGEST_NIGHTS:
            raise ValueError(f"check_out must be 1 to {LONGEST_NIGHTS} nights after check_in")

    @property
    def nights(self) -> int:
        return (self.check_out - self.check_in).days

    def has_begun(self, now: datetime) -> bool:
        """The day of arrival is over everywhere on earth (UTC-12 is the last to see it)."""
        return self.check_in < (now - timedelta(hours=12)).date()


def asked_stay(check_in: date, check_out: date) -> Stay:
    """A stay that somebody asks for. ValueError: not 1 to 90 nights."""
    if (check_out - check_in).days not in range(1, MAX_NIGHTS + 1):
        raise ValueError(f"check_out must be 1 to {MAX_NIGHTS} nights after check_in")
    return Stay(check_in, check_out)


class Occupancy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who sleeps in one room. children: their ages in whole years at check-in."""

    adults: int
    children: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.adults <= 9:
            raise ValueError("adults must be 1 to 9")
        if len(self.children) > 6 or not all(0 <= age <= 17 for age in self.children):
            raise ValueError("children are at most 6 ages from 0 to 17")
