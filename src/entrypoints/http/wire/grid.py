"""Grids of rooms and of rates: read for a stretch of nights, set by ranges and weekdays."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.application.stock.set_inventory import InventoryUpdate
from core.application.stock.set_rates import RateUpdate
from core.domain.money import Money
from core.domain.problem import Fault, Invalid
from core.domain.stock import ari, rate_cell
from core.domain.stock.cell import CellChange, InventoryCell
from core.domain.stock.room_type import RoomType
from entrypoints.http.wire.values import Amount, Id, Reason

Rooms = Annotated[int, Meta(ge=0, le=10_000)]
Weekdays = Annotated[
    tuple[Annotated[int, Meta(ge=1, le=7)], ...],
    Meta(max_length=7, description="ISO numbers, Monday 1 to Sunday 7; none: every day."),
]
Nights = Annotated[int, Meta(ge=1, le=365)]
Days = Annotated[int, Meta(ge=0, le=700)]


class GridQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """first, last: nights, both included; at most 500."""

    property: Id
    first: datetime.date
    last: datetime.date


class NewInventory(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """first, last: nights, both included. What is left out stays as it is.

    oversell: how many rooms more than there are may be sold.
    """

    room_type: Id
    first: datetime.date
    last: datetime.date
    weekdays: Weekdays = ()
    capacity: Rooms | None = None
    oversell: Rooms | None = None
    stop_sell: bool | None = None


class SetInventory(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Applied in order, all or none."""

    property: Id
    updates: Annotated[tuple[NewInventory, ...], Meta(min_length=1, max_length=1000)]
    reason: Reason = ""

    def wish(self) -> list[InventoryUpdate]:
        return [
            InventoryUpdate(u.room_type, span, CellChange(u.capacity, u.oversell, u.stop_sell))
            for u, span in zip(self.updates, spans(self.updates), strict=True)
        ]


class PriceForAdults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    adults: Annotated[int, Meta(ge=1, le=9)]
    price: Amount


class NewPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of one night and room; they replace all that were there. by_adults: for no more people than
    the room takes. extra_adult, extra_child: each more than the greatest number priced; left out,
    they are not taken."""

    by_adults: Annotated[tuple[PriceForAdults, ...], Meta(min_length=1, max_length=9)]
    extra_adult: Amount | None = None
    extra_child: Amount | None = None

    def __post_init__(self) -> None:
        self.prices()

    def prices(self) -> ari.Prices:
        return ari.Prices(
            tuple((p.adults, p.price.money()) for p in self.by_adults),
            None if self.extra_adult is None else self.extra_adult.money(),
            None if self.extra_child is None else self.extra_child.money(),
        )


class NewRates(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """first, last: nights, both included. What is left out stays as it is; null lifts it.

    min_stay_arrival, max_stay, min_advance, max_advance: for stays that begin that night.
    min_stay_through: for stays that touch it. min_advance, max_advance: days before arrival.
    """

    room_type: Id
    rate_plan: Id
    first: datetime.date
    last: datetime.date
    weekdays: Weekdays = ()
    prices: NewPrices | UnsetType | None = UNSET
    stop_sell: bool | UnsetType = UNSET
    closed_to_arrival: bool | UnsetType = UNSET
    closed_to_departure: bool | UnsetType = UNSET
    min_stay_arrival: Nights | UnsetType | None = UNSET
    min_stay_through: Nights | UnsetType | None = UNSET
    max_stay: Nights | UnsetType | None = UNSET
    min_advance: Days | UnsetType | None = UNSET
    max_advance: Days | UnsetType | None = UNSET

    def change(self) -> rate_cell.RateChange:
        names = rate_cell.RateChange.__struct_fields__
        said = {name: getattr(self, name) for name in names if name != "prices"}
        prices = self.prices.prices() if isinstance(self.prices, NewPrices) else self.prices
        return rate_cell.RateChange(prices=prices, **said)


class SetRates(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Applied in order, all or none."""

    property: Id
    updates: Annotated[tuple[NewRates, ...], Meta(min_length=1, max_length=1000)]
    reason: Reason = ""

    def wish(self) -> list[RateUpdate]:
        return [
            RateUpdate(u.room_type, u.rate_plan, span, u.change())
            for u, span in zip(self.updates, spans(self.updates), strict=True)
        ]


def spans(updates: Sequence[NewInventory | NewRates]) -> list[ari.Span]:
    """Invalid: a last night before its first."""
    made, faults = [], []
    for number, update in enumerate(updates):
        if update.last < update.first:
            faults.append(Fault(f"/updates/{number}/last", "is before first"))
            continue
        days = tuple(sorted(set(update.weekdays)))
        made.append(ari.Span(update.first, update.last, days))
    if faults:
        raise Invalid(*faults)
    return made


class GridSet(msgspec.Struct, frozen=True):
    """changed: cells that are other than before."""

    changed: int


class InventoryNight(msgspec.Struct, frozen=True):
    """free: what can be sold now. forced: taken beyond capacity and oversell by a channel."""

    night: datetime.date
    capacity: int
    sold: int
    held: int
    oversell: int
    forced: int
    stop_sell: bool
    free: int


class InventoryRow(msgspec.Struct, frozen=True):
    room_type: str
    code: str
    name: str
    nights: tuple[InventoryNight, ...]


class Inventory(msgspec.Struct, frozen=True):
    data: tuple[InventoryRow, ...]


def inventory(rows: Sequence[tuple[RoomType, Sequence[InventoryCell]]]) -> Inventory:
    return Inventory(
        tuple(
            InventoryRow(room.id, room.code, room.name, tuple(_night(cell) for cell in cells))
            for room, cells in rows
        )
    )


def _night(cell: InventoryCell) -> InventoryNight:
    values = {n: getattr(cell, n) for n in InventoryNight.__struct_fields__}
    return InventoryNight(**values)


class RateNight(msgspec.Struct, frozen=True, kw_only=True):
    """As it is sold: derived prices too. prices null: not sold that night."""

    room_type: str
    rate_plan: str
    night: datetime.date
    prices: ShownPrices | None
    stop_sell: bool
    closed_to_arrival: bool
    closed_to_departure: bool
    min_stay_arrival: int | None
    min_stay_through: int | None
    max_stay: int | None
    min_advance: int | None
    max_advance: int | None


class ShownPrices(msgspec.Struct, frozen=True):
    by_adults: tuple[PriceForAdults, ...]
    extra_adult: Amount | None
    extra_child: Amount | None


class Rates(msgspec.Struct, frozen=True):
    data: tuple[RateNight, ...]


def rates(cells: Sequence[rate_cell.RateCell]) -> Rates:
    return Rates(tuple(_rate(cell) for cell in cells))


def _rate(cell: rate_cell.RateCell) -> RateNight:
    return RateNight(
        room_type=cell.room_type,
        rate_plan=cell.plan,
        night=cell.night,
        prices=None if cell.prices is None else _shown(cell.prices),
        min_advance=cell.min_advance,
        max_advance=cell.max_advance,
        **msgspec.structs.asdict(cell.restrictions),
    )


def _shown(prices: ari.Prices) -> ShownPrices:
    def amount(money: Money | None) -> Amount | None:
        return None if money is None else Amount(money.minor, money.currency)

    return ShownPrices(
        tuple(
            PriceForAdults(adults, Amount(price.minor, price.currency))
            for adults, price in prices.by_adults
        ),
        amount(prices.extra_adult),
        amount(prices.extra_child),
    )
