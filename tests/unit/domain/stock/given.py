"""A house in Makkah, one room type and one plan, complete enough for every rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from core.domain.money import Money
from core.domain.stay import Stay
from core.domain.stock.ari import Prices, Restrictions
from core.domain.stock.cell import InventoryCell
from core.domain.stock.moves import Key
from core.domain.stock.property import Property, TaxRule
from core.domain.stock.rate_cell import RateCell
from core.domain.stock.rate_plan import RatePlan

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = date(2027, 1, 10)
VAT = TaxRule("VAT", Decimal(15))
CITY = TaxRule("city fee", amount=Money(1000, "SAR"), at_property=True)


def sar(minor: int) -> Money:
    return Money(minor, "SAR")


def nights(count: int, first: date = DAY) -> Stay:
    return Stay(first, first + timedelta(days=count))


def a_house(**other: Any) -> Property:
    made = Property(
        id="prp_1",
        entity="ent_1",
        code="AJYAD",
        name="Ajyad Courtyard",
        timezone="Asia/Riyadh",
        currency="SAR",
        country="SA",
        created_at=NOW,
    )
    return msgspec.structs.replace(made, **other)


def a_plan(**other: Any) -> RatePlan:
    made = RatePlan("rpl_1", "prp_1", "BAR", "Best available", "SAR")
    return msgspec.structs.replace(made, **other)


def prices(two: int = 40000, *, adult: int | None = 10000, child: int | None = 5000) -> Prices:
    return Prices(
        ((1, sar(two * 3 // 4)), (2, sar(two))),
        None if adult is None else sar(adult),
        None if child is None else sar(child),
    )


def rates(count: int = 10, first: date = DAY, **other: Any) -> dict[date, RateCell]:
    """One a night from *first* on; other: restrictions by name, and fields of the cell."""
    of_cell = {n: other.pop(n) for n in ("min_advance", "max_advance") if n in other}
    cell = RateCell("rmt_1", "rpl_1", first, prices(), Restrictions(**other), **of_cell)
    every = (first + timedelta(days=n) for n in range(count))
    return {night: msgspec.structs.replace(cell, night=night) for night in every}


def cells(count: int, first: date = DAY, **other: Any) -> dict[Key, InventoryCell]:
    every = (first + timedelta(days=n) for n in range(count))
    return {("rmt_1", night): InventoryCell("rmt_1", night, **other) for night in every}
