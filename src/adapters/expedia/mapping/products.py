"""Rooms and rate plans, as PARR lists them, and how each plan is priced."""

from __future__ import annotations

import enum

import msgspec

from adapters._kit.xml import Element
from adapters.expedia.mapping.wire import all_, child, first
from core.domain.stock.ari import ChannelCatalogue, ChannelPlan, ChannelRoom


class Pricing(enum.StrEnum):
    PER_DAY = "per_day"
    PER_OCCUPANCY = "per_occupancy"


_PRICING = {
    "PerDayPricing": Pricing.PER_DAY,
    "PerDayPricingByDayOfArrival": Pricing.PER_DAY,
    "OccupancyBasedPricing": Pricing.PER_OCCUPANCY,
    "OccupancyBasedPricingByDayOfArrival": Pricing.PER_OCCUPANCY,
}
# What Expedia derives from another plan itself is only booked, never told.
_DERIVED = ("Derived", "Linked")
UNTOLD_ADULTS = 2


class Plan(msgspec.Struct, frozen=True):
    """adults: what it takes a price for, rising. pricing None: of a model not spoken here.
    derived: Expedia makes its prices of another plan's."""

    code: str
    name: str
    model: str
    pricing: Pricing | None
    adults: tuple[int, ...]
    derived: bool


class Room(msgspec.Struct, frozen=True):
    code: str
    name: str
    plans: tuple[Plan, ...]


class Products(msgspec.Struct, frozen=True):
    hotel: str
    name: str
    rooms: tuple[Room, ...]

    @property
    def plans(self) -> dict[str, Plan]:
        return {plan.code: plan for room in self.rooms for plan in room.plans}


def fill(root: Element) -> None:
    """Only what is active is listed; what is inactive is never sold."""
    child(
        child(root, "ParamSet"),
        "ProductRetrieval",
        returnRoomAttributes="true",
        returnRatePlanAttributes="true",
    )


def read(root: Element) -> Products:
    listed = first(root, "ProductList")
    hotel = first(listed, "Hotel")
    rooms = tuple(_room(one) for one in all_(listed, "RoomType"))
    return Products(hotel.get("id"), hotel.get("name", ""), rooms)


def catalogue(products: Products) -> ChannelCatalogue:
    """Currencies are not told there."""
    return ChannelCatalogue(
        products.hotel,
        products.name,
        tuple(
            ChannelRoom(
                room.code,
                room.name,
                tuple(ChannelPlan(plan.code, plan.name, "", plan.adults) for plan in room.plans),
            )
            for room in products.rooms
        ),
    )


def _room(element: Element) -> Room:
    most = next(
        (
            int(one.get("maxOccupants"))
            for one in all_(element, "OccupancyByAge")
            if one.get("ageCategory") == "Adult"
        ),
        int(element.get("maxOccupants", UNTOLD_ADULTS)),
    )
    plans = tuple(_plan(one, most) for one in all_(element, "RatePlan"))
    return Room(element.get("id"), element.get("name", ""), plans)


def _plan(element: Element, most: int) -> Plan:
    model = element.get("pricingModel", "").strip()
    pricing = _PRICING.get(model)
    base = int(element.get("occupantsForBaseRate", UNTOLD_ADULTS))
    adults = (base,) if pricing is Pricing.PER_DAY else tuple(range(1, max(1, most) + 1))
    derived = element.get("rateAcquisitionType", "").strip() in _DERIVED
    return Plan(
        code=element.get("id"),
        name=_name(element, derived=derived),
        model=model,
        pricing=pricing,
        adults=adults,
        derived=derived,
    )


def _name(element: Element, *, derived: bool) -> str:
    """Plans of one name differ by who collects, and by whether they may be told."""
    told = [element.get("name", ""), element.get("distributionModel", "").strip()]
    if derived:
        told.append("derived: Expedia sets it")
    return ", ".join(filter(None, told))
