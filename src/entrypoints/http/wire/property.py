"""Properties, their room types and rate plans: what is asked. Answers are the domain's own."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.application.stock import add_property as use
from core.domain.bookings.hotel import Board, Collect
from core.domain.stock.property import TaxRule
from core.domain.stock.rate_plan import CancellationRule, Derivation, LengthDiscount, Rounding
from core.domain.stock.wording import (
    Adults,
    Category,
    Children,
    Code,
    Country,
    Latitude,
    Longitude,
    Places,
    Title,
)
from entrypoints.http.wire.values import Id, Reason

Zone = Annotated[
    str, Meta(min_length=1, max_length=60, examples=["Asia/Riyadh"], description="IANA.")
]
Taxes = Annotated[tuple[TaxRule, ...], Meta(max_length=20)]
Age = Annotated[int, Meta(ge=-1, le=17)]
Ids = Annotated[tuple[Id, ...], Meta(max_length=200)]
Discounts = Annotated[tuple[LengthDiscount, ...], Meta(max_length=20)]
Rules = Annotated[tuple[CancellationRule, ...], Meta(max_length=10)]


class NewProperty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """timezone: today, releases and cut-offs go by it. taxes: a percentage or an amount per room
    and night; `at_property` is paid at the desk, on top of every price."""

    entity: Id
    code: Code
    name: Title
    timezone: Zone
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    country: Country
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    category: Category = ""
    taxes: Taxes = ()
    reason: Reason = ""

    def wish(self) -> use.NewProperty:
        return use.NewProperty(**_without_reason(self))


class PropertyChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays. active: false takes it off sale."""

    name: Title | None = None
    timezone: Zone | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    category: Category | None = None
    taxes: Taxes | None = None
    active: bool | None = None
    reason: Reason = ""

    def wish(self) -> use.PropertyChange:
        return use.PropertyChange(**_without_reason(self))


class NewRoomType(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: Code
    name: Title
    max_adults: Adults
    max_children: Children = 0
    places: Places = 0
    reason: Reason = ""


class RoomTypeChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays. active: false takes it off sale."""

    name: Title | UnsetType = UNSET
    max_adults: Adults | UnsetType = UNSET
    max_children: Children | UnsetType = UNSET
    places: Places | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    reason: Reason = ""


class NewRatePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """derived: its prices come from another plan's by a percentage, an amount, or both; left out,
    they are set night by night. infant_until, child_until: greatest ages; older ones are adults.
    cancellation: without `days_before` it costs from the moment of booking."""

    code: Code
    name: Title
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    board: Board = Board.ROOM_ONLY
    collect: Collect = Collect.PREPAID
    taxes_included: bool = True
    rounding: Rounding = Rounding()
    derived: Derivation | None = None
    length_discounts: Discounts = ()
    cancellation: Rules = ()
    infant_until: Age = 1
    child_until: Age = 11
    room_types: Ids = ()
    reason: Reason = ""


class RatePlanChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left out stays. active: false takes it off sale."""

    name: Title | UnsetType = UNSET
    board: Board | UnsetType = UNSET
    collect: Collect | UnsetType = UNSET
    taxes_included: bool | UnsetType = UNSET
    rounding: Rounding | UnsetType = UNSET
    derived: Derivation | UnsetType | None = UNSET
    length_discounts: Discounts | UnsetType = UNSET
    cancellation: Rules | UnsetType = UNSET
    infant_until: Age | UnsetType = UNSET
    child_until: Age | UnsetType = UNSET
    room_types: Ids | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    reason: Reason = ""


def said(asked: msgspec.Struct) -> dict[str, Any]:
    """The fields that were given, but for the reason."""
    return {name: value for name, value in _without_reason(asked).items() if value is not UNSET}


def _without_reason(asked: msgspec.Struct) -> dict[str, Any]:
    return {n: getattr(asked, n) for n in asked.__struct_fields__ if n != "reason"}
