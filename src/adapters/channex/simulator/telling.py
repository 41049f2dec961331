"""Properties, room types and rate plans, as they are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.channex.simulator.hotels import HOTELS, Plan, Property, Room
from adapters.channex.simulator.reject import bad

MOST = 100


def property_options(hotels: Sequence[Property] = HOTELS) -> dict[str, Any]:
    return {
        "data": [{"type": "properties", "id": one.id, "attributes": _card(one)} for one in hotels]
    }


def property_(hotel: Property) -> dict[str, Any]:
    settings = {"min_stay_type": "both", "state_length": 500}
    attributes = {**_card(hotel), "timezone": hotel.zone, "is_active": True, "settings": settings}
    return {"data": {"type": "property", "id": hotel.id, "attributes": attributes}}


def room_types(hotels: Sequence[Property]) -> list[dict[str, Any]]:
    return [_room(hotel, room) for hotel in hotels for room in hotel.rooms]


def rate_plans(hotels: Sequence[Property]) -> list[dict[str, Any]]:
    return [_plan(hotel, *both) for hotel in hotels for both in hotel.plans]


def plan_options(hotels: Sequence[Property]) -> dict[str, Any]:
    """Each occupancy of a plan; one that is not the primary names its parent."""
    return {
        "data": [
            _option(hotel, room, plan, adults)
            for hotel in hotels
            for room, plan in hotel.plans
            for adults in plan.occupancies
        ]
    }


def page(rows: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    """Ten, unless more are asked for, and never more than a hundred."""
    try:
        number = int(query.get("pagination[page]", "1"))
        limit = int(query.get("pagination[limit]", "10"))
    except ValueError:
        raise bad("pagination is invalid") from None
    if number < 1 or not 1 <= limit <= MOST:
        raise bad("pagination is invalid")
    begin = (number - 1) * limit
    meta = {"total": len(rows), "page": number, "limit": limit}
    return {"data": rows[begin : begin + limit], "meta": meta}


def _card(hotel: Property) -> dict[str, Any]:
    return {"id": hotel.id, "title": hotel.title, "currency": hotel.currency}


def _belongs(hotel: Property, room: Room | None = None) -> dict[str, Any]:
    told = {"property": {"data": {"type": "property", "id": hotel.id}}}
    if room is not None:
        told["room_type"] = {"data": {"type": "room_type", "id": room.id}}
    return told


def _room(hotel: Property, room: Room) -> dict[str, Any]:
    attributes = {
        "id": room.id,
        "title": room.title,
        "occ_adults": room.adults,
        "occ_children": 0,
        "occ_infants": 0,
        "default_occupancy": room.adults,
        "count_of_rooms": room.units,
        "room_kind": "room",
        "capacity": None,
    }
    return {
        "type": "room_type",
        "id": room.id,
        "attributes": attributes,
        "relationships": _belongs(hotel),
    }


def _plan(hotel: Property, room: Room, plan: Plan) -> dict[str, Any]:
    primary = plan.occupancies[-1]
    attributes = {
        "id": plan.id,
        "title": plan.title,
        "sell_mode": "per_person" if plan.per_person else "per_room",
        "rate_mode": "manual",
        "currency": hotel.currency,
        "children_fee": "0.00",
        "infant_fee": "0.00",
        "options": [
            {
                "occupancy": adults,
                "is_primary": adults == primary,
                "derived_option": None,
                "rate": 0,
            }
            for adults in plan.occupancies
        ],
        "meal_type": "none",
    }
    return {
        "type": "rate_plan",
        "id": plan.id,
        "attributes": attributes,
        "relationships": _belongs(hotel, room),
    }


def _option(hotel: Property, room: Room, plan: Plan, adults: int) -> dict[str, Any]:
    id = plan.option(adults)
    attributes = {
        "id": id,
        "title": plan.title,
        "occupancy": adults,
        "parent_rate_plan_id": None if id == plan.id else plan.id,
        "property_id": hotel.id,
        "room_type_id": room.id,
        "sell_mode": "per_person" if plan.per_person else "per_room",
    }
    return {"type": "rate_plan", "id": id, "attributes": attributes}
