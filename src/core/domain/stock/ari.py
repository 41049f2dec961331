"""Availability, rates and restrictions in a channel's terms: what it is told, and what it says.

A line is absolute: it says how a stretch of days is, never by how much it changed. So a line may
be sent again without harm, and the newest one is the truth.
"""

from __future__ import annotations

import enum
from datetime import date

import msgspec

from core.domain.money import Money

EVERY_DAY: tuple[int, ...] = ()


class Span(msgspec.Struct, frozen=True):
    """Local dates at the property, both included.

    weekdays: ISO numbers, Monday 1 to Sunday 7, rising; () is every day of the span.
    """

    first: date
    last: date
    weekdays: tuple[int, ...] = EVERY_DAY

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a span's last day is not before its first")
        if list(self.weekdays) != sorted(set(self.weekdays) & set(range(1, 8))):
            raise ValueError("weekdays are ISO numbers 1 to 7, rising, each once")


class Prices(msgspec.Struct, frozen=True):
    """What a night costs by how many adults sleep in the room; one currency.

    by_adults: (adults, price), rising. extra_adult, extra_child: each one more than the greatest
    of by_adults; None: they are not taken. Taxes are in or out as the channel is told in its
    connection.
    """

    by_adults: tuple[tuple[int, Money], ...]
    extra_adult: Money | None = None
    extra_child: Money | None = None

    def __post_init__(self) -> None:
        adults = [number for number, _ in self.by_adults]
        if not adults or adults[0] < 1 or adults != sorted(set(adults)):
            raise ValueError("by_adults are numbers of adults from 1 on, rising, each once")
        every = [price for _, price in self.by_adults]
        every += [extra for extra in (self.extra_adult, self.extra_child) if extra is not None]
        if len({price.currency for price in every}) != 1:
            raise ValueError("all prices are of one currency")
        if any(price.minor < 0 for price in every):
            raise ValueError("a price is not negative")

    @property
    def currency(self) -> str:
        return self.by_adults[0][1].currency


class Restrictions(msgspec.Struct, frozen=True):
    """How a rate plan of a room may be bought on a day.

    min_stay_arrival: nights, for stays that begin that day; min_stay_through: for stays that
    touch it; max_stay: nights, for stays that begin that day. None: there is no such bound.
    """

    stop_sell: bool = False
    closed_to_arrival: bool = False
    closed_to_departure: bool = False
    min_stay_arrival: int | None = None
    min_stay_through: int | None = None
    max_stay: int | None = None

    def __post_init__(self) -> None:
        for bound in (self.min_stay_arrival, self.min_stay_through, self.max_stay):
            if bound is not None and bound < 1:
                raise ValueError("a length of stay is at least 1 night")


OPEN = Restrictions()


class AvailabilityLine(msgspec.Struct, frozen=True, tag="availability"):
    """room: the channel's code. free: rooms it may sell, 0 or more."""

    room: str
    span: Span
    free: int


class RateLine(msgspec.Struct, frozen=True, tag="rate"):
    """room, plan: the channel's codes."""

    room: str
    plan: str
    span: Span
    prices: Prices


class RestrictionLine(msgspec.Struct, frozen=True, tag="restriction"):
    """room, plan: the channel's codes. All of it is said: what is None is lifted."""

    room: str
    plan: str
    span: Span
    restrictions: Restrictions


AriLine = AvailabilityLine | RateLine | RestrictionLine


class RefusedLine(msgspec.Struct, frozen=True):
    """line: its place in what was pushed, from 0. code: the channel's own; message: its words."""

    line: int
    code: str
    message: str


class PushAnswer(msgspec.Struct, frozen=True):
    """What a channel took of a message.

    taken: False: nothing of it counts, and what is not refused is pushed again without the
    rest; with nothing in refused it could not say which line was wrong.
    refused: lines that were not taken; all others of a taken message are acknowledged.
    warnings: what it took with a word; where it took nothing and could not say which line was
    wrong, why not. reference: its own number of the message, "" for none.
    """

    taken: bool = True
    refused: tuple[RefusedLine, ...] = ()
    warnings: tuple[str, ...] = ()
    reference: str = ""


class ShownKind(enum.StrEnum):
    """What a read-back is: the channel's own books, or what a guest is shown."""

    HELD = "held"
    GUEST = "guest"


class ShownAvailability(msgspec.Struct, frozen=True):
    """Rooms the channel has to sell on one day. room: its code."""

    room: str
    day: date
    free: int


class ShownRate(msgspec.Struct, frozen=True):
    """How a channel has one night of a rate plan. prices None: it shows no price.

    prices and restrictions may be poorer than what was pushed: by_adults holds the occupancies
    it tells; restrictions None: it does not tell them.
    """

    room: str
    plan: str
    day: date
    prices: Prices | None
    restrictions: Restrictions | None = None


class Shown(msgspec.Struct, frozen=True):
    kind: ShownKind
    availability: tuple[ShownAvailability, ...] = ()
    rates: tuple[ShownRate, ...] = ()


class ChannelPlan(msgspec.Struct, frozen=True):
    """A rate plan at the channel. adults: occupancies it takes a price for; () any."""

    code: str
    name: str
    currency: str = ""
    adults: tuple[int, ...] = ()


class ChannelRoom(msgspec.Struct, frozen=True):
    """A room at the channel, with the plans that can be sold for it."""

    code: str
    name: str
    plans: tuple[ChannelPlan, ...] = ()


class ChannelCatalogue(msgspec.Struct, frozen=True):
    """What one property is made of at the channel, to map to. property_code: the channel's."""

    property_code: str
    name: str
    rooms: tuple[ChannelRoom, ...]
