"""A channel: one property of ours at one connection that sells it, and how it is to be shown there."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec

from core.domain.markup import Markup
from core.domain.stock.ari import ChannelCatalogue


class ChannelState(enum.StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"  # nothing is pushed; reservations come in all the same


class BufferStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """rooms held back from nights at most *days_ahead* days from the property's today."""

    days_ahead: int
    rooms: int

    def __post_init__(self) -> None:
        if self.days_ahead < 0 or self.rooms < 0:
            raise ValueError("days_ahead and rooms are 0 or more")


class SafetyBuffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rooms that a channel is not shown, so that its delay sells nothing twice.

    steps: by lead time, rising; the first that reaches a night counts. rooms: beyond them.
    """

    rooms: int = 0
    steps: tuple[BufferStep, ...] = ()

    def __post_init__(self) -> None:
        reach = [step.days_ahead for step in self.steps]
        if self.rooms < 0 or reach != sorted(set(reach)):
            raise ValueError("rooms is 0 or more, and steps rise by days_ahead, each once")

    def at(self, lead_days: int) -> int:
        """Rooms held back of a night *lead_days* from today."""
        for step in self.steps:
            if lead_days <= step.days_ahead:
                return step.rooms
        return self.rooms


class TaxDisplay(enum.StrEnum):
    """Whether the channel is told prices with the property's taxes in them. What the guest pays
    at the property never counts."""

    AS_OURS = "as_ours"  # as the rate plan keeps them
    INCLUDED = "included"
    EXCLUDED = "excluded"


class ChannelPricing(msgspec.Struct, frozen=True):
    """From our price to the channel's: × (1 + markup), rounded up to its step, then tax."""

    markup: Markup = Markup()
    tax: TaxDisplay = TaxDisplay.AS_OURS


class Tolerance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a shown price may be from ours: within either bound is parity.

    percent: of the price it should show. minor: in minor units of its currency.
    """

    percent: Decimal = Decimal(1)
    minor: int = 0

    def __post_init__(self) -> None:
        if not (self.percent.is_finite() and 0 <= self.percent <= 100) or self.minor < 0:
            raise ValueError("percent is 0 to 100 and minor 0 or more")


class RoomMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """room_type: ours, by id. code: the channel's room."""

    room_type: str
    code: str


class PlanMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """rate_plan: ours, by id, as it is sold for *room_type*. code: the channel's plan of the
    room that *room_type* is mapped to."""

    room_type: str
    rate_plan: str
    code: str


class IgnoredPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """room, code: the channel's room, and its plan of that room."""

    room: str
    code: str


class ChannelMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which of ours is which of the channel's.

    ignored: rooms of the channel, by code, that are none of ours and stay so on purpose.
    ignored_plans: plans of rooms that are ours, which are not sold through us: they are told
    nothing, and what guests book under them still takes the room.
    """

    rooms: tuple[RoomMapping, ...] = ()
    plans: tuple[PlanMapping, ...] = ()
    ignored: tuple[str, ...] = ()
    ignored_plans: tuple[IgnoredPlan, ...] = ()

    def room_codes(self) -> dict[str, str]:
        """Our room type → the channel's room."""
        return {room.room_type: room.code for room in self.rooms}

    def room_types(self) -> dict[str, str]:
        """The channel's room → our room type."""
        return {room.code: room.room_type for room in self.rooms}

    def rate_plans(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        """The channel's room and plan → our room type and rate plan."""
        codes = self.room_codes()
        return {
            (codes[plan.room_type], plan.code): (plan.room_type, plan.rate_plan)
            for plan in self.plans
            if plan.room_type in codes
        }


class Channel(msgspec.Struct, frozen=True):
    """property: ours, by id. property_code: the channel's code of it; the two are one to one at a
    connection. catalogue: what the channel last said it sells; None: never asked, or it cannot say.

    version: rises with every change of how it is to be shown.
    """

    id: str
    connection: str
    property: str
    property_code: str
    name: str
    created_at: datetime
    state: ChannelState = ChannelState.PAUSED
    mapping: ChannelMapping = ChannelMapping()
    pricing: ChannelPricing = ChannelPricing()
    buffer: SafetyBuffer = SafetyBuffer()
    tolerance: Tolerance = Tolerance()
    catalogue: ChannelCatalogue | None = None
    catalogue_at: datetime | None = None
    version: int = 1
